package report

import (
	"go/ast"
	"go/token"
	"go/types"
	pathpkg "path"
	"strconv"

	"golang.org/x/tools/go/analysis"
)

// Import returns the name that a package has at pos, and the edits that import it if
// the file does not. The name is empty if something else has it.
func Import(pass *analysis.Pass, path string, pos token.Pos) (string, []analysis.TextEdit) {
	scope, file := pass.Pkg.Scope().Innermost(pos), fileOf(pass, pos)
	if scope == nil || file == nil {
		return "", nil
	}
	for _, spec := range file.Imports {
		if p, _ := strconv.Unquote(spec.Path.Value); p != path {
			continue
		}
		name := pathpkg.Base(path)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		_, obj := scope.LookupParent(name, pos)
		if _, ok := obj.(*types.PkgName); ok {
			return name, nil
		}
		return "", nil // hidden, or imported for something else
	}
	name := pathpkg.Base(path)
	if _, obj := scope.LookupParent(name, pos); obj != nil {
		return "", nil
	}
	return name, []analysis.TextEdit{newImport(path, file)}
}

func fileOf(pass *analysis.Pass, pos token.Pos) *ast.File {
	for _, file := range pass.Files {
		if file.FileStart <= pos && pos < file.FileEnd {
			return file
		}
	}
	return nil
}

// newImport adds an import to the first declaration of imports; gofmt sorts it in.
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
