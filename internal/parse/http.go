package parse

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// isHTTP reports whether the handler is a func(http.ResponseWriter, *http.Request), possibly with
// an error result.
func (b *builder) isHTTP() bool {
	var types []ast.Expr
	for _, field := range b.target.decl.Type.Params.List {
		for range fieldNames(field) {
			types = append(types, field.Type)
		}
	}
	if len(types) != 2 || !b.onlyError() {
		return false
	}
	path, name := b.env.typePath(types[0])
	if path != "net/http" || name != "ResponseWriter" {
		return false
	}
	return b.env.isRequest(types[1])
}

// isRequest reports whether x is *http.Request.
func (e exprEnv) isRequest(x ast.Expr) bool {
	path, name := e.pointedTo(x)
	return path == "net/http" && name == "Request"
}

// requestKey reads a key= that names a part of the request of an HTTP handler: path:NAME,
// header:NAME or query:NAME. It reports false if the key is of another form.
func (b *builder) requestKey(d *directive.Directive) (*model.RequestPart, bool) {
	kind, name, ok := strings.Cut(d.Key.Text, ":")
	if !ok || !token.IsIdentifier(kind) { // a slice expression, for instance
		return nil, false
	}
	f, hint := b.target.file, "use key=path:NAME, key=header:NAME or key=query:NAME"
	switch {
	case !b.handler.HTTP:
		f.errorf(d.Key, diag.WrongKey, "use an expression, such as a parameter", "key=%s is for HTTP handlers, and %s is none", d.Key.Text, b.handler.Name)
	case model.RequestParts[kind] == "" || name == "" || strings.ContainsAny(name, " :{}"):
		f.errorf(d.Key, diag.WrongKey, hint, "key=%s names no part of a request", d.Key.Text)
	default:
		return &model.RequestPart{Kind: kind, Name: name}, true
	}
	return nil, true
}

// isRequestParam reports whether a parameter is an HTTP request or its writer.
func (b *builder) isRequestParam(name string) bool {
	for _, field := range b.target.decl.Type.Params.List {
		if !slices.ContainsFunc(field.Names, func(n *ast.Ident) bool { return n.Name == name }) {
			continue
		}
		path, typ := b.env.typePath(field.Type)
		return b.env.isRequest(field.Type) || path == "net/http" && typ == "ResponseWriter"
	}
	return false
}

// checkHTTP reports arguments for HTTP handlers on other handlers, and arguments that HTTP
// handlers cannot have.
func (b *builder) checkHTTP(d *directive.Directive) bool {
	f := b.target.file
	limits := d.Body != 0 || d.Buffer != 0
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
