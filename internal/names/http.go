package names

import "github.com/asyncgen/asyncgen/internal/model"

// httpWrapper names the generated function of an HTTP handler, which has the signature
// of the handler.
func (b *bridge) httpWrapper(out model.Bridge, d model.Directive) model.Wrapper {
	w := model.Wrapper{Mode: d.Mode, Name: d.Generated, Params: out.Params, Loop: b.loopText(d)}
	for _, known := range b.descriptors {
		if known.Options == optionsOf(d) {
			w.Descriptor = known.Name
		}
	}
	w.HTTP = &model.HTTPCall{Writer: out.Params[0].Name, Request: out.Params[1].Name, Handler: out.Callee}
	switch {
	case b.h.Front != nil:
		w.HTTP.Handler = out.Recv.Name + "." + b.planner.frontFields(b.h.Front).target + "." + b.h.Name
		w.HTTP.Source = out.Callee
	case out.Recv != nil:
		w.HTTP.Handler = out.Recv.Name + "." + b.h.Called()
		w.HTTP.Source = out.Callee
	}
	w.Doc = b.doc(out, d, w)
	return w
}
