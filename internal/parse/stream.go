package parse

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// stream says which sequence of package iter x is.
func (e exprEnv) stream(x ast.Expr) model.Stream {
	switch t := ast.Unparen(x).(type) {
	case *ast.IndexExpr:
		if path, name := e.typePath(t.X); path == "iter" && name == "Seq" {
			return model.ValueStream
		}
	case *ast.IndexListExpr:
		if path, name := e.typePath(t.X); path != "iter" || name != "Seq2" || len(t.Indices) != 2 {
			return model.NoStream
		}
		if e.isError(t.Indices[1]) {
			return model.ErrorStream
		}
		return model.PairStream
	}
	return model.NoStream
}

// checkStream reports what a directive asks of a stream, or of something else, that only
// the other can do.
func (b *builder) checkStream(d *directive.Directive) bool {
	f := b.target.file
	sequence := b.handler.Stream() != model.NoStream
	switch {
	case !sequence && d.Chunk > 0:
		f.errorf(d, diag.StreamMisuse, "remove it", "chunk is for handlers that return an iter.Seq or iter.Seq2")
	case sequence && d.Mode != model.ModeBridge:
		f.errorf(d, diag.StreamMisuse, "use //asyncgen:bridge", "a stream needs a consumer, and //asyncgen:%s has none", d.Mode)
	case sequence && d.Abandon:
		f.errorf(d, diag.StreamMisuse, "remove abandon", "a stream is not abandoned: leaving the loop body ends its producer")
	default:
		return true
	}
	return false
}
