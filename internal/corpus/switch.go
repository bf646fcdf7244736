package corpus

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"github.com/asyncgen/asyncgen/internal/inplace"
	"github.com/asyncgen/asyncgen/internal/receiver"
)

// stagesSwitched lists the steps for a module that has bridges already, each of which is moved into the place of
// its handler. What passed before passes after.
func (t *trial) stagesSwitched() []step {
	first := []step{
		{"unpack", t.unpack},
		{"before", t.askBefore},
		{"tests before", t.testBefore},
		{"switch", t.switchOver},
	}
	return append(first, t.stagesWithOverlay()...)
}

func (t *trial) switchOver(context.Context) error {
	var err error
	t.ann, err = SwitchInPlace(t.dir)
	t.Functions = len(t.ann.Functions)
	if err == nil && t.Functions == 0 {
		err = fmt.Errorf("there is no bridge in %s", t.Module)
	}
	return err
}

// SwitchInPlace has every bridge of the module at root take the place of its handler, and every call of such a bridge
// made by the handler's name.
func SwitchInPlace(root string) (Annotation, error) {
	a := Annotation{inPlace: true, original: map[string][]byte{}}
	dirs, err := sourceFiles(root)
	if err != nil {
		return a, err
	}
	for _, paths := range dirs {
		if err := a.switchDirectory(paths); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (a *Annotation) switchDirectory(paths []string) error {
	files, bridges := map[string]*ast.File{}, map[string]string{}
	fset := token.NewFileSet()
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("switch: %w", err)
		}
		if bytes.HasPrefix(src, []byte(header)) {
			continue
		}
		if files[path], err = parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return fmt.Errorf("switch: %w", err)
		}
		a.original[path] = src
		for _, d := range files[path].Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && directiveOver(fn) != nil {
				bridges[fn.Name.Name+"OnLoop"] = fn.Name.Name
				a.Functions = append(a.Functions, Function{
					Dir: filepath.Dir(path), Package: files[path].Name.Name, Receiver: receiver.TypeName(fn), Name: fn.Name.Name, Bridge: fn.Name.Name,
				})
			}
		}
	}
	for path, f := range files {
		src := inplace.Apply(a.original[path], switchEdits(fset, f, bridges))
		if err := os.WriteFile(path, src, 0o600); err != nil {
			return fmt.Errorf("switch: %w", err)
		}
	}
	return nil
}

// directiveOver returns the plain bridge directive of a function, or nil.
func directiveOver(fn *ast.FuncDecl) *ast.Comment {
	if fn.Doc == nil {
		return nil
	}
	for _, c := range fn.Doc.List {
		if c.Text == word || strings.HasPrefix(c.Text, word+" ") {
			return c
		}
	}
	return nil
}

func switchEdits(fset *token.FileSet, f *ast.File, bridges map[string]string) (edits []inplace.Edit) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if c := directiveOver(n); c != nil {
				edits = append(edits, inplace.Edit{Offset: fset.Position(c.Pos()).Offset + len(word), Text: " inplace"})
			}
		case *ast.Ident:
			if handler := bridges[n.Name]; handler != "" {
				edits = append(edits, inplace.Edit{Offset: fset.Position(n.Pos()).Offset, Length: len(n.Name), Text: handler})
			}
		}
		return true
	})
	return edits
}
