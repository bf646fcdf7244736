package parse

import (
	"go/ast"
	"go/parser"
	"go/token"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// exprEnv is the scope of an expression of the source.
type exprEnv struct {
	file       *file
	typeParams map[string]int
	locals     map[string]bool // only in loop expressions
	// For methods of a front's target, which may be declared anywhere:
	args map[string]*model.Expr // what the type parameters of the declaration stand for
	home *file                  // where the output belongs, if elsewhere
	// For the types behind aliases:
	aliasArgs map[string]typeUse // what the type parameters of the alias stand for
	reader    *Tree              // which reads other packages, if not the file's own
}

// expr makes a model expression of a piece of syntax. The source text is parsed
// again rather than the tree copied: the result owns its tree, line breaks stay
// where they were, and no kind of node can be forgotten.
func (e exprEnv) expr(node ast.Expr) (*model.Expr, bool) {
	f := e.file
	src := f.src[f.tok.Offset(node.Pos()):f.tok.Offset(node.End())]
	fset := token.NewFileSet()
	tree, err := parser.ParseExprFrom(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		f.errorf(node, diag.SyntaxInHandler, "correct it and run asyncgen again", "syntax error in the signature of an annotated function")
		return nil, false
	}
	return e.resolve(fset, tree, node)
}

// resolve resolves the identifiers of a tree. Problems are
// reported at node.
func (e exprEnv) resolve(fset *token.FileSet, tree ast.Expr, node ast.Node) (*model.Expr, bool) {
	r := resolver{env: e, expr: &model.Expr{Node: tree, Fset: fset}, node: node, ok: true}
	ast.Inspect(tree, r.visit)
	return r.expr, r.ok
}

type resolver struct {
	env  exprEnv
	expr *model.Expr
	node ast.Node
	ok   bool
}

// visit records the identifiers that refer to something. Names that are only
// declared or selected are skipped.
func (r *resolver) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Field:
		// Names of fields, methods and parameters refer to nothing.
		ast.Inspect(n.Type, r.visit)
		return false
	case *ast.SelectorExpr:
		if id, ok := n.X.(*ast.Ident); ok {
			r.qualifier(id)
		} else {
			ast.Inspect(n.X, r.visit)
		}
		return false
	case *ast.KeyValueExpr:
		if _, ok := n.Key.(*ast.Ident); !ok {
			ast.Inspect(n.Key, r.visit)
		}
		ast.Inspect(n.Value, r.visit)
		return false
	case *ast.Ident:
		r.ident(n)
	}
	return true
}

func (r *resolver) add(kind model.RefKind, id *ast.Ident, path string, index int) {
	ref := model.Ref{Kind: kind, Name: id.Name, Path: path, Index: index, Ident: id}
	switch kind {
	case model.ImportRef:
		ref.Alias = r.env.file.renamed(path, id.Name)
	case model.DotRef:
		ref.Alias = r.env.file.renamed(path, ".")
	}
	r.expr.Refs = append(r.expr.Refs, ref)
}

// local records an identifier of the function's own scope.
func (r *resolver) local(id *ast.Ident) bool {
	if arg, ok := r.env.args[id.Name]; ok {
		// The argument's references come first: this expression needs the same imports.
		r.expr.Refs = append(r.expr.Refs, arg.Refs...)
		r.expr.Refs = append(r.expr.Refs, model.Ref{Kind: model.TypeArgRef, Name: id.Name, Ident: id, Arg: arg})
		return true
	}
	if i, ok := r.env.typeParams[id.Name]; ok {
		r.add(model.TypeParamRef, id, "", i)
		return true
	}
	if r.env.locals[id.Name] {
		r.add(model.LocalRef, id, "", 0)
		return true
	}
	return false
}

// qualifier handles the X of X.Sel.
func (r *resolver) qualifier(id *ast.Ident) {
	if r.local(id) {
		return
	}
	path, ok := r.env.file.importNamed(id.Name)
	switch {
	case !ok:
		r.ident(id)
	case path == "C":
		r.ok = false
		r.env.file.errorf(r.node, diag.CgoSignature, "use a Go type in the signature and convert it inside the function",
			"the signature uses a type of the C pseudo-package, which belongs to this one file")
	default:
		r.add(model.ImportRef, id, path, 0)
	}
}

func (r *resolver) ident(id *ast.Ident) {
	if r.local(id) {
		return
	}
	f := r.env.file
	if r.env.home != nil && r.foreign(id) {
		return
	}
	dots := f.dotImports()
	if !id.IsExported() || len(dots) == 0 || f.unit.scope.Declares(id.Name) {
		r.add(model.ScopeRef, id, "", 0)
		return
	}
	path := f.dotProvider(id.Name, dots)
	if path == "" {
		r.ok = false
		f.errorf(r.node, diag.UnresolvedName, "qualify it instead of importing with a dot",
			"%s is declared neither in this package nor in one that is imported with a dot", id.Name)
		return
	}
	r.add(model.DotRef, id, path, 0)
}

// dotProvider returns which of the dot imports declares name. With only one
// there is no question.
func (f *file) dotProvider(name string, dots []string) string {
	if len(dots) == 1 {
		return dots[0]
	}
	for _, p := range dots {
		if f.tree.exports[p][name] {
			return p
		}
	}
	return ""
}
