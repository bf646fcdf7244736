package parse

import (
	"go/ast"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// isHTTP reports whether the handler is a func(http.ResponseWriter, *http.Request).
func (b *builder) isHTTP() bool {
	var types []ast.Expr
	for _, field := range b.target.decl.Type.Params.List {
		for range fieldNames(field) {
			types = append(types, field.Type)
		}
	}
	if len(types) != 2 || len(b.handler.Results) > 0 {
		return false
	}
	path, name := b.env.typePath(types[0])
	if path != "net/http" || name != "ResponseWriter" {
		return false
	}
	path, name = b.env.pointedTo(types[1])
	return path == "net/http" && name == "Request"
}

// checkHTTP reports what a directive asks of an HTTP handler, or of something else, that
// only the other can do.
func (b *builder) checkHTTP(d *directive.Directive) bool {
	f := b.target.file
	limits := d.Body > 0 || d.Buffer > 0
	switch {
	case !b.handler.HTTP && (limits || d.Direct):
		f.errorf(d, diag.HTTPMisuse, "remove it", "body, buffer and direct are for handlers that are a func(http.ResponseWriter, *http.Request)")
	case b.handler.HTTP && d.Mode != model.ModeBridge:
		f.errorf(d, diag.HTTPMisuse, "spawn a function that gets what it needs out of the request",
			"the request and its writer end when the client has its answer, and //asyncgen:%s does not wait for the handler", d.Mode)
	case b.handler.HTTP && d.Abandon:
		f.errorf(d, diag.HTTPMisuse, "remove abandon", "an HTTP handler cannot be left alone with a writer that is not its own any more")
	case limits && d.Direct:
		f.errorf(d, diag.HTTPMisuse, "remove direct, or the limits", "with direct nothing is read ahead or held back, so body and buffer have no meaning")
	default:
		return true
	}
	return false
}
