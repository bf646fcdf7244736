package isolation

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/objectpath"

	"github.com/asyncgen/asyncgen/internal/loopchoice"
)

// RuntimePath is the import path of package loop.
const RuntimePath = "github.com/asyncgen/asyncgen/loop"

// HTTPPath is the import path of package loophttp.
const HTTPPath = RuntimePath + "/loophttp"

// Loop identifies a loop by its origin in the source: a variable, a field or a
// function.
type Loop struct {
	Key   string // empty if the source does not tell
	Label string // for messages
	// Field is set if every instance of a struct has one, which may or may not be
	// the same loop; Own if each has a loop of its own.
	Field, Own bool
	Sharded    bool

	// held is the local variable that holds the loop or, if Field is set, the struct.
	// It is nil if there is none, or if its value may change.
	held *types.Var
}

// Known reports whether the source identifies the loop.
func (l Loop) Known() bool { return l.Key != "" }

// In is the loop as other packages call it: a variable of pkg with the package's name.
func (l Loop) In(pkg *types.Package) Loop {
	if l.Key == pkg.Path()+"."+l.Label {
		l.Label = pkg.Name() + "." + l.Label
	}
	return l
}

// A Relation is the result of a comparison of two loops.
type Relation int

// The relations.
const (
	Unknown Relation = iota
	Same
	Different
)

// To compares two loops. The loops of two fields, and of one field of two
// instances, may be one loop.
func (l Loop) To(m Loop) Relation {
	switch {
	case !l.Known() || !m.Known():
		return Unknown
	case l.Key == m.Key:
		return Same
	case l.Own && !m.Field || m.Own && !l.Field || l.Own && m.Own:
		return Different
	case l.Field || m.Field:
		return Unknown
	case l.dynamic() || m.dynamic():
		return Unknown
	}
	return Different
}

// SameVariable reports whether two loops that are not known come from one local
// variable, whose value never changes.
func (l Loop) SameVariable(m Loop) bool {
	return !l.Known() && !m.Known() && !l.Field && l.held != nil && l.held == m.held
}

// dynamic reports whether a call decides which loop it is.
func (l Loop) dynamic() bool { return strings.HasSuffix(l.Key, "()") }

const defaultKey = "default"

// loopOf returns the loop of an expression of type *loop.Loop.
func (r *Result) loopOf(x ast.Expr) Loop {
	x = ast.Unparen(x)
	label := types.ExprString(x)
	switch x := x.(type) {
	case *ast.CallExpr:
		return r.loopOfCall(x, label)
	case *ast.Ident:
		if v, ok := r.Pass.TypesInfo.Uses[x].(*types.Var); ok {
			l := r.loopOfVar(v)
			l.held = r.Steady(x)
			return l
		}
	case *ast.SelectorExpr:
		if sel := r.Pass.TypesInfo.Selections[x]; sel != nil {
			if v, ok := sel.Obj().(*types.Var); ok {
				l := r.loopOfField(v, sel.Recv())
				l.held = r.Steady(x.X)
				return l
			}
		} else if v, ok := r.Pass.TypesInfo.Uses[x.Sel].(*types.Var); ok {
			return r.loopOfVar(v)
		}
	}
	return Loop{Label: label}
}

func (r *Result) loopOfCall(call *ast.CallExpr, label string) Loop {
	fn := staticCallee(r.Pass.TypesInfo, call)
	switch {
	case fn == nil || fn.Pkg() == nil:
	case isRuntime(fn, "Default"):
		return Loop{Key: defaultKey, Label: "the default loop"}
	case isRuntime(fn, "Shard") && len(call.Args) == 2:
		l := r.loopOf(call.Args[0])
		l.Sharded = true
		return l
	default:
		// A method's result may depend on its receiver.
		if fn.Signature().Recv() == nil && len(call.Args) == 0 {
			return Loop{Key: fn.FullName() + "()", Label: fn.Pkg().Name() + "." + fn.Name() + "()"}
		}
	}
	return Loop{Label: label}
}

// loopOfVar is the loop of a package-level variable. Parameters and local variables
// may hold any loop.
func (r *Result) loopOfVar(v *types.Var) Loop {
	if v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		return Loop{Label: v.Name()}
	}
	label := v.Name()
	if v.Pkg() != r.Pass.Pkg {
		label = v.Pkg().Name() + "." + label
	}
	return Loop{Key: v.Pkg().Path() + "." + v.Name(), Label: label}
}

