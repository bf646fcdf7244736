package model

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Classify reports whether asyncgen has written a Go file, and whether it may hold a
// directive.
func Classify(path string, src []byte) (owned, marked bool) {
	owned = GeneratedName(path) && HasHeader(src)
	return owned, mentions(src) && (!owned || mentionsDirective(src))
}

// The generated files that belong to every build of their packages: no build constraint excludes them. The second is
// for handlers that are bridged in place.
const (
	PlainFile   = "async_gen.go"
	InPlaceFile = "async_gen_inplace.go"
)

// InPlaceName reports whether a file has a name that asyncgen gives to the guards of handlers that are bridged in place.
func InPlaceName(path string) bool {
	return strings.HasPrefix(filepath.Base(path), strings.TrimSuffix(InPlaceFile, ".go"))
}

// TestName reports whether the go command takes a function of that name in a test file for a test, a benchmark and so on.
func TestName(name string) bool {
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		rest, ok := strings.CutPrefix(name, prefix)
		if first, _ := utf8.DecodeRuneInString(rest); ok && !unicode.IsLower(first) {
			return true
		}
	}
	return false
}

// GeneratedName reports whether a file has a name that asyncgen gives.
func GeneratedName(path string) bool {
	return strings.HasPrefix(filepath.Base(path), "async_gen")
}

// HasHeader reports whether src carries asyncgen's header before its package
// clause.
func HasHeader(src []byte) bool {
	for line := range bytes.Lines(src) {
		line = bytes.TrimSpace(line)
		if string(line) == Header {
			return true
		}
		if conflictMark(line) {
			continue // two versions of the output have been merged
		}
		if len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			return false
		}
	}
	return false
}

// conflictMark reports whether a line is one that version control puts between
// the sides of a merge conflict.
func conflictMark(line []byte) bool {
	for _, mark := range []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"} {
		if bytes.HasPrefix(line, []byte(mark)) {
			return true
		}
	}
	return false
}

// format matches the header of output.
var format = regexp.MustCompile(`(?m)^// (?:.* )?Output format (\S+)\.$`)

// FormatOf returns the format of a generated file, and "" if its header does not mention one.
func FormatOf(src []byte) string {
	head, _, _ := bytes.Cut(src, []byte("\npackage "))
	if m := format.FindSubmatch(head); m != nil {
		return string(m[1])
	}
	return ""
}

// LostHeader reports whether a file without the header is probably output of
// asyncgen all the same: it has such a name, and declarations that only generated
// code has.
func LostHeader(path string, src []byte) bool {
	if !GeneratedName(path) || HasHeader(src) {
		return false
	}
	return bytes.Contains(src, []byte(".SupportsCodegenV")) || bytes.Contains(src, []byte(".RequireOverlay("))
}

// mentions reports whether src contains "asyncgen:" in any case. Searching for
// the colon first lets the processor do the work.
func mentions(src []byte) bool {
	const word = "asyncgen"
	for {
		i := bytes.IndexByte(src, ':')
		if i < 0 {
			return false
		}
		if i >= len(word) && strings.EqualFold(string(src[i-len(word):i]), word) {
			return true
		}
		src = src[i+1:]
	}
}

// mentionsDirective is the test for our own output, whose comments may quote a
// handler's documentation: only a true directive counts there.
func mentionsDirective(src []byte) bool { return bytes.Contains(src, []byte("//asyncgen:")) }
