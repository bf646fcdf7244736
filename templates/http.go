package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// httpBridge renders the function that answers requests:
//
//	func (s *Server) ScriptOnLoop(w http.ResponseWriter, r *http.Request) {
//		serverScript.Serve(w, r, s.loop, s.Script, (*Server).Script)
//	}
//
// The method value is the handler; the expression behind it tells the runtime where
// that stands.
func httpBridge(b model.Bridge, w model.Wrapper) jen.Code {
	args := []jen.Code{jen.Id(w.HTTP.Writer), jen.Id(w.HTTP.Request), jen.Id(w.Loop), jen.Id(w.HTTP.Handler)}
	if w.HTTP.Source != "" {
		args = append(args, jen.Id(w.HTTP.Source))
	}
	return function(b, w, jen.Id(w.Descriptor).Dot("Serve").Call(args...))
}

// httpDescriptor renders the value that describes an HTTP handler:
//
//	// serverScript describes [Server.Script] to the runtime.
//	var serverScript = loophttp.Bridge{Name: "web.Server.Script", Body: 4096}
func httpDescriptor(out *jen.File, f model.File, b model.Bridge, d model.Descriptor) {
	fields := []jen.Code{field("Name", jen.Lit(b.Title))}
	if d.Body > 0 {
		fields = append(fields, field("Body", jen.Lit(d.Body)))
	}
	if d.Buffer > 0 {
		fields = append(fields, field("Buffer", jen.Lit(d.Buffer)))
	}
	if d.Direct {
		fields = append(fields, field("Direct", jen.Id(f.True)))
	}
	if d.NonReentrant {
		fields = append(fields, field("NonReentrant", jen.Id(f.True)))
	}
	out.Line()
	out.Comment("// " + d.Name + " describes [" + b.Link + "] to the runtime.")
	out.Var().Id(d.Name).Op("=").Id(f.HTTP).Dot("Bridge").Values(fields...)
}
