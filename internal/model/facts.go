package model

import (
	"cmp"
	"go/ast"
	"go/token"
	"strconv"

	"github.com/asyncgen/asyncgen/internal/ident"
)

// Package is one Go package as a compiler sees it: the files of a directory
// that share a package clause. An external test package is a Package of its
// own.
type Package struct {
	Path     string // import path of the directory
	Name     string // package clause
	Dir      string // absolute
	External bool   // an external test package
	Scope    Scope
	Handlers []*Handler // by file, then position; those of fronts included
	Fronts   []*Front
}

// Scope holds the declarations of the files of a package, whatever their constraints.
type Scope struct {
	Decls   map[string][]Decl            // package-level names
	Members map[string]map[string][]Decl // type name → field or method → where
	Imports map[string][]Decl            // names that files import packages under
}

// Decl is one declaration of a name.
type Decl struct {
	Pos        token.Position
	Kind       string // "function", "type", "variable", "constant", "field", "method", "import"
	Constraint Constraint
}

// Declares reports whether the package declares name at package level.
func (s *Scope) Declares(name string) bool { return len(s.Decls[name]) > 0 }

// Handler is an annotated function or method.
type Handler struct {
	Name       string
	Stem       string         // what generated names have in the place of Name, by //asyncgen:names; or ""
	Pos        token.Position // of the name
	Begin, End token.Position // from the func keyword to the end of the signature
	Source     *Source
	Doc        string // without directives
	Recv       *Receiver
	TypeParams []TypeParam // of the function, or of the receiver type and then of the method
	OwnParams  int         // how many of them are those of a method
	Params     []Param
	Results    []Result
	Directives []Directive
	Front      *Front // set for a method of a front's target
	HTTP       bool   // it is a func(http.ResponseWriter, *http.Request), possibly with an error result
	InPlace    bool   // its bridge has its name, in builds with the overlay
	Body       string // then the name that the handler has in such builds
}

// Word returns what generated names have in the place of the handler's name.
func (h *Handler) Word() string { return cmp.Or(h.Stem, h.Name) }

// Called returns the name of the handler in generated code.
func (h *Handler) Called() string {
	if h.InPlace {
		return h.Body
	}
	return h.Name
}

// Front is an annotated type: a type is generated whose methods call the target's
// methods.
type Front struct {
	Mode       Mode   // ModeRemote, or ModeBridge if the target is in the same process
	Target     string // name of the annotated type
	Name       string // of the generated type
	NamePos    token.Position
	Source     *Source
	Interface  bool // the target is an interface, else a struct
	Same       bool // of a remote front: its methods have the signatures of the target's
	Implements bool // the front is to have all methods of the interface that is its target
	Loop       LoopChoice
	TypeParams []TypeParam
	Doc        string // of the target, without directives
	Register   string // of a remote front: the function of the worker's side
}

// Constructor returns the name of the function that makes the front.
func (f *Front) Constructor() string {
	name := ident.Prefixed("new", f.Name)
	if f.Mode != ModeRemote && !ast.IsExported(f.Target) {
		return ident.Lower(name) // other packages cannot name the type of its parameter
	}
	return name
}

// Declared returns the names that the front adds to its package.
func (f *Front) Declared() []string {
	if f.Mode == ModeRemote {
		return []string{f.Name, f.Constructor(), f.Register}
	}
	return []string{f.Name, f.Constructor()}
}

// FrontTarget is what loop= over a type calls the value behind the front.
const FrontTarget = "target"

// Source is the file of a handler.
type Source struct {
	Path       string // absolute
	Test       bool   // a _test.go file
	Constraint Constraint
}

// Receiver is a method's receiver.
type Receiver struct {
	Name    string // "" or "_" if it has none
	Type    string // name of the receiver's type, with aliases resolved
	Pointer bool
}

// TypeParam is a type parameter of a handler. For a method the name is the
// receiver's own, and the constraint comes from the type declaration.
type TypeParam struct {
	Name       string // may be "_"
	Constraint *Expr
}

// Param is one parameter of a handler.
type Param struct {
	Name     string // "" or "_" if it has none
	Pos      token.Position
	Type     *Expr // the element type if variadic
	Variadic bool
	Context  bool // the call's context
}

// Result is one result of a handler.
type Result struct {
	Name  string
	Pos   token.Position
	Type  *Expr
	Error bool // the error result
	// Stream is set for a sequence that package iter knows.
	Stream Stream
	// Element is the type of a ValueStream's elements. It is nil if the package cannot name it.
	Element *Expr
}

