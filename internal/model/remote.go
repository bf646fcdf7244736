package model

import "go/token"

// RemotePath is the import path of the package of clients and workers, and RemoteImplPath that of the
// package which generated code calls for remote handlers.
const (
	RemotePath     = "github.com/asyncgen/asyncgen/remote"
	RemoteImplPath = RemotePath + "/remoteimpl"
)

// Remote describes a handler with //asyncgen:remote. A [Handler] has either one such
// directive or any number of others: the two have nothing in common but the signature.
type Remote struct {
	Service  string // what the wire calls the package or the type
	Serial   *Key   // by which calls are ordered, or nil
	Durable  bool
	Register string // the function of the worker's side; "" for methods of a front
	Errors   []ErrorRef
	Shared   bool // they are those of the front, which declares them once
}

// ErrorRef is an error that keeps its identity on the wire.
type ErrorRef struct {
	Name string // on the wire: import path and name
	Expr *Expr  // a variable, or a type
	Type bool
	Pos  token.Position // in errors=; zero for what was found without it
}

// Remote returns the description of a remote handler, or nil for other handlers.
func (h *Handler) Remote() *Remote {
	if len(h.Directives) == 0 {
		return nil
	}
	return h.Directives[0].Remote
}

// Function reports whether the code of h is a function of the package and not a
// method of the receiver's type.
func (h *Handler) Function() bool { return h.Recv == nil || h.Remote() != nil && h.Front == nil }
