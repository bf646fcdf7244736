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
	// covered is set if a type of another package may hide the field.
	covered bool
}

// fields returns the loop fields of the receiver's type, promoted ones included.
func (b *builder) fields() []candidate {
	w := b.walkFields(nil)
	return w.found
}

// walkFields finds the fields of the receiver's type in the builds that builds describes, see
// [fieldWalk].
func (b *builder) walkFields(builds map[string]int) *fieldWalk {
	w := &fieldWalk{reached: map[string]bool{}, seen: map[ast.Expr]bool{}, builds: builds, several: map[string][]*typeDecl{}}
	if b.handler.Recv == nil {
		return w
	}
	if decl := w.typeNamed(b.target.file, b.handler.Recv.Type); decl != nil {
		w.walk(typeUse{decl.spec.Type, exprEnv{file: decl.file}}, decl)
	}
	return w
}

// fieldWalk finds fields as selectors do: of each name the one that is embedded least deep,
// and none if there are several at that depth.
type fieldWalk struct {
	found   []candidate
	reached map[string]bool // names of less depth
	seen    map[ast.Expr]bool
	// builds holds the index of the declaration of a type that has several, in files for
	// different builds; several holds all declarations of such types.
	builds  map[string]int
	several map[string][]*typeDecl
	// constrained is set if a declaration on the way is in a file that only some builds include.
	constrained bool
	// covered is set at the depths where types of other packages, whose fields and methods
	// syntax does not show, may hide exported fields.
	covered bool
}

// embedded is a type at some depth. Its methods hide deeper fields too.
type embedded struct {
	use  typeUse
	decl *typeDecl // nil for literals
}

// level collects the names of one depth.
type level struct {
	count  map[string]int // of the declarations of each name
	list   []candidate
	deeper []embedded
	// structs holds the structs of this depth. One that is embedded twice here counts twice, so
	// that it hides its own fields and those below it.
	structs map[*ast.StructType]bool
	opaque  bool // it embeds a type of another package
}

func (w *fieldWalk) walk(use typeUse, decl *typeDecl) {
	for next := []embedded{{use, decl}}; len(next) > 0; {
		l := &level{count: map[string]int{}, structs: map[*ast.StructType]bool{}}
		for _, e := range next {
			w.members(e, l)
		}
		for st := range l.structs {
			w.seen[st] = true
		}
		for _, c := range l.list {
			if l.count[c.Name] == 1 && !w.reached[c.Name] {
				c.Decl.covered = w.covered && ast.IsExported(c.Name)
				w.found = append(w.found, c)
			}
		}
		for name := range l.count {
			w.reached[name] = true
		}
		w.covered = w.covered || l.opaque
		next = l.deeper
	}
}

// members adds the names of one type to l.
func (w *fieldWalk) members(e embedded, l *level) {
	if e.decl != nil {
		for _, m := range e.decl.file.unit.methods[e.decl.spec.Name.Name] {
			l.count[m.decl.Name.Name]++
		}
	}
	x, env := e.use.env.underlying(e.use.expr)
	switch x := x.(type) {
	case *ast.SelectorExpr:
		w.covered = true
		if path, _ := env.qualified(x); path != "" && !env.readingTree().loopless(path) {
			l.add(candidate{Kind: loopchoice.Unclear, Name: x.Sel.Name, Decl: loopDecl{pos: env.file.pos(x.Pos()), field: true}})
		}
	case *ast.InterfaceType:
		w.methods(x, env, l)
	case *ast.StructType:
		if w.seen[x] {
			return
		}
		l.structs[x] = true
		for _, field := range x.Fields.List {
			w.field(field, env, l)
		}
	}
}

// methods adds the methods of an interface to l.
func (w *fieldWalk) methods(x *ast.InterfaceType, env exprEnv, l *level) {
	if w.seen[x] {
		return
	}
	w.seen[x] = true
	for _, m := range x.Methods.List {
		for _, n := range m.Names {
			l.count[n.Name]++
		}
		if len(m.Names) > 0 {
			continue
		}
		switch x, env := env.underlying(m.Type); x := x.(type) {
		case *ast.InterfaceType:
			w.methods(x, env, l)
		case *ast.SelectorExpr:
			w.covered = true // its methods belong to this depth
		}
	}
}

