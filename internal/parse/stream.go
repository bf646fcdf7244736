package parse

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// stream returns the sequence of package iter that x is.
func (e exprEnv) stream(x ast.Expr) model.Stream {
	path, name := e.typePath(x)
	if path != "iter" {
		return model.NoStream
	}
	x, e = e.unalias(x)
	_, args := instantiated(x)
	switch {
	case name == "Seq" && len(args) == 1:
		return model.ValueStream
	case name != "Seq2" || len(args) != 2:
		return model.NoStream
	case e.isError(args[1]):
		return model.ErrorStream
	}
	return model.PairStream
}

// checkStream reports arguments for streams on other handlers, and arguments that streams cannot
// have.
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
