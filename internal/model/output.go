package model

// File is one file to write. All strings are final: nothing in it is renamed,
// looked up or decided any more.
type File struct {
	Path       string // absolute
	Package    string // package clause
	Constraint string // build expression, or ""
	Imports    []Import
	Runtime    string // local name of the runtime package
	Context    string // local name of package context
	Error      string // how the predeclared error is spelled
	Any        string // how the predeclared any is spelled
	True       string // how the predeclared true is spelled
	HTTP       string // local name of the runtime package of HTTP handlers, or ""
	Remote     string // local name of the runtime package of remote handlers, or ""
	InPlace    string // import path of the package, if the bridges are those of an overlay
	Fronts     []FrontDecl
	Bridges    []Bridge
}

// Import is one import declaration.
type Import struct {
	Name string // "" if the package's own name serves
	Path string
}

// FrontDecl is a generated type whose methods are bridges.
type FrontDecl struct {
	Name, Constructor      string
	Doc, ConstructorDoc    string // finished comment lines, with slashes
	Target                 string // type of the target, with type arguments
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
	Link        string // "Account.Deposit", for doc links
	Title       string // "bank.Account.Deposit", for the runtime
	Recv        *Var   // nil for functions
	TypeParams  []TypeVar
	Params      []Var // as the handler has them, context included
	Results     []Var // as the handler has them
	Callee      string
	Guard       string // type of the handler as a function
	Args        Struct
	Out         Struct
	Run         Run
	Descriptors []Descriptor
	Wrappers    []Wrapper
	Remote      *RemoteCall // of a remote handler, which has no Run and no Descriptors
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

// TypeVar is a type parameter.
type TypeVar struct{ Name, Constraint string }

// Struct is the type that carries a call's input or its results. If Declared,
// the file declares it; otherwise Name is a type that exists.
type Struct struct {
	Name     string // with type arguments: "getArgs[K, V]"
	Base     string // without
	Fields   []Field
	Declared bool
}

// Field is a field of a struct, and the expression that fills it.
type Field struct {
	Name, Type, Value string
	Wire              string // what the wire calls it, if it travels
}

// Run is what the method that calls the handler needs.
type Run struct {
	Ctx      string   // name of the context parameter, "_" if the handler takes none
	In       string   // name of the receiver, "" if nothing is carried
	Results  []string // locals for several results
	Err      string   // local for the error
	NamedErr bool     // spell "no error" as a named result, because nil is taken
}

// Descriptor is a package-level value that describes a handler to the runtime.
type Descriptor struct {
	Name string // the variable; for generic handlers the one that holds the instances
	Options
}

// HTTPCall is what the bridge of an HTTP handler gives to its runtime besides the loop.
type HTTPCall struct {
	Writer, Request string // parameters
	Handler         string // the handler, bound to its receiver
	Source          string // the handler as a method expression; "" for functions
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
	Out, Err   string // locals
	OutDefine  bool   // Out is new
	ErrDefine  bool   // Err is new
}