// Stream is a kind of sequence that a handler returns.
type Stream int

// The kinds of streams.
const (
	NoStream    Stream = iota
	ValueStream        // iter.Seq[T]
	PairStream         // iter.Seq2[K, V]
	ErrorStream        // iter.Seq2[T, error]
)

// Stream returns the kind of stream that the handler returns, if any.
func (h *Handler) Stream() Stream {
	if len(h.Results) == 1 {
		return h.Results[0].Stream
	}
	return NoStream
}

// Paired reports whether the bridge of a directive yields an error with each element, and the
// handler does not.
func (h *Handler) Paired(d Directive) bool {
	return h.Stream() == ValueStream && !d.Same && !d.InPlace && d.Mode == ModeBridge
}

// Mode is the kind of function that a directive generates.
type Mode int

// The modes.
const (
	ModeBridge Mode = iota + 1
	ModeAsync
	ModeSpawn
	ModeRemote
)

// LocalModes returns the modes of calls in the same process, in the order of the documentation.
func LocalModes() []Mode { return []Mode{ModeBridge, ModeAsync, ModeSpawn} }

// Modes returns all modes in the order of the documentation.
func Modes() []Mode { return append(LocalModes(), ModeRemote) }

// String returns the directive's name.
func (m Mode) String() string {
	switch m {
	case ModeBridge:
		return "bridge"
	case ModeAsync:
		return "async"
	case ModeSpawn:
		return "spawn"
	case ModeRemote:
		return "remote"
	}
	return "invalid"
}

// Suffix returns the end of a generated name, behind the handler's, unless the directive gives a
// name.
func (m Mode) Suffix() string {
	switch m {
	case ModeBridge:
		return "OnLoop"
	case ModeAsync:
		return "Async"
	case ModeSpawn:
		return "Spawn"
	case ModeRemote:
		return "Remote"
	}
	return ""
}

// Directive is one directive over a handler, understood.
type Directive struct {
	Pos       token.Position
	NamePos   token.Position // of name=, or of the directive
	Mode      Mode
	Generated string // name of the generated function
	Loop      LoopChoice
	Same      bool // signature=same
	Options   Options
	Remote    *Remote // of ModeRemote
	InPlace   bool    // the generated function has the handler's name and signature
}

// Options are the arguments that the runtime has to know.
type Options struct {
	Abandon      bool
	NonReentrant bool
	Chunk        int // elements of a stream that travel together; 0 is the runtime's choice
	// Of HTTP handlers: bytes of a request's body and of a response, 0 for the runtime's
	// choice and negative without a limit, and whether the handler gets the connection itself.
	Body, Buffer int
	Direct       bool
}

// LoopChoice is the loop of a call.
type LoopChoice struct {
	Kind LoopKind
	Pos  token.Position // of loop=, or of the directive
	Expr *Expr          // for LoopExpr
	Name string         // field or variable, for LoopField and LoopVar
	Key  *Key           // if the loop is sharded
}

// Key is the value by which calls are ordered.
type Key struct {
	Text string         // as the source spells it
	Pos  token.Position // of the text
	Expr *Expr          // nil for a part of a request
	Part *RequestPart   // of an HTTP handler
}

// String returns the key as the source spells it, or "" for no key.
func (k *Key) String() string {
	if k == nil {
		return ""
	}
	return k.Text
}

// RequestPart is a part of an HTTP request.
type RequestPart struct{ Kind, Name string }

// RequestParts are the kinds of parts, and the methods that return one by its name.
var RequestParts = map[string]string{"path": "PathValue", "header": "Header.Get", "query": "URL.Query().Get"}

// Expr returns an expression for the part of a request.
func (p RequestPart) Expr(request string) string {
	return request + "." + RequestParts[p.Kind] + "(" + strconv.Quote(p.Name) + ")"
}

// LoopKind is the place where a loop was found.
type LoopKind int

// The kinds of loops.
const (
	LoopDefault LoopKind = iota + 1 // loop.Default()
	LoopField                       // a field of the receiver
	LoopVar                         // a package-level variable
	LoopExpr                        // loop=
	LoopGiven                       // a parameter of the function that registers a remote front
)

// ParamNamed returns the index of the parameter that has a name, or -1 for the receiver.
func (h *Handler) ParamNamed(name string) (index int, ok bool) {
	for i, p := range h.Params {
		if p.Name == name {
			return i, true
		}
	}
	if h.Recv != nil && (h.Recv.Name == name || name == FrontTarget) {
		return -1, true
	}
	return 0, false
}
