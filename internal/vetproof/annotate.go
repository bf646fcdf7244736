package vetproof

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/receiver"
)

const (
	mark = "//asyncgen:confined"
	// allowed stands where a goroutine becomes the owner.
	allowed = "//asyncgen:allow AV001 the goroutine becomes the owner here"
	// waits stands where the loop has nothing to do.
	waits = "//asyncgen:allow AV005 the loop waits for its next task here"
	// declaration gives the package the one loop that all marks mean.
	declaration = `package %s

import "github.com/asyncgen/asyncgen/loop"

var owner = loop.New(loop.WithName("owner"))
`
)

// inserted says before which lines of the original lines were inserted, by file.
type inserted map[string][]int

// original maps a line of an annotated file to what it was before.
func (in inserted) original(file string, line int) int {
	for _, at := range in[file] {
		if at < line {
			line--
		}
	}
	return line
}

// count is what was marked.
type count struct{ fields, funcs int }

// annotate marks what belongs to the owner of a program in the package at dir.
func (p Program) annotate(dir string) (inserted, count, error) {
	lines, n := inserted{}, count{}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, n, err
	}
	pkg := ""
	for _, path := range names {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, n, err
		}
		m := marker{program: p, fset: token.NewFileSet(), src: src, count: &n}
		if m.file, err = parser.ParseFile(m.fset, path, src, parser.ParseComments); err != nil {
			return nil, n, err
		}
		pkg = m.file.Name.Name
		m.mark()
		lines[filepath.Base(path)] = m.apply()
		if err := os.WriteFile(path, m.src, 0o600); err != nil {
			return nil, n, err
		}
	}
	return lines, n, os.WriteFile(filepath.Join(dir, "asyncgen_owner.go"), fmt.Appendf(nil, declaration, pkg), 0o600)
}

// marker works on one file.
type marker struct {
	program Program
	fset    *token.FileSet
	file    *ast.File
	src     []byte
	edits   map[int]string // line → what comes before it
	count   *count
}

func (m *marker) mark() {
	m.edits = map[int]string{}
	for _, d := range m.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			m.function(d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if spec, ok := s.(*ast.TypeSpec); ok && spec.Name.Name == m.program.Struct {
					m.fields(spec)
				}
			}
		}
	}
}

func (m *marker) line(pos token.Pos) int { return m.fset.Position(pos).Line }

func (m *marker) text(from, to token.Pos) string {
	return string(m.src[m.fset.Position(from).Offset:m.fset.Position(to).Offset])
}

func (m *marker) function(d *ast.FuncDecl) {
	if d.Body == nil {
		return
	}
	f := function{receiver.TypeName(d), d.Name.Name, d.Doc.Text(), m.text(d.Body.Pos(), d.Body.End())}
	if m.program.Funcs(f) {
		m.edits[m.line(d.Pos())] = mark
		m.count.funcs++
	}
	if slices.Contains(m.program.Starts, d.Name.Name) {
		m.starts(d)
	}
	if slices.Contains(m.program.Loops, d.Name.Name) {
		ast.Inspect(d.Body, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectStmt); ok {
				m.edits[m.line(s.Pos())] = waits
			}
			return true
		})
	}
}

// starts allows the calls by which a goroutine becomes the owner.
func (m *marker) starts(d *ast.FuncDecl) {
	ast.Inspect(d.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if ok && (sel.Sel.Name == "run" || sel.Sel.Name == "serve") {
			m.edits[m.line(call.Pos())] = allowed
		}
		return true
	})
}

func (m *marker) fields(spec *ast.TypeSpec) {
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	var comments []lineComment
	for _, g := range m.file.Comments {
		if st.Pos() < g.Pos() && g.End() < st.End() {
			comments = append(comments, lineComment{m.line(g.Pos()), g.Text()})
		}
	}
	for _, f := range st.Fields.List {
		for _, name := range f.Names {
			if m.program.Fields(name.Name, m.line(name.Pos()), comments) {
				m.edits[m.line(f.Pos())] = mark
				m.count.fields++
			}
		}
	}
}

// apply inserts the lines, and returns before which of the annotated file they stand.
func (m *marker) apply() []int {
	var out bytes.Buffer
	var at []int
	n, written := 0, 0
	for line := range bytes.Lines(m.src) {
		n++
		if text, ok := m.edits[n]; ok {
			out.WriteString(text + "\n")
			written++
			at = append(at, written)
		}
		out.Write(line)
		written++
	}
	m.src = out.Bytes()
	slices.Reverse(at)
	return at
}
