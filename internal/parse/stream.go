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

// element returns the type of the elements of an iter.Seq, or nil if the package of the output
// cannot name it: x may be an alias of another package.
func (e exprEnv) element(x ast.Expr) *model.Expr {
	seq, at := e.unalias(x)
	_, args := instantiated(seq)
	element, ok := at.writtenFor(e, args[0])
	if !ok {
		return nil
	}
	for _, ref := range element.Refs {
		if (ref.Kind == model.ImportRef || ref.Kind == model.DotRef) && e.readingTree().hides(at.file.tree, ref.Path) != "" {
			return nil
		}
	}
	return element
}

// writtenFor returns a type behind aliases as the output for home writes it.
func (e exprEnv) writtenFor(home exprEnv, x ast.Expr) (*model.Expr, bool) {
	if e.aliasArgs == nil {
		return e.expr(x)
	}
	env := exprEnv{file: e.file, args: map[string]*model.Expr{}}
	if e.file.tree != home.readingTree() {
		env.home = home.file
		if home.home != nil {
			env.home = home.home
		}
	}
	for name, use := range e.aliasArgs {
		arg, ok := use.env.writtenFor(home, use.expr)
		if !ok {
			return nil, false
		}
		env.args[name] = arg
	}
	return env.expr(x)
}

// checkStream reports arguments for streams on other handlers, arguments that streams cannot
// have, and streams whose bridge cannot have an error. same is whether it has the signature of the handler.
func (b *builder) checkStream(d *directive.Directive, same bool) bool {
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
		return same || b.checkStreamError(place{f, d}, "add signature=same")
	}
	return false
}

// checkStreamError reports a stream whose bridge cannot yield an error with each element. same is
// the part of the hint about signature=same.
func (b *builder) checkStreamError(at place, same string) bool {
	what, hint := "", ""
	switch {
	case b.handler.Stream() == model.PairStream:
		what, hint = "pairs", "yield structs"
	case b.handler.Stream() == model.ValueStream && b.handler.Results[0].Element == nil:
		what, hint = "a type that this package cannot name", "yield another type"
	default:
		return true
	}
	at.file.errorf(at.node, diag.StreamMisuse, hint+", or "+same+", which panics with a *loop.Error then",
		"%s yields %s, so its bridge cannot yield the error of a stream that does not run or is cut short", b.handler.Name, what)
	return false
}
