package report

import (
	"go/ast"
	"go/token"

	"github.com/asyncgen/asyncgen/internal/directive"
)

// An Allowance is an //asyncgen:allow.
type Allowance struct {
	Directive *directive.Directive
	File      string
	First     int // lines that it covers; none if Last is less
	Last      int
}

// Allowances returns the //asyncgen:allow comments of a file. One behind code is for
// its line, one on a line of its own for the next line of code, and both for the rest
// of a statement that begins there.
func Allowances(fset *token.FileSet, f *ast.File) []Allowance {
	var list []Allowance
	var code *layout
	for _, g := range f.Comments {
		for _, c := range g.List {
			at := directive.Comment{Slash: c.Slash, Text: c.Text}
			if !directive.Is(at) {
				continue
			}
			d, _ := directive.Parse(at)
			if d == nil || d.Allow == nil {
				continue
			}
			if code == nil {
				code = layoutOf(fset, f)
			}
			p := fset.PositionFor(c.Pos(), false)
			first := code.next(p.Line)
			list = append(list, Allowance{Directive: d, File: p.Filename, First: first, Last: code.last[first]})
		}
	}
	return list
}

// layout is where the code of a file stands: for each line on which something begins
// or ends, the last line of what begins there, blocks aside.
type layout struct {
	last  map[int]int
	lines int
}

func layoutOf(fset *token.FileSet, f *ast.File) *layout {
	l := &layout{last: map[int]int{}, lines: fset.File(f.Package).LineCount()}
	line := func(pos token.Pos) int { return fset.PositionFor(pos, false).Line }
	ast.Inspect(f, func(n ast.Node) bool {
		switch n.(type) {
		case nil, *ast.Comment, *ast.CommentGroup:
			return false
		case *ast.File:
			l.cover(line(f.Package), line(f.Name.End()))
			return true
		}
		first, last := line(n.Pos()), line(n.End()-1)
		l.cover(last, last)
		if hasBlock(n) {
			last = first
		}
		l.cover(first, last)
		return true
	})
	return l
}

func (l *layout) cover(first, last int) { l.last[first] = max(l.last[first], last) }

// next returns the first line of code from a line on.
func (l *layout) next(line int) int {
	for ; line <= l.lines; line++ {
		if l.last[line] > 0 {
			break
		}
	}
	return line
}

// hasBlock reports whether a node is mostly other statements or declarations, which
// have lines of their own: who allows something in the head of a loop has not looked
// at everything in its body.
func hasBlock(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BlockStmt, *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt,
		*ast.SelectStmt, *ast.CaseClause, *ast.CommClause, *ast.LabeledStmt, *ast.FuncDecl:
		return true
	case *ast.GenDecl:
		return n.Lparen.IsValid()
	}
	return false
}
