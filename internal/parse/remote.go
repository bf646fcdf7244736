package parse

import (
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

// split gives each directive a handler of its own that calls it by another name: remote ones, and
// those in place.
func split(h *model.Handler) []*model.Handler {
	local := *h
	local.Directives = nil
	var list []*model.Handler
	for _, d := range h.Directives {
		if d.Remote == nil && !d.InPlace {
			local.Directives = append(local.Directives, d)
			continue
		}
		far := *h
		far.Directives, far.InPlace = []model.Directive{d}, d.InPlace
		list = append(list, &far)
	}
	if len(local.Directives) > 0 {
		list = append([]*model.Handler{&local}, list...)
	}
	return list
}

// checkRemote reports handlers that cannot be called from another process. hint is the
// hint of problems that have no better one.
func (b *builder) checkRemote(d *directive.Directive, at place, hint string) bool {
	report := func(hint, format string, args ...any) bool {
		at.file.errorf(at.node, diag.RemoteMisuse, hint, format, args...)
		return false
	}
	name := b.handler.Name
	switch {
	case len(b.handler.TypeParams) > 0:
		return report("declare a function for each instantiation that is to be called",
			"%s is generic, and a worker answers calls of one signature", name)
	case b.handler.HTTP:
		return report(hint, "%s is an HTTP handler, whose writer and request cannot travel", name)
	case b.handler.Stream() != model.NoStream:
		return report(hint, "%s returns a stream, which cannot travel", name)
	case d.Durable && !b.onlyError():
		return report("return an error only, which has the work tried again; or remove durable",
			"nobody waits for the results of durable work, and %s has some", name)
	}
	return true
}

// onlyError reports whether the handler returns an error or nothing.
func (b *builder) onlyError() bool {
	r := b.handler.Results
	return len(r) == 0 || len(r) == 1 && r[0].Error
}

// remote reads the arguments that only remote directives have, but for errors=.
func (b *builder) remote(d *directive.Directive) (*model.Remote, bool) {
	typ := ""
	if r := b.handler.Recv; r != nil {
		typ = r.Type
	}
	r := &model.Remote{Service: b.target.file.service(d, typ), Durable: d.Durable}
	_, r.Register = b.remoteNames(d)
	serial, ok := b.readSerial(d)
	r.Serial = serial
	return r, ok
}

// service returns the name of the package, or of one of its types, on the wire: the import path
// without dots, which end a word there.
func (f *file) service(d *directive.Directive, typ string) string {
	if d.Service != nil {
		return d.Service.Text
	}
	name := strings.ReplaceAll(f.unit.path(f), ".", "_")
	if typ != "" {
		name += "/" + typ
	}
	return name
}

// path returns the import path of the unit's package.
func (u *unit) path(f *file) string {
	if u.external {
		return f.tree.in.Path + "_test"
	}
	return f.tree.in.Path
}
