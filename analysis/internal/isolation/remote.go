package isolation

import (
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/internal/model"
)

// Remote is the mode of a handler whose calls workers answer. It may have no bridge in this program.
const Remote Mode = "remote"

// readRemote finds the handlers that a file registers with workers. Those that have
// bridges are known already.
func (r *Result) readRemote(file *ast.File) {
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
			if call, ok := n.(*ast.CallExpr); ok && isOn(staticCallee(r.Pass.TypesInfo, call)) {
				r.readOn(fn, call)
			}
			return true
		})
	}
}

// isOn reports whether a call sets the loop and the handler of a worker.
func isOn(fn *types.Func) bool {
	return fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == model.RemoteImplPath && (fn.Name() == "On" || fn.Name() == "OnDo") && recvName(fn) == "Method"
}

func (r *Result) readOn(register *types.Func, call *ast.CallExpr) {
	if len(call.Args) != 3 {
		return
	}
	handler, loop := lastFunc(r.Pass.TypesInfo, call.Args[1]), returned(call.Args[0])
	if handler == nil || loop == nil || r.handlers[handler] != nil {
		return
	}
	r.addHandler(handler, &Bridge{Func: register, Mode: Remote, Loop: r.loopOf(loop), Title: title(handler)})
}

// returned is the expression that a function of one statement returns, or nil.
func returned(x ast.Expr) ast.Expr {
	lit, ok := x.(*ast.FuncLit)
	if !ok || len(lit.Body.List) != 1 {
		return nil
	}
	ret, ok := lit.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return nil
	}
	return ret.Results[0]
}