func (r *Result) loopOfField(v *types.Var, recv types.Type) Loop {
	v = v.Origin()
	label := v.Name()
	if named := NamedOf(recv); named != nil {
		label = named.Obj().Name() + "." + label
	}
	l := Loop{Key: fieldKey(v), Label: label, Field: true}
	l.Own = r.own[l.Key]
	return l
}

// fieldKey identifies a field across packages.
func fieldKey(v *types.Var) string {
	if v.Pkg() == nil {
		return ""
	}
	if path, err := objectpath.For(v); err == nil {
		return v.Pkg().Path() + ":" + string(path)
	}
	return v.Pkg().Path() + ":" + v.Name()
}

// NamedOf returns the named type that t is or points to, or nil.
func NamedOf(t types.Type) *types.Named {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, _ := types.Unalias(t).(*types.Named)
	return named
}

// isLoopType reports whether t is *loop.Loop or *loop.Sharded.
func isLoopType(t types.Type) bool {
	kind := loopchoice.KindOf(t)
	return kind == loopchoice.Loop || kind == loopchoice.Sharded
}

// isRuntime reports whether fn is a function of package loop with one of the names.
func isRuntime(fn *types.Func, names ...string) bool {
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != RuntimePath || fn.Signature().Recv() != nil {
		return false
	}
	for _, n := range names {
		if fn.Name() == n {
			return true
		}
	}
	return false
}

// isLoopMethod reports whether fn is a method of loop.Loop with one of the names.
func isLoopMethod(fn *types.Func, names ...string) bool {
	return fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == RuntimePath && recvName(fn) == "Loop" && slices.Contains(names, fn.Name())
}

// findOwn finds the fields that hold a loop which nothing else holds: whatever is
// stored there is made on the spot.
func (r *Result) findOwn() {
	foreign := map[string]bool{}
	note := func(field *types.Var, value ast.Expr) {
		if field == nil || field.Exported() || !isLoopType(field.Type()) {
			return // others may store something into an exported field
		}
		key := fieldKey(field.Origin())
		call, ok := ast.Unparen(value).(*ast.CallExpr)
		if ok && isRuntime(staticCallee(r.Pass.TypesInfo, call), "New", "NewSharded", "NewMain", "Adapt") {
			r.own[key] = true
		} else if !r.Pass.TypesInfo.Types[value].IsNil() {
			foreign[key] = true
		}
	}
	for _, f := range r.Pass.Files {
		if !r.generated[f] {
			ast.Inspect(f, func(n ast.Node) bool { r.fieldValues(n, note); return true })
		}
	}
	for key := range foreign {
		delete(r.own, key)
	}
	for _, l := range r.loops() {
		l.Own = r.own[l.Key]
	}
}

// loops returns every loop that was recorded before the owners were known.
func (r *Result) loops() []*Loop {
	var all []*Loop
	for _, h := range r.handlers {
		all = append(all, &h.Loop)
	}
	for _, b := range r.bridges {
		all = append(all, &b.Loop)
	}
	for _, l := range r.variables {
		all = append(all, l)
	}
	for _, l := range r.owned {
		all = append(all, l)
	}
	for _, f := range r.Funcs {
		all = append(all, &f.Place.Loop)
	}
	return all
}

// fieldValues calls note for each field that a node stores something into.
func (r *Result) fieldValues(n ast.Node, note func(*types.Var, ast.Expr)) {
	switch n := n.(type) {
	case *ast.CompositeLit:
		st, ok := underlyingStruct(r.Pass.TypesInfo.TypeOf(n))
		if !ok {
			return
		}
		for i, elt := range n.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				v, _ := r.Pass.TypesInfo.Uses[kv.Key.(*ast.Ident)].(*types.Var)
				note(v, kv.Value)
			} else if i < st.NumFields() {
				note(st.Field(i), elt)
			}
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			sel, ok := ast.Unparen(left).(*ast.SelectorExpr)
			if !ok || n.Tok != token.ASSIGN {
				continue
			}
			if v, ok := r.Pass.TypesInfo.Uses[sel.Sel].(*types.Var); ok && v.IsField() {
				note(v, n.Rhs[min(i, len(n.Rhs)-1)])
			}
		}
	}
}

func underlyingStruct(t types.Type) (*types.Struct, bool) {
	if t == nil {
		return nil, false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	return st, ok
}
