// Package receiver reads the receivers of methods.
package receiver

import "go/ast"

// TypeName returns the name of the type that d is a method of: without pointer,
// parentheses and type arguments. It is "" for a function, and for a receiver
// that no method can have.
func TypeName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	x := d.Recv.List[0].Type
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.ParenExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}
