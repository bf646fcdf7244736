package isolation

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/internal/model"
	"golang.org/x/tools/go/types/typeutil"
)

// Mode is what a generated function does with its handler.
type Mode string

// The modes.
const (
	Wait   Mode = "bridge" // waits for the result
	Stream Mode = "stream" // waits for each chunk
	Async  Mode = "async"
	Spawn  Mode = "spawn"
)

// Handler is a function that has bridges.
type Handler struct {
	Func  *types.Func
	Loop  Loop
	Modes map[string]string // mode → name of the generated function
	Test  bool              // the bridges are in test files
	// InPlace says that the bridge has the handler's name in builds with the overlay, so that whoever names the
	// handler means the bridge.
	InPlace bool
}

// Bridge is a generated function.
type Bridge struct {
	Func  *types.Func
	Mode  Mode
	Loop  Loop
	Title string // the handler's name: "Account.Deposit"
	HTTP  bool
}

// Waits reports whether a call of the bridge blocks until the handler has run.
func (b *Bridge) Waits() bool { return b.Mode == Wait || b.Mode == Stream }

// Written reports whether asyncgen has written a file.
func Written(f *ast.File) bool {
	return len(f.Comments) > 0 && len(f.Comments[0].List) > 0 && f.Comments[0].Pos() < f.Package &&
		f.Comments[0].List[0].Text == model.Header
}

// readBridges finds the bridges in a file that asyncgen has written.
func (r *Result) readBridges(file *ast.File) {
	handlers := r.handlersOfArgs(file)
	for _, d := range file.Decls {
		decl, ok := d.(*ast.FuncDecl)
		if !ok || decl.Body == nil {
			continue
		}
		fn, ok := r.Pass.TypesInfo.Defs[decl.Name].(*types.Func)
		if !ok {
			continue
		}
		ast.Inspect(decl.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok {
				r.readCall(fn, call, handlers)
			}
			return true
		})
	}
}

// readCall looks for the call into the runtime that a bridge consists of.
func (r *Result) readCall(fn *types.Func, call *ast.CallExpr, handlers map[*types.TypeName]*types.Func) {
	callee := staticCallee(r.Pass.TypesInfo, call)
	mode, ok := runtimeMode(callee)
	if !ok {
		return
	}
	b := &Bridge{Func: fn, Mode: mode, HTTP: callee.Pkg().Path() == HTTPPath}
	var handler *types.Func
	for i, arg := range call.Args {
		switch {
		case isLoopType(r.Pass.TypesInfo.TypeOf(arg)):
			b.Loop = r.loopOf(arg)
			if b.HTTP && i+1 < len(call.Args) {
				handler = lastFunc(r.Pass.TypesInfo, call.Args[i+1])
			}
		case i == len(call.Args)-1 && !b.HTTP:
			if named := NamedOf(r.Pass.TypesInfo.TypeOf(arg)); named != nil {
				handler = handlers[named.Obj()]
			}
		}
	}
	r.bridges[fn] = b
	if handler != nil {
		b.Title = title(handler)
		r.addHandler(handler, b)
	}
}

// addHandler records a handler. That of a front over an interface is whatever
// implements it, which nothing here can follow.
func (r *Result) addHandler(fn *types.Func, b *Bridge) {
	fn = fn.Origin()
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		return
	}
	h := r.handlers[fn]
	if h == nil {
		h = &Handler{Func: fn, Loop: b.Loop, Modes: map[string]string{}, Test: r.InTest(b.Func.Pos())}
		r.handlers[fn] = h
	}
	if h.Loop.To(b.Loop) != Same {
		h.Loop = Loop{Label: h.Loop.Label + " or " + b.Loop.Label} // two directives, two loops
	}
	mode := string(b.Mode)
	if b.Mode == Stream {
		mode = string(Wait)
	}
	h.Modes[mode] = b.Func.Name()
}

// handlersOfArgs maps the types that carry calls to the handlers that they are for:
// each has a method that returns its handler.
func (r *Result) handlersOfArgs(file *ast.File) map[*types.TypeName]*types.Func {
	found := map[*types.TypeName]*types.Func{}
	for _, d := range file.Decls {
		decl, ok := d.(*ast.FuncDecl)
		if !ok || decl.Name.Name != "Handler" || decl.Recv == nil || decl.Body == nil {
			continue
		}
		fn, _ := r.Pass.TypesInfo.Defs[decl.Name].(*types.Func)
		if fn == nil {
			continue
		}
		named := NamedOf(fn.Signature().Recv().Type())
		if handler := lastFunc(r.Pass.TypesInfo, decl.Body); handler != nil && named != nil {
			found[named.Obj()] = handler
		}
	}
	return found
}

// lastFunc returns the last function that is mentioned below a node.
func lastFunc(info *types.Info, node ast.Node) *types.Func {
	var last *types.Func
	ast.Inspect(node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if fn, ok := info.Uses[id].(*types.Func); ok {
				last = fn.Origin()
			}
		}
		return true
	})
	return last
}

// runtimeMode says what the functions of the runtime do that generated code calls.
func runtimeMode(fn *types.Func) (Mode, bool) {
	switch {
	case fn == nil || fn.Pkg() == nil:
		return "", false
	case isRuntime(fn, "Stream", "Stream2", "StreamErr"):
		return Stream, true
	case fn.Signature().Recv() == nil || recvName(fn) != "Bridge":
		return "", false
	case fn.Pkg().Path() == HTTPPath && fn.Name() == "Serve":
		return Wait, true
	case fn.Pkg().Path() != RuntimePath:
		return "", false
	}
	switch fn.Name() {
	case "Call", "CallSame", "InPlace", "InPlaceSame":
		return Wait, true
	case "Go":
		return Async, true
	case "Spawn", "SpawnSame":
		return Spawn, true
	}
	return "", false
}

func recvName(fn *types.Func) string {
	if recv := fn.Signature().Recv(); recv != nil {
		if named := NamedOf(recv.Type()); named != nil {
			return named.Obj().Name()
		}
	}
	return ""
}

// title is a function's name with its receiver's type.
func title(fn *types.Func) string {
	if name := recvName(fn); name != "" {
		return name + "." + fn.Name()
	}
	return fn.Name()
}

// staticCallee returns the function or method that a call names, without its type
// arguments, or nil.
func staticCallee(info *types.Info, call *ast.CallExpr) *types.Func {
	fn, _ := typeutil.Callee(info, call).(*types.Func)
	if fn == nil {
		return nil
	}
	return fn.Origin()
}

// StaticCallee is the function or the method, of an interface perhaps, that a call
// names.
func (r *Result) StaticCallee(call *ast.CallExpr) *types.Func {
	return staticCallee(r.Pass.TypesInfo, call)
}

// Title is a function's name with its receiver's type, as messages show it.
func Title(fn *types.Func) string { return title(fn) }

// HasMode reports whether the handler has a bridge of the mode.
func (h *Handler) HasMode(modes ...Mode) bool {
	return slices.ContainsFunc(modes, func(m Mode) bool { return h.Modes[string(m)] != "" })
}
