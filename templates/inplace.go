package templates

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// Guard returns the source of the file that has the place of f in builds without the overlay, not yet
// formatted:
//
//	// Account.Deposit and Transfer are bridged in place: in a program that is built with the overlay
//	// of asyncgen, which replaces this file, their calls go through their loops. …
//	func init() {
//		loopimpl.RequireOverlay("example.com/bank")
//	}
func Guard(f model.File) ([]byte, error) {
	out := jen.NewFile(f.Package)
	out.NoFormat = true
	runtime := slices.IndexFunc(f.Imports, func(i model.Import) bool { return i.Path == model.ImplPath })
	f.Imports = f.Imports[runtime : runtime+1]
	preamble(out, f, nil)
	out.Line()
	for _, line := range guardDoc(f) {
		out.Comment(line)
	}
	out.Func().Id("init").Params().Block(jen.Id(f.Impl).Dot("RequireOverlay").Call(jen.Lit(f.InPlace)))
	return rendered(out, f)
}

// guardDoc names the handlers, so that the guard of others is a stale one.
func guardDoc(f model.File) []string {
	lines := []string{
		"// Bridged in place: in a program that is built with the overlay of asyncgen, which replaces",
		"// this file, calls of these handlers go through their loops. Without it they would run on",
		"// whatever goroutine makes them, so the program refuses to start.",
		"//",
	}
	line := "//"
	for i, b := range f.Bridges {
		word := " " + b.Name
		if i+1 < len(f.Bridges) {
			word += ","
		}
		if len(line)+len(word) > 100 {
			lines, line = append(lines, line), "//"
		}
		line += word
	}
	return append(lines, strings.TrimRight(line, " "))
}
