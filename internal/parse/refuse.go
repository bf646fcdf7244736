package parse

import (
	"bytes"
	"fmt"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// refused reports a file that cannot be read as a source of the package.
func (t *Tree) refused(s Source) bool {
	switch {
	case s.Err != nil:
		t.unreadable(s)
	case s.Owned && s.Marked:
		t.annotatedOutput(s)
	case s.Owned:
	case model.LostHeader(s.Path, s.Src):
		t.withoutHeader(s)
	default:
		return false
	}
	return true
}

func (t *Tree) unreadable(s Source) {
	t.report(diag.Diagnostic{
		Pos:     token.Position{Filename: s.Path, Line: 1, Column: 1},
		Code:    diag.UnreadableFile,
		Message: fmt.Sprintf("cannot read %s: %v", filepath.Base(s.Path), rootCause(s.Err)),
		Hint:    "make the file readable, or remove it",
	})
}

// withoutHeader reports output of an earlier run whose header has been changed.
// Its declarations must not count as the user's, or all names would be taken.
func (t *Tree) withoutHeader(s Source) {
	t.report(diag.Diagnostic{
		Pos:     token.Position{Filename: s.Path, Line: 1, Column: 1},
		Code:    diag.ForeignFile,
		Message: filepath.Base(s.Path) + " looks like asyncgen's output, but does not have its header, so it is not overwritten",
		Hint:    "remove the file and run asyncgen again, or put this line first: " + model.Header,
	})
}

// annotatedOutput reports directives in a file that the next run overwrites.
func (t *Tree) annotatedOutput(s Source) {
	tok := t.fset.AddFile(s.Path, -1, len(s.Src))
	for _, c := range scanComments(tok, s.Src) {
		if !directive.Is(c.Comment) || !strings.HasPrefix(c.Text, "//asyncgen:") {
			continue
		}
		t.report(diag.Diagnostic{
			Pos: t.fset.PositionFor(c.Slash, false), End: t.fset.PositionFor(c.End(), false),
			Code:    diag.InGeneratedFile,
			Message: "a directive in a file that asyncgen writes is lost with the next run",
			Hint:    "put it over the handler, in the file that you write",
		})
	}
}

// conflict reports the first mark of a merge conflict in a file that does not
// parse, and whether there is one. Text that looks like a mark and is no syntax
// error, as in a raw string, is left alone.
func (f *file) conflict() bool {
	line := 0
	for text := range bytes.Lines(f.src) {
		line++
		if !bytes.HasPrefix(text, []byte("<<<<<<<")) {
			continue
		}
		f.tree.report(diag.Diagnostic{
			Pos:     token.Position{Filename: f.path, Offset: bytes.Index(f.src, text), Line: line, Column: 1},
			Code:    diag.MergeConflict,
			Message: "unresolved merge conflict in " + filepath.Base(f.path),
			Hint:    "resolve it and run asyncgen again",
		})
		return true
	}
	return false
}
