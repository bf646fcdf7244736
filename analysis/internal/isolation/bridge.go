package isolation

import (
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"

	"github.com/asyncgen/asyncgen/internal/model"
	"golang.org/x/tools/go/types/typeutil"
)

// Mode is the kind of a generated function.
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
	Modes map[string]string // mode → name of the generated function, with its type if that is a front
	Test  bool              // the bridges are in test files
	// InPlace is set if the bridge has the handler's name in builds with the overlay. A use of the handler's
	// name is then a use of the bridge.
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

// readFormats notes a generated file of another format, in a file that somebody has written: there
// nobody hides it.
func (r *Result) readFormats() {
	at := slices.IndexFunc(r.Pass.Files, func(f *ast.File) bool { return !r.generated[f] })
	for _, f := range r.Pass.Files {
		if !r.generated[f] {
			continue
		}
		path := r.Pass.Fset.PositionFor(f.FileStart, false).Filename
		src, err := r.Pass.ReadFile(path)
		if err != nil {
			continue // the driver has it from elsewhere
		}
		if format := model.FormatOf(src); format != "" && format != model.Format {
			r.Problems = append(r.Problems, Problem{r.Pass.Files[max(at, 0)].Name.Pos(), fmt.Sprintf(
				"%s has output format %s, and this asyncvet reads format %s, so it may miss handlers and loops: run asyncgen, or asyncvet of the same version",
				filepath.Base(path), format, model.Format)})
			return // the others have it, too
		}
	}
}

// readBridges finds the bridges in a file that asyncgen has written.
func (r *Result) readBridges(file *ast.File) {
	handlers := r.handlersOfCalls(file)
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
	found, ok := runtimeCall(callee)
	if !ok {
		return
	}
	b := &Bridge{Func: fn, Mode: modeOf(found.Effect), HTTP: callee.Pkg().Path() == HTTPPath}
	var handler *types.Func
	if len(call.Args) >= found.Arity {
		b.Loop = r.loopOf(call.Args[found.Loop])
		last := call.Args[len(call.Args)-1]
		if b.HTTP {
			handler = lastFunc(r.Pass.TypesInfo, call.Args[found.Loop+1])
		} else if named := NamedOf(r.Pass.TypesInfo.TypeOf(last)); named != nil {
			handler = handlers[named.Obj()]
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
	if owner := ownerOf(fn); owner != nil && ownerOf(b.Func) != nil && owner != ownerOf(b.Func) {
		h.Modes[mode] = title(b.Func)
		r.fronts[owner] = b.Loop
	}
}

// ownerOf returns the type that a method is declared for, or nil.
func ownerOf(fn *types.Func) *types.TypeName {
	if recv := fn.Signature().Recv(); recv != nil {
		if named := NamedOf(recv.Type()); named != nil {
			return named.Obj()
		}
	}
	return nil
}

// handlersOfCalls maps the types of calls to the handlers that they are for:
// each has a method that returns its handler.
func (r *Result) handlersOfCalls(file *ast.File) map[*types.TypeName]*types.Func {
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

// runtimeCall returns the entry of a function among those of the runtime that generated code
// calls.
func runtimeCall(fn *types.Func) (model.RuntimeCall, bool) {
	if fn == nil || fn.Pkg() == nil {
		return model.RuntimeCall{}, false
	}
	return model.FindCall(fn.Pkg().Path(), recvName(fn), fn.Name())
}

func modeOf(e model.Effect) Mode {
	switch e {
	case model.Waits:
		return Wait
	case model.Streams:
		return Stream
	case model.Starts:
		return Async
	case model.Spawns:
		return Spawn
	}
	panic("isolation: no mode for this effect")
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
