// Package ident spells identifiers: in upper and lower case, joined from several names, and after
// the path of a package.
package ident

import (
	"go/ast"
	"go/token"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lower returns name with its first word in lower case: "Deposit" becomes
// "deposit", "HTTPGet" "httpGet", "ID" "id", and the plural "IDs" "ids".
func Lower(name string) string {
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsUpper(r) {
			break
		}
		// The last capital of a run begins the next word, unless the run is a plural.
		if i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) && !plural(runes[i+1:]) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}

// plural reports whether rest, which follows capitals, is the s of their plural and begins no word.
func plural(rest []rune) bool {
	return rest[0] == 's' && (len(rest) == 1 || !unicode.IsLower(rest[1]))
}

// Upper returns name with its first letter in upper case. Letters without case
// stay as they are.
func Upper(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + name[size:]
}

// Words joins names to one identifier in camel case that begins in lower case.
func Words(first string, rest ...string) string {
	var b strings.Builder
	b.WriteString(Lower(first))
	for _, w := range rest {
		b.WriteString(Upper(w))
	}
	return b.String()
}

// Prefixed returns name behind another word. It is exported if name is: the constructor of Store
// is NewStore, the one of store newStore.
func Prefixed(prefix, name string) string {
	if ast.IsExported(name) {
		return Upper(prefix) + name
	}
	return Lower(prefix) + Upper(name)
}

// Exported returns name as an exported identifier, or fallback if the first letter of name has
// no upper case.
func Exported(name, fallback string) string {
	if name = Upper(name); ast.IsExported(name) {
		return name
	}
	return Upper(fallback)
}

// Package returns the name that a package at an import path has by convention.
func Package(importPath string) string {
	base := path.Base(importPath)
	if isVersion(base) && path.Dir(importPath) != "." {
		base = path.Base(path.Dir(importPath))
	}
	base, _, _ = strings.Cut(base, ".v")
	return strings.ReplaceAll(strings.TrimPrefix(base, "go-"), "-", "_")
}

func isVersion(s string) bool {
	if len(s) < 2 || s[0] != 'v' {
		return false
	}
	_, err := strconv.Atoi(s[1:])
	return err == nil
}

// PackageWord returns a local name for a package whose own name the source does not show: that
// of [Package] without punctuation.
func PackageWord(importPath string) string {
	word := strings.TrimSuffix(Package(importPath), "_go")
	word = strings.NewReplacer("-", "", ".", "", "_", "", "~", "").Replace(word)
	if !token.IsIdentifier(word) {
		return "pkg" + word
	}
	return word
}
