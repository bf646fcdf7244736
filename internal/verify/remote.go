package verify

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// registered returns the remote handler behind the part of a registration at pos, or nil.
func registered(decl ast.Decl, pos token.Pos, out model.File) *model.Bridge {
	fn, ok := decl.(*ast.FuncDecl)
	if !ok || fn.Recv != nil || fn.Body == nil {
		return nil
	}
	var found *model.Bridge
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || pos < call.Pos() || call.End() < pos {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && isOn(sel.Sel.Name) {
			found = methodNamed(sel.X, out)
		}
		return found == nil
	})
	return found
}

func methodNamed(x ast.Expr, out model.File) *model.Bridge {
	id, ok := x.(*ast.Ident)
	if !ok {
		return nil
	}
	for i, b := range out.Bridges {
		if b.Remote != nil && b.Remote.Method == id.Name {
			return &out.Bridges[i]
		}
	}
	return nil
}

// explainRemote reports an error in the code of a remote handler if it is the user's: in the
// loop, in the key, or in errors=.
func (c *checker) explainRemote(file *ast.File, e types.Error, b *model.Bridge, out Output) bool {
	d := b.Source.Directives[0]
	switch fun, call := innermost(file, e.Pos); {
	case isOn(fun) && call != nil && inLoop(call, e.Pos) && d.Loop.Key != nil && (keyAt(call.Args[0], e.Pos) || incomparable(e)):
		c.report(out, wrongKey(e, b, d.Loop.Key))
	case isOn(fun) && call != nil && inLoop(call, e.Pos):
		c.report(out, diag.Diagnostic{
			Pos: d.Loop.Pos, Code: diag.LoopType,
			Message: "the loop of " + b.Name + " does not fit: " + loopMessage(e.Msg),
			Hint:    "loop= must be a *loop.Loop, or with key= a *loop.Sharded and a comparable key",
		})
	case fun == "KeyOf":
		c.report(out, diag.Diagnostic{
			Pos: d.Remote.Serial.Pos, Code: diag.RemoteMisuse,
			Message: "serial=" + d.Remote.Serial.Text + " of " + b.Name + " cannot be a key: " + loopMessage(e.Msg),
			Hint:    "use a value that can be compared, best a string or an integer",
		})
	case fun == "Sentinel" || fun == "ErrorType":
		c.report(out, notAnError(call, e, b))
	default:
		return false
	}
	return true
}

// innermost returns the smallest call of the runtime of remote handlers around pos.
func innermost(file *ast.File, pos token.Pos) (string, *ast.CallExpr) {
	name, found := "", (*ast.CallExpr)(nil)
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || pos < call.Pos() || call.End() < pos {
			return true
		}
		fun := call.Fun
		if index, ok := fun.(*ast.IndexExpr); ok {
			fun = index.X
		}
		if sel, ok := fun.(*ast.SelectorExpr); ok {
			switch sel.Sel.Name {
			case "On", "OnDo", "KeyOf", "Sentinel", "ErrorType":
				name, found = sel.Sel.Name, call
			}
		}
		return true
	})
	return name, found
}

// isOn reports whether a method of the runtime has that name which takes a handler.
func isOn(name string) bool { return name == "On" || name == "OnDo" }

// inLoop reports whether pos is in the function that chooses the loop.
func inLoop(on *ast.CallExpr, pos token.Pos) bool {
	return len(on.Args) == 3 && on.Args[0].Pos() <= pos && pos <= on.Args[0].End()
}

// notAnError reports an element of errors= that is something else.
func notAnError(call *ast.CallExpr, e types.Error, b *model.Bridge) diag.Diagnostic {
	d := diag.Diagnostic{
		Pos: b.Source.Directives[0].Pos, Code: diag.NotAnError,
		Message: "errors= of " + b.Name + " lists something that is no error: " + loopMessage(e.Msg),
		Hint:    "list variables of type error, and types that have a method Error, with an asterisk if its receiver is a pointer",
	}
	lit, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return d
	}
	name, _ := strconv.Unquote(lit.Value)
	for _, ref := range b.Source.Remote().Errors {
		if ref.Name == name && ref.Pos.IsValid() {
			d.Pos = ref.Pos
		}
	}
	return d
}

// scopePos returns a position in a generated file, where its imports are in scope.
func (c *checker) scopePos(out Output) token.Pos {
	for _, f := range c.in.Files {
		if c.in.Fset.PositionFor(f.Pos(), false).Filename == out.File.Path {
			return f.Name.End()
		}
	}
	return token.NoPos
}