// field adds the names of a field to l, and the type that it embeds.
func (w *fieldWalk) field(field *ast.Field, env exprEnv, l *level) {
	names, kind := field.Names, env.kindOfType(field.Type)
	if len(names) == 0 {
		names = []*ast.Ident{embeddedName(field.Type)}
		next, known := w.embeddedType(field.Type, env)
		if next != nil {
			l.deeper = append(l.deeper, *next)
		}
		l.opaque = l.opaque || next == nil
		if !known && kind == loopchoice.None {
			kind = loopchoice.Unclear
		}
	}
	for _, n := range names {
		if n != nil && n.Name != "_" {
			l.add(candidate{Kind: kind, Name: n.Name, Decl: loopDecl{pos: env.file.pos(n.Pos()), field: true}})
		}
	}
}

// add adds a field.
func (l *level) add(c candidate) {
	l.count[c.Name]++
	if c.Kind != loopchoice.None {
		l.list = append(l.list, c)
	}
}

// typeNamed returns the declaration of a type that f can see in the builds in question, or nil.
func (w *fieldWalk) typeNamed(f *file, name string) *typeDecl {
	var list []*typeDecl
	for _, t := range f.unit.types[name] {
		twice := t.file.constraint.IsZero() && len(list) > 0 // which is an error
		if !t.file.constraint.Excludes(f.constraint) && !twice {
			list = append(list, t)
		}
	}
	if len(list) == 0 {
		return nil
	}
	if len(list) > 1 {
		w.several[name] = list
	}
	decl := list[min(w.builds[name], len(list)-1)]
	w.constrained = w.constrained || !decl.file.constraint.IsZero()
	return decl
}

// underlying follows aliases and the definitions of the package.
func (e exprEnv) underlying(x ast.Expr) (ast.Expr, exprEnv) {
	for range maxAliases {
		x, e = e.unalias(x)
		base, args := instantiated(ast.Unparen(x))
		id, ok := base.(*ast.Ident)
		if !ok {
			return base, e
		}
		decl := e.file.unit.typeNamed(id.Name, e.file.constraint)
		if decl == nil {
			return base, e
		}
		x, e = decl.spec.Type, e.inside(decl, args)
	}
	return x, e
}

// inside returns the scope of a type's declaration with its arguments.
func (e exprEnv) inside(decl *typeDecl, args []ast.Expr) exprEnv {
	next := exprEnv{file: decl.file, reader: e.reader, aliasArgs: map[string]typeUse{}}
	for i, name := range typeParamNames(decl.spec.TypeParams) {
		if i < len(args) {
			next.aliasArgs[name] = typeUse{args[i], e}
		}
	}
	return next
}

// embeddedType returns the type that a field embeds if the package declares it. It reports
// false for a type whose fields syntax does not show.
func (w *fieldWalk) embeddedType(x ast.Expr, env exprEnv) (*embedded, bool) {
	x, env = env.unalias(x)
	if star, ok := ast.Unparen(x).(*ast.StarExpr); ok {
		x, env = env.unalias(star.X)
	}
	base, args := instantiated(ast.Unparen(x))
	id, ok := base.(*ast.Ident)
	if !ok {
		path, _ := env.typePath(x)
		return nil, path == model.RuntimePath || path != "" && env.readingTree().loopless(path)
	}
	decl := w.typeNamed(env.file, id.Name)
	if decl == nil {
		return nil, true // predeclared
	}
	if env.file.tree != env.readingTree() {
		return nil, false // an alias of another package leads there
	}
	return &embedded{typeUse{decl.spec.Type, env.inside(decl, args)}, decl}, true
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
	if w := b.walkFields(nil); !ok || w.constrained {
		return w.found // see typedVariables
	}
	var list []candidate
	for _, c := range loopchoice.Fields(obj.Type(), pkg) {
		list = append(list, candidate{Kind: c.Kind, Name: c.Name, Decl: loopDecl{pos: b.typedPos(c.Decl), field: true}})
	}
	return list
}

// typedPos returns the place of a declaration of the type-checked package.
func (b *builder) typedPos(v *types.Var) token.Position {
	return b.typed().Fset.PositionFor(v.Pos(), false)
}
