package isolation

import (
	"go/ast"
	"go/types"
	"strings"
)

// handedOn is the reason for an unknown place: the function is a value in other code, which may
// call it on the loop or elsewhere. Checks that need certainty do not report such a function.
const handedOn = "handed on"

// anywhere is the place of a function that was handed on.
func anywhere() Place {
	return Place{Kind: OnLoop, Loop: Loop{Label: "whatever loop calls it"}, Why: handedOn}
}

// Guess reports whether the place is one about which nothing is known.
func (p Place) Guess() bool { return p.Why == handedOn }

// store notes the function literals that a node keeps for later.
func (c *collector) store(n ast.Node) {
	var kept []ast.Expr
	switch n := n.(type) {
	case *ast.SendStmt:
		kept = append(kept, n.Value)
	case *ast.ReturnStmt:
		kept = n.Results
	case *ast.CompositeLit:
		for _, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			kept = append(kept, e)
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if _, local := ast.Unparen(left).(*ast.Ident); !local && i < len(n.Rhs) {
				kept = append(kept, n.Rhs[i])
			}
		}
	}
	for _, x := range kept {
		c.stored[ast.Unparen(x)] = true
	}
}

// keeps finds the parameters that a function does more with than call them: it stores
// them, or hands them on to a function that does.
func (r *Result) keeps(body ast.Node, params map[types.Object]int, known map[int]Loop) {
	calls := map[*ast.Ident]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			r.startsParam(n, params, known)
		case *ast.CallExpr:
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok {
				calls[id] = true
			}
			places := r.argumentPlaces(n)
			builtin := r.Pass.TypesInfo.Types[n.Fun].IsBuiltin()
			for i, arg := range n.Args {
				if id, ok := ast.Unparen(arg).(*ast.Ident); ok && !builtin && !places[i].Guess() {
					calls[id] = true
				}
			}
		case *ast.BinaryExpr: // a comparison with nil
			for _, x := range []ast.Expr{n.X, n.Y} {
				if id, ok := x.(*ast.Ident); ok {
					calls[id] = true
				}
			}
		case *ast.Ident:
			i, param := params[r.Pass.TypesInfo.Uses[n]]
			if _, taken := known[i]; param && !taken && !calls[n] {
				known[i] = anywhere().Loop
			}
		}
		return true
	})
}

// startsParam finds the parameters that a go statement calls or takes along.
func (r *Result) startsParam(n *ast.GoStmt, params map[types.Object]int, known map[int]Loop) {
	ast.Inspect(n.Call, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if i, param := params[r.Pass.TypesInfo.Uses[id]]; param {
				known[i] = anywhere().Loop
			}
		}
		return true
	})
}

// standard reports whether a package belongs to the standard library.
func standard(pkg *types.Package) bool {
	first, _, _ := strings.Cut(pkg.Path(), "/")
	return !strings.Contains(first, ".")
}
