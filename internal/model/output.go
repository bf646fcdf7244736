package model

import (
	"go/token"
	"slices"
)

// File is one file to write. All strings are final: nothing in it is renamed,
// looked up or decided any more.
type File struct {
	Path       string   // absolute
	Package    string   // package clause
	Constraint string   // build expression, or ""
	Sources    []string // names of the files that it is generated from
	Imports    []Import
	Runtime    string // local name of package loop
	Impl       string // local name of package loopimpl
	Context    string // local name of package context
	Error      string // how the predeclared error is spelled
	Any        string // how the predeclared any is spelled
	True       string // how the predeclared true is spelled
	HTTP       string // local name of the runtime package of HTTP handlers, or ""
	Remote     string // local name of the package of clients and workers, or ""
	RemoteImpl string // local name of the package that code for remote handlers calls, or ""
	InPlace    string // import path of the package, if the bridges are those of an overlay
	Fronts     []FrontDecl
	Bridges    []Bridge
}

// Origin returns the position of the first declaration that the file is generated for.
func (f *File) Origin() token.Position {
	switch {
	case len(f.Bridges) > 0:
		return f.Bridges[0].Source.Pos
	case len(f.Fronts) > 0:
		return f.Fronts[0].Source.NamePos
	}
	return token.Position{Filename: f.Path}
}

// Import is one import declaration.
type Import struct {
	Name string // "" if the package's own name serves
	Path string
}

// FrontDecl is a generated type whose methods are bridges.
type FrontDecl struct {
	Name, Constructor      string
	Doc                    []string // finished comment lines, with slashes
	ConstructorDoc         string   // one line of the same kind
	Target                 string   // type of the target, with type arguments
	TypeParams             []TypeVar
	TypeArgs               string // "[K, V]", or ""
	TargetField, LoopField string // LoopField is "" if the directive says which loop
	TargetParam, LoopParam string // of the constructor
	Assert                 bool   // the front implements the target
	Nil                    bool   // nil is the predeclared one
	Source                 *Front
	Registration           *Registration // of a remote front, which has no loop
}

// Bridge is everything that is generated for one handler.
type Bridge struct {
	Source      *Handler
	Name        string // "Account.Deposit"
	Link        string // the same as a doc link
	Title       string // "bank.Account.Deposit", for the runtime
	Recv        *Var   // nil for functions
	TypeParams  []TypeVar
	OwnArgs     string // "[T]" for a method with type parameters of its own, or ""
	Params      []Var  // as the handler has them, context included
	Results     []Var  // as the handler has them
	Callee      string
	Guard       string  // type of the handler as a function
	Args        Struct  // the type of a call, with the arguments as its fields
	Kept        []Field // fields of the same type for the results, if they are not on the wire
	Out         Struct  // the results as one type, if anything needs that
	Run         Run
	Descriptors []Descriptor
	Wrappers    []Wrapper
	Remote      *RemoteCall // of a remote handler, which has no Kept, no Run and no Descriptors
}

// Async reports whether a wrapper returns a future of the results.
func (b *Bridge) Async() bool {
	return slices.ContainsFunc(b.Wrappers, func(w Wrapper) bool { return w.Mode == ModeAsync })
}

// Var is a parameter, result or receiver.
type Var struct {
	Name     string // "" if unnamed
	Type     string
	Variadic bool // Type is the element type
	Context  bool
	Error    bool
}

// Generic reports whether the handler has type parameters.
func (b *Bridge) Generic() bool { return len(b.TypeParams) > 0 }

// FuncTypeParams returns the type parameters that a function for the handler declares: those that its
// receiver does not.
func (b *Bridge) FuncTypeParams() []TypeVar {
	if b.Recv == nil {
		return b.TypeParams
	}
	return b.TypeParams[len(b.TypeParams)-b.Source.OwnParams:]
}

// TypeVar is a type parameter.
type TypeVar struct{ Name, Constraint string }

// Struct is the type that carries a call's input or its results. If Declared,
// the file declares it; otherwise Name is a type that exists.
type Struct struct {
	Name     string // with type arguments: "getArgs[K, V]"
	Base     string // without
	Fields   []Field
	Declared bool
	Of       string // of results: a doc link to what returns them
}

// Field is a field of a struct, and the expression that fills it.
type Field struct {
	Name, Type, Value string
	Wire              string // what the wire calls it, if it travels
}

// Run describes the method that calls the handler.
type Run struct {
	Ctx  string // name of the context parameter, "" if the handler takes none
	Call string // name of the receiver, "" if it has no fields
	Err  string // name of the error result
	None string // how "no error" is spelled: nil, or Err if nil is something else
}

// Descriptor is a package-level value that describes a handler to the runtime.
type Descriptor struct {
	Name    string // the variable; for generic handlers the one that holds the instances
	InPlace bool   // the function has the name of its handler
	Same    bool   // the function has the signature of its handler
	Options
}

// HTTPCall describes the call of the runtime in the bridge of an HTTP handler.
type HTTPCall struct {
	Call            RuntimeCall
	Writer, Request string // parameters
	Handler         string // the handler, bound to its receiver
	Source          string // the function whose position is the handler's: a method as an expression, or the handler
}

// Wrapper is one generated function.
type Wrapper struct {
	Mode       Mode
	Name       string
	Doc        []string // finished comment lines, with slashes
	Params     []Var
	Results    []Var
	Descriptor string // expression to call the runtime on
	Ctx        string // expression for the call's context
	Loop       string // expression for the loop
	Same       bool
	InPlace    bool
	Stream     Stream // of the result
	HTTP       *HTTPCall
	Client     string // expression for the client of a remote call
	Out        string // local for the call or the reply that came back
	Err        string // local for the error
}
