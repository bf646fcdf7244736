package isolation

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/ast/inspector"
)

// A Kind is where code runs.
type Kind int

// The kinds of places.
const (
	// Outside is any goroutine that is not known to hold a loop's role.
	Outside Kind = iota
	// OnLoop is the goroutine that holds the role of Place.Loop.
	OnLoop
	// Awaiting is a function given to loop.Await: the role is given up meanwhile.
	Awaiting
	// Goroutine is a goroutine started in the function around.
	Goroutine
)

// Place is the loop or the goroutine that a function runs on, with the evidence.
type Place struct {
	Kind Kind
	Loop Loop // for OnLoop; for the others, that of the code around, if any
	Why  string
	// Cause is a call that makes a helper run elsewhere, or a piece of syntax that
	// starts a goroutine; it may be nil.
	Cause ast.Node
}

// Func is a function of the package: a declaration or a literal.
type Func struct {
	Node  ast.Node // *ast.FuncDecl or *ast.FuncLit
	Type  *ast.FuncType
	Body  *ast.BlockStmt
	Obj   *types.Func // nil for literals
	Outer *Func       // nil for declarations
	Place Place
	// Spawned is set for code without a waiting caller: a handler of spawn only, a
	// function given to Loop.Spawn, AfterFunc or Every.
	Spawned bool
	Calls   []*Call

	stored  bool // a literal that is kept by something and called later
	fixed   bool // Place does not depend on callers
	values  int  // uses as a value
	callers []*Call
	inner   []*Func // literals directly inside
	needs   bool    // it touches what belongs to its loop
	met     Place   // what the callers agree on so far
}

// Call is a call of a named function, with its position.
type Call struct {
	Expr   *ast.CallExpr
	Callee *types.Func
	In     *Func // nil in initializers of package variables
	Go     bool
	// Place is where the callee runs, unless that is where In runs.
	Place *Place
}

// Enclosing returns the function around a node that was found at a cursor, or nil.
func (r *Result) Enclosing(c inspector.Cursor) *Func {
	for f := range c.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		return r.byNode[f.Node()]
	}
	return nil
}

// Decl returns the declaration that f is part of.
func (f *Func) Decl() *Func {
	for f.Outer != nil {
		f = f.Outer
	}
	return f
}

// Receiver returns the variable that the function's loop is reached through: the
// receiver of the declaration around.
func (r *Result) Receiver(f *Func) types.Object {
	decl, ok := f.Decl().Node.(*ast.FuncDecl)
	if !ok || decl.Recv == nil || len(decl.Recv.List[0].Names) == 0 {
		return nil
	}
	return r.Pass.TypesInfo.Defs[decl.Recv.List[0].Names[0]]
}

// collector walks through a file and keeps the functions around.
type collector struct {
	*Result
	starts map[ast.Expr]Place // what becomes of function values that are arguments
	stored map[ast.Expr]bool  // literals that are kept and called later
}

// collect finds all functions and the calls between them.
func (r *Result) collect() {
	c := &collector{Result: r, starts: map[ast.Expr]Place{}, stored: map[ast.Expr]bool{}}
	for _, file := range r.Pass.Files {
		if !r.generated[file] {
			c.walk(file, nil)
		}
	}
}

func (c *collector) walk(root ast.Node, in *Func) {
	called := map[*ast.Ident]bool{}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body != nil {
				c.walk(n.Body, c.declared(n))
			}
			return false
		case *ast.FuncLit:
			c.walk(n.Body, c.literal(n, in))
			return false
		case *ast.SendStmt, *ast.ReturnStmt, *ast.CompositeLit, *ast.AssignStmt:
			c.store(n)
		case *ast.GoStmt:
			c.starts[n.Call.Fun] = Place{Kind: Goroutine, Why: "a go statement", Cause: n}
		case *ast.CallExpr:
			c.call(n, in, called)
		case *ast.Ident:
			if fn, ok := c.Pass.TypesInfo.Uses[n].(*types.Func); ok && !called[n] {
				c.value(n, fn.Origin(), in)
			}
		}
		return true
	})
}

func (c *collector) declared(d *ast.FuncDecl) *Func {
	f := &Func{Node: d, Type: d.Type, Body: d.Body}
	f.Obj, _ = c.Pass.TypesInfo.Defs[d.Name].(*types.Func)
	if h := c.handlers[f.Obj]; h != nil {
		f.Place, f.fixed = Place{Kind: OnLoop, Loop: h.Loop, Why: "a handler"}, true
		f.Spawned = h.HasMode(Spawn) && !h.HasMode(Wait, Async)
	} else if l := c.owned[f.Obj]; l != nil {
		f.Place, f.fixed = Place{Kind: OnLoop, Loop: *l, Why: "marked //asyncgen:confined"}, true
	} else if f.Obj == nil || f.Obj.Signature().Recv() == nil && (f.Obj.Name() == "init" || f.Obj.Name() == "main") {
		f.fixed = true
	}
	return c.add(f)
}

func (c *collector) literal(lit *ast.FuncLit, in *Func) *Func {
	f := &Func{Node: lit, Type: lit.Type, Body: lit.Body, Outer: in, stored: c.stored[lit]}
	if p, ok := c.starts[lit]; ok {
		f.Place, f.fixed = p, true
		f.Spawned = p.Why == spawned
	} else if in == nil {
		f.fixed = true
	}
	return c.add(f)
}

func (c *collector) add(f *Func) *Func {
	c.Funcs = append(c.Funcs, f)
	c.byNode[f.Node] = f
	if f.Outer != nil {
		f.Outer.inner = append(f.Outer.inner, f)
	}
	return f
}

// call records a call, and what becomes of the functions among its arguments.
func (c *collector) call(call *ast.CallExpr, in *Func, called map[*ast.Ident]bool) {
	for i, p := range c.argumentPlaces(call) {
		if i < len(call.Args) {
			c.starts[ast.Unparen(call.Args[i])] = p
		}
	}
	callee := staticCallee(c.Pass.TypesInfo, call)
	if callee == nil {
		return
	}
	if id := calleeIdent(call.Fun); id != nil {
		called[id] = true
	}
	record := &Call{Expr: call, Callee: callee, In: in}
	if p, ok := c.starts[call.Fun]; ok {
		record.Go, record.Place = true, &p
	}
	if in != nil {
		in.Calls = append(in.Calls, record)
	}
	c.calls = append(c.calls, record)
}

// value records the use of a function as a value. As an argument of a function of the
// runtime it is called on a loop; elsewhere its place is unknown.
func (c *collector) value(id *ast.Ident, fn *types.Func, in *Func) {
	for x, p := range c.starts {
		if p.Kind == OnLoop && calleeIdent(x) == id {
			c.calls = append(c.calls, &Call{Callee: fn, Place: &p})
			return
		}
	}
	c.valueUses = append(c.valueUses, ValueUse{fn, id, in})
}

// calleeIdent returns the identifier that names a function.
func calleeIdent(x ast.Expr) *ast.Ident {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return x.Sel
	case *ast.IndexExpr:
		return calleeIdent(x.X)
	case *ast.IndexListExpr:
		return calleeIdent(x.X)
	}
	return nil
}

func inTest(fset *token.FileSet, pos token.Pos) bool {
	return strings.HasSuffix(filepath.Base(fset.File(pos).Name()), "_test.go")
}
