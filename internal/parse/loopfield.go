package parse

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/asyncgen/asyncgen/internal/loopchoice"
	"github.com/asyncgen/asyncgen/internal/model"
)

// candidate is a declaration that may be the loop of a directive.
type candidate = loopchoice.Candidate[loopDecl]

type loopDecl struct {
	pos   token.Position
	field bool
}

// fields returns the loop fields of the receiver's type, promoted ones included.
func (b *builder) fields() []candidate {
	if b.handler.Recv == nil {
		return nil
	}
	home := b.target.file
	decl := home.unit.typeNamed(b.handler.Recv.Type, home.constraint)
	if decl == nil {
		return nil
	}
	w := fieldWalk{reached: map[string]bool{}, seen: map[ast.Expr]bool{}}
	w.walk(typeUse{decl.spec.Type, exprEnv{file: decl.file}}, decl)
	return w.found
}

// fieldWalk finds fields as selectors do: of each name the one that is embedded least deep,
// and none if there are several at that depth.
type fieldWalk struct {
	found   []candidate
	reached map[string]bool // names of less depth
	seen    map[ast.Expr]bool
}

// embedded is a struct at some depth. Its methods hide deeper fields too.
type embedded struct {
	use  typeUse
	decl *typeDecl // nil for literals
}

func (w *fieldWalk) walk(use typeUse, decl *typeDecl) {
	for level := []embedded{{use, decl}}; len(level) > 0; {
		var (
			next  []embedded
			list  []candidate
			count = map[string]int{}
		)
		for _, e := range level {
			found, deeper := w.members(e, count)
			list, next = append(list, found...), append(next, deeper...)
		}
		for _, c := range list {
			if count[c.Name] == 1 && !w.reached[c.Name] {
				w.found = append(w.found, c)
			}
		}
		for name := range count {
			w.reached[name] = true
		}
		level = next
	}
}

// members counts the names of one struct, and returns its loops and its embedded structs.
func (w *fieldWalk) members(e embedded, count map[string]int) (list []candidate, deeper []embedded) {
	if e.decl != nil {
		for _, m := range e.decl.file.unit.methods[e.decl.spec.Name.Name] {
			count[m.decl.Name.Name]++
		}
	}
	x, env := e.use.env.underlying(e.use.expr)
	if sel, ok := x.(*ast.SelectorExpr); ok {
		if path, _ := env.qualified(sel); path != "" && !env.readingTree().loopless(path) {
			count[sel.Sel.Name]++
			list = append(list, candidate{Kind: loopchoice.Unclear, Name: sel.Sel.Name, Decl: loopDecl{env.file.pos(sel.Pos()), true}})
		}
		return list, nil
	}
	st, ok := x.(*ast.StructType)
	if !ok || w.seen[st] {
		return nil, nil
	}
	w.seen[st] = true
	for _, field := range st.Fields.List {
		names := field.Names
		if len(names) == 0 {
			names = []*ast.Ident{embeddedName(field.Type)}
			next, known := env.embeddedType(field.Type)
			if next != nil {
				deeper = append(deeper, *next)
			}
			if !known && names[0] != nil {
				list = append(list, candidate{Kind: loopchoice.Unclear, Name: names[0].Name, Decl: loopDecl{env.file.pos(field.Pos()), true}})
			}
		}
		kind := env.kindOfType(field.Type)
		for _, n := range names {
			if n == nil || n.Name == "_" {
				continue
			}
			count[n.Name]++
			if kind != loopchoice.None {
				list = append(list, candidate{Kind: kind, Name: n.Name, Decl: loopDecl{env.file.pos(n.Pos()), true}})
			}
		}
	}
	return list, deeper
}

// underlying follows aliases and the definitions of the package.
func (e exprEnv) underlying(x ast.Expr) (ast.Expr, exprEnv) {
	for range maxAliases {
		x, e = e.unalias(x)
		base, _ := instantiated(ast.Unparen(x))
		id, ok := base.(*ast.Ident)
		if !ok {
			return base, e
		}
		decl := e.file.unit.typeNamed(id.Name, e.file.constraint)
		if decl == nil {
			return base, e
		}
		x, e = decl.spec.Type, exprEnv{file: decl.file, reader: e.reader}
	}
	return x, e
}

// embeddedType returns the type that a field embeds if the package declares it. It reports
// false for a type whose fields syntax does not show.
func (e exprEnv) embeddedType(x ast.Expr) (*embedded, bool) {
	x, env := e.unalias(x)
	if star, ok := ast.Unparen(x).(*ast.StarExpr); ok {
		x, env = env.unalias(star.X)
	}
	base, _ := instantiated(ast.Unparen(x))
	id, ok := base.(*ast.Ident)
	if !ok {
		path, _ := env.typePath(x)
		return nil, path == model.RuntimePath || path != "" && env.readingTree().loopless(path)
	}
	decl := env.file.unit.typeNamed(id.Name, env.file.constraint)
	if decl == nil {
		return nil, true // predeclared
	}
	if env.file.tree != env.readingTree() {
		return nil, false // an alias of another package leads there
	}
	return &embedded{typeUse{decl.spec.Type, exprEnv{file: decl.file}}, decl}, true
}

// loopless reports whether no declaration of a package involves the runtime.
func (t *Tree) loopless(path string) bool { return t.standard(path) || path == "C" }

// kindOfType returns the kind of a type expression.
func (e exprEnv) kindOfType(x ast.Expr) loopchoice.Kind {
	path, name := e.pointedTo(x)
	if name == "" {
		path, _ = e.typePath(x) // which may be an alias of a pointer
		if e.readingTree().opaque(path) {
			return loopchoice.Unclear
		}
		return loopchoice.None
	}
	if e.readingTree().opaque(path) {
		return loopchoice.Unclear
	}
	return loopchoice.Named(path, name)
}

// opaque reports whether the declarations of a package cannot be read.
func (t *Tree) opaque(path string) bool {
	if path == "" || path == model.RuntimePath || t.loopless(path) {
		return false
	}
	_, ok := t.aliases(path)
	return !ok
}

// typedFields is fields, by the types.
func (b *builder) typedFields() []candidate {
	pkg := b.typed().Package
	if pkg == nil || b.handler.Recv == nil {
		return b.fields()
	}
	obj, ok := pkg.Scope().Lookup(b.handler.Recv.Type).(*types.TypeName)
	home := b.target.file
	decl := home.unit.typeNamed(b.handler.Recv.Type, home.constraint)
	if !ok || decl == nil || !decl.file.constraint.IsZero() {
		return b.fields() // see typedVariables
	}
	var list []candidate
	for _, c := range loopchoice.Fields(obj.Type(), pkg) {
		list = append(list, candidate{Kind: c.Kind, Name: c.Name, Decl: loopDecl{b.typedPos(c.Decl), true}})
	}
	return list
}

// typedPos returns the place of a declaration of the type-checked package.
func (b *builder) typedPos(v *types.Var) token.Position {
	return b.typed().Fset.PositionFor(v.Pos(), false)
}
