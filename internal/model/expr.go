package model

import (
	"go/ast"
	"go/printer"
	"go/token"
	"strings"
)

// RefKind is the kind of thing that an identifier of an [Expr] refers to.
type RefKind int

// The kinds of references.
const (
	ImportRef    RefKind = iota + 1 // the package name in pkg.Name
	DotRef                          // a name that a dot import brings into scope
	TypeParamRef                    // a type parameter of the handler
	LocalRef                        // the receiver or a parameter, in loop expressions
	ScopeRef                        // the package's scope or the universe
	TypeArgRef                      // a type parameter of an embedded type, replaced by its argument
)

// Ref is one identifier of an expression that the output may have to spell
// differently from the source.
type Ref struct {
	Kind  RefKind
	Name  string // as the source spells it
	Path  string // import path, for ImportRef and DotRef
	Index int    // of the type parameter, for TypeParamRef
	Ident *ast.Ident
	Arg   *Expr // for TypeArgRef
	Alias bool  // the import has to spell its name out, for ImportRef and DotRef
}

// Naming decides how references are spelled.
type Naming interface {
	// Import returns the local name of the package at path.
	Import(path string) string
	// TypeParam returns the name of the handler's type parameter at index.
	TypeParam(index int) string
	// Local returns the name of the receiver or parameter called name in the
	// source.
	Local(name string) string
}

// Expr is a type or an expression of the user's source that the output repeats.
// It owns its syntax tree: printing it changes identifiers in place. An Expr is
// not safe for concurrent use.
type Expr struct {
	Node ast.Expr
	Fset *token.FileSet
	Refs []Ref
}

// Text prints the expression, with the spelling of n for the references. Everything
// else is left as the source has it.
func (e *Expr) Text(n Naming) string {
	for _, r := range e.Refs {
		switch r.Kind {
		case ImportRef:
			r.Ident.Name = n.Import(r.Path)
		case DotRef:
			// An identifier with a dot is no identifier, but the printer copies
			// names as they are, and this saves replacing the node in its parent.
			r.Ident.Name = n.Import(r.Path) + "." + r.Name
		case TypeParamRef:
			r.Ident.Name = n.TypeParam(r.Index)
		case LocalRef:
			r.Ident.Name = n.Local(r.Name)
		case TypeArgRef:
			r.Ident.Name = r.Arg.Text(n)
			if strings.HasPrefix(r.Ident.Name, "<-") {
				r.Ident.Name = "(" + r.Ident.Name + ")" // or chan T would change its meaning
			}
		}
	}
	var b strings.Builder
	// Writing to a Builder cannot fail, and the tree came out of the parser.
	_ = (&printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}).Fprint(&b, e.Fset, e.Node)
	return b.String()
}

// Idents returns the names of the references of the given kind, in the order of
// the source, with repetitions.
func (e *Expr) Idents(kind RefKind) []string {
	var names []string
	for _, r := range e.Refs {
		if r.Kind == kind {
			names = append(names, r.Name)
		}
	}
	return names
}

// NewIdent returns an expression that is one identifier.
func NewIdent(name string, kind RefKind) *Expr {
	id := ast.NewIdent(name)
	return &Expr{Node: id, Fset: token.NewFileSet(), Refs: []Ref{{Kind: kind, Name: name, Ident: id}}}
}
