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
// or, for a handler that returns an error,
//
//	func (s *Server) ScriptOnLoop(w http.ResponseWriter, r *http.Request) {
//		serverScript.ServeError(w, r, s.loop, s.Script, (*Server).Script)
//	}
//
//	func (s *Server) ScriptOnLoop(w http.ResponseWriter, r *http.Request) error {
//		return serverScript.Try(w, r, s.loop, s.Script, (*Server).Script)
//	}
//
// The method value is the handler; the runtime reads the handler's position from the expression
// behind it. A function is both.
func httpBridge(b model.Bridge, w model.Wrapper) jen.Code {
	called := jen.Id(w.Descriptor).Dot(w.HTTP.Call.Name).Call(
		jen.Id(w.HTTP.Writer), jen.Id(w.HTTP.Request), jen.Id(w.Loop), jen.Id(w.HTTP.Handler), jen.Id(w.HTTP.Source))
	if len(w.Results) > 0 {
		return function(b, w, jen.Return(called))
	}
	return function(b, w, called)
}
