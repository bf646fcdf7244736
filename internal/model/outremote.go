package model

// RemoteCall is what both ends of a remote call have to know about a handler.
type RemoteCall struct {
	Method        string // the variable that describes the handler
	Service, Name string // on the wire
	Durable       bool
	KeyIn, Key    string // of serial calls: parameter of the function that returns the key, and the key
	Errors        []RemoteError
	ErrorsOf      string // the variable that holds them, if that is another declaration's
	Answer        Answer
	Registration  *Registration // nil for methods of a front, which registers all of them
}

// RemoteError registers an error.
type RemoteError struct {
	Name string // on the wire
	Expr string
	Type bool
}

// Registration is the function of the worker's side.
type Registration struct {
	Name       string
	Doc        string // finished comment line, with slashes
	Worker     string // parameters
	Target     string // "" for functions
	TargetType string
	Loop       string // "" if it is not given
	// Of a front: what its methods have in common, and the variable that holds it.
	Errors   []RemoteError
	ErrorsOf string
}

// Answer is how a worker calls the handler.
type Answer struct {
	LoopIn  string // parameter of the function that chooses the loop, "_" if the arguments do not matter
	Loop    string
	Handler string // as an expression, for its position
	Ctx, In string // parameters, "_" if not needed
	Callee  string
	Args    []string
	Results []string // locals for the results that are not the error
	Err     string   // local for the error
	Named   bool     // spell "no error" as a named result, because nil is taken
}
