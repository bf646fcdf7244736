package stale

import (
	"go/ast"
	"go/parser"
	"go/token"

	"github.com/asyncgen/asyncgen/internal/emit"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/receiver"
)

// drifted returns the bridges with a declaration that the old text lacks or has
// differently.
func drifted(f emit.File, old []byte) []*model.Bridge {
	now, before := declarations(f.Src), declarations(old)
	var found []*model.Bridge
	for i := range f.Plan.Bridges {
		b := &f.Plan.Bridges[i]
		for _, name := range declared(b) {
			if now[name] != "" && now[name] != before[name] {
				found = append(found, b)
				break
			}
		}
	}
	return found
}

// declared returns the names of the declarations for a bridge.
func declared(b *model.Bridge) []string {
	var names []string
	for _, w := range b.Wrappers {
		names = append(names, w.Name)
		if recv := b.Source.Recv; recv != nil {
			names = append(names, recv.Type+"."+w.Name)
		}
		if front := b.Source.Front; front != nil {
			names = append(names, front.Name+"."+w.Name)
		}
	}
	for _, s := range []model.Struct{b.Args, b.Out} {
		if s.Declared {
			names = append(names, s.Base, s.Base+".Run", s.Base+".Handler", s.Base+".Result")
		}
	}
	for _, d := range b.Descriptors {
		names = append(names, d.Name)
	}
	return names
}

// declarations returns the text of each declaration of a file, comments included, by
// name. A file that does not parse has none.
func declarations(src []byte) map[string]string {
	texts := map[string]string{}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return texts
	}
	text := func(doc *ast.CommentGroup, n ast.Node) string {
		from := n.Pos()
		if doc != nil {
			from = doc.Pos()
		}
		return string(src[fset.Position(from).Offset:fset.Position(n.End()).Offset])
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if recv := receiver.TypeName(d); recv != "" {
				name = recv + "." + name
			}
			texts[name] = text(d.Doc, d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					texts[s.Name.Name] = text(d.Doc, d)
				case *ast.ValueSpec:
					texts[s.Names[0].Name] = text(d.Doc, d)
				}
			}
		}
	}
	return texts
}
