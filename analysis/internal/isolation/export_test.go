package isolation

import "go/ast"

// LoopOf is the loop that an expression is.
func (r *Result) LoopOf(x ast.Expr) Loop { return r.loopOf(x) }
