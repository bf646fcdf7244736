package confined

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"strconv"

	"golang.org/x/tools/go/analysis"
)

// clone suggests to return a copy of a map or a slice, where one level is enough and
// the package that copies can be named.
func (f *flow) clone(x ast.Expr, o origin) []analysis.SuggestedFix {
	if o.address || o.closure || o.holds {
		return nil
	}
	pkg := ""
	switch t := f.Pass.TypesInfo.TypeOf(x).Underlying().(type) {
	case *types.Slice:
		if !f.states.shared(t.Elem()) {
			pkg = "slices"
		}
	case *types.Map:
		if !f.states.shared(t.Elem()) && !f.states.shared(t.Key()) {
			pkg = "maps"
		}
	}
	file := f.fileOf(x.Pos())
	if pkg == "" || file == nil {
		return nil
	}
	name, edits := f.importOf(pkg, file, x.Pos())
	if name == "" {
		return nil
	}
	var text bytes.Buffer
	if err := printer.Fprint(&text, f.Pass.Fset, x); err != nil {
		return nil
	}
	edits = append(edits, analysis.TextEdit{Pos: x.Pos(), End: x.End(), NewText: []byte(name + ".Clone(" + text.String() + ")")})
	return []analysis.SuggestedFix{{Message: "return " + pkg + ".Clone", TextEdits: edits}}
}

func (f *flow) fileOf(pos token.Pos) *ast.File {
	for _, file := range f.Pass.Files {
		if file.FileStart <= pos && pos < file.FileEnd {
			return file
		}
	}
	return nil
}

// importOf returns the name that a package of the standard library has at pos, and the
// edits that import it if the file does not. There is no name if something else has it.
func (f *flow) importOf(path string, file *ast.File, pos token.Pos) (string, []analysis.TextEdit) {
	scope := f.Pass.Pkg.Scope().Innermost(pos)
	if scope == nil {
		return "", nil
	}
	for _, spec := range file.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p != path {
			continue
		}
		name := path
		if spec.Name != nil {
			name = spec.Name.Name
		}
		_, obj := scope.LookupParent(name, pos)
		if _, ok := obj.(*types.PkgName); ok {
			return name, nil
		}
		return "", nil // hidden, or imported for something else
	}
	if _, obj := scope.LookupParent(path, pos); obj != nil {
		return "", nil
	}
	return path, []analysis.TextEdit{newImport(path, file)}
}

// newImport adds an import where gofmt sorts it in.
func newImport(path string, file *ast.File) analysis.TextEdit {
	at, text := file.Name.End(), "\n\nimport "+strconv.Quote(path)
	for _, d := range file.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.IMPORT && d.Lparen.IsValid() {
			at, text = d.Lparen+1, "\n\t"+strconv.Quote(path)
			break
		}
	}
	return analysis.TextEdit{Pos: at, End: at, NewText: []byte(text)}
}
