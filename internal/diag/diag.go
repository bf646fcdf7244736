// Package diag holds the generator's reports about a user's code: a problem, its
// place, its code and the way out. It collects and orders them; it prints nothing.
package diag

import (
	"cmp"
	"go/token"
	"slices"
)

// Code names one kind of problem. Codes are constants (see codes.go), never
// counters, so that a code means the same in every release.
type Code string

// Diagnostic is one problem at one place. End may be the zero Position. Hint
// is the way out, in one sentence, and may be empty.
type Diagnostic struct {
	Pos     token.Position
	End     token.Position
	Code    Code
	Message string
	Hint    string
	Package string // import path
	Related []Related
}

// Related is a second place that belongs to a problem: the other declaration
// of a collision, the first of two duplicates.
type Related struct {
	Pos     token.Position
	Message string
}

// List collects diagnostics. The zero value is ready to use. It is not safe
// for concurrent use.
type List struct {
	all []Diagnostic
}

// Add appends ds to the list.
func (l *List) Add(ds ...Diagnostic) { l.all = append(l.all, ds...) }

// Len returns the number of diagnostics added so far.
func (l *List) Len() int { return len(l.all) }

// Sorted returns the diagnostics ordered by file, line, column, code and
// message, each once. The list itself is left as it is.
func (l *List) Sorted() []Diagnostic {
	out := slices.Clone(l.all)
	slices.SortStableFunc(out, Compare)
	return slices.CompactFunc(out, func(a, b Diagnostic) bool { return Compare(a, b) == 0 })
}

// Compare orders diagnostics by position, then code, then message. Two
// diagnostics that compare equal are the same problem found twice.
func Compare(a, b Diagnostic) int {
	return cmp.Or(
		ComparePositions(a.Pos, b.Pos),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Message, b.Message),
	)
}

// ComparePositions orders positions by file name, line and column.
func ComparePositions(a, b token.Position) int {
	return cmp.Or(
		cmp.Compare(a.Filename, b.Filename),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
	)
}
