// Package isolation computes the places of functions and variables: the handlers
// and their loops, the bridges, the function literals that run on a loop or on a
// goroutine of their own, and the variables that belong to a loop. The checks of
// asyncvet use its results and report contradictions between them.
//
// It reads handlers and bridges from the code that asyncgen has written, with types,
// and not from directives: there the loop is an ordinary expression, and fronts and
// shards are no special cases. A separate check compares that code with its sources.
// The results for other packages travel as facts.
package isolation

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"
)

// Analyzer computes a [Result]. It reports nothing.
var Analyzer = &analysis.Analyzer{
	Name:       "asyncisolation",
	Doc:        "find out which functions run on which event loop",
	Run:        run,
	ResultType: reflect.TypeFor[*Result](),
	FactTypes:  []analysis.Fact{new(handlerFact), new(bridgeFact), new(variableFact), new(helperFact), new(takerFact)},
}

// Result is the result for a package. Its methods accept objects of other packages
// too.
type Result struct {
	Pass  *analysis.Pass
	Funcs []*Func // every function and function literal, outer ones first
	// Problems are invalid directives for this checker, and generated files of another format.
	Problems []Problem

	byNode    map[ast.Node]*Func
	handlers  map[*types.Func]*Handler
	bridges   map[*types.Func]*Bridge
	fronts    map[*types.TypeName]Loop     // types with a front, and its loop
	variables map[types.Object]*Loop       // marked //asyncgen:confined
	owned     map[*types.Func]*Loop        // the same for functions
	own       map[string]bool              // keys of fields that hold a loop of each instance's own
	takers    map[*types.Func]map[int]Loop // parameters that are called on a loop
	generated map[*ast.File]bool
	stored    map[types.Object]bool // variables that get another value, or may
	runs      map[*types.Var]Loop   // run functions of loops, and which
	calls     []*Call
	valueUses []ValueUse
}

// A Problem is something wrong with a directive, or a generated file that is not understood.
type Problem struct {
	Pos     token.Pos
	Message string
}

func run(pass *analysis.Pass) (any, error) {
	r := &Result{
		Pass: pass, byNode: map[ast.Node]*Func{}, handlers: map[*types.Func]*Handler{},
		bridges: map[*types.Func]*Bridge{}, fronts: map[*types.TypeName]Loop{}, variables: map[types.Object]*Loop{}, owned: map[*types.Func]*Loop{},
		own: map[string]bool{}, takers: map[*types.Func]map[int]Loop{}, generated: map[*ast.File]bool{},
		stored: map[types.Object]bool{}, runs: map[*types.Var]Loop{},
	}
	for _, f := range pass.Files {
		if r.generated[f] = Written(f); r.generated[f] {
			r.readBridges(f)
		}
	}
	for _, f := range pass.Files {
		if r.generated[f] {
			r.readRemote(f)
		}
	}
	r.readFormats()
	r.findStored()
	r.readInPlace()
	r.readMarks()
	r.findTakers()
	r.collect()
	r.findOwn()
	r.findRuns()
	r.infer()
	r.export()
	return r, nil
}

// Handler returns the record of the handler fn, or nil.
func (r *Result) Handler(fn *types.Func) *Handler {
	fn = fn.Origin()
	if h := r.handlers[fn]; h != nil || fn.Pkg() == r.Pass.Pkg {
		return h
	}
	var fact handlerFact
	if r.Pass.ImportObjectFact(fn, &fact) {
		return &Handler{Func: fn, Loop: fact.Loop.In(fn.Pkg()), Modes: mapOf(fact.Modes), Test: fact.Test, InPlace: fact.InPlace}
	}
	return nil
}

// Bridge returns the record of the generated function fn, or nil.
func (r *Result) Bridge(fn *types.Func) *Bridge {
	fn = fn.Origin()
	if b := r.bridges[fn]; b != nil || fn.Pkg() == r.Pass.Pkg {
		return b
	}
	var fact bridgeFact
	if r.Pass.ImportObjectFact(fn, &fact) {
		return &Bridge{Func: fn, Mode: fact.Mode, Loop: fact.Loop.In(fn.Pkg()), Title: fact.Title, HTTP: fact.HTTP}
	}
	return nil
}

// Confined returns the loop that a field or a variable belongs to.
func (r *Result) Confined(v *types.Var) (Loop, bool) {
	v = v.Origin()
	if l := r.variables[v]; l != nil || v.Pkg() == r.Pass.Pkg {
		return deref(l)
	}
	var fact variableFact
	if v.Pkg() == nil || !r.Pass.ImportObjectFact(v, &fact) {
		return Loop{}, false
	}
	return fact.Loop.In(v.Pkg()), true
}

// Helper returns the loop that a function has to run on although it is no handler:
// it is marked so, or it touches what belongs to the loop and everything that calls
// it in its own package runs there.
func (r *Result) Helper(fn *types.Func) (Loop, bool) {
	fn = fn.Origin()
	if fn.Pkg() != r.Pass.Pkg {
		var fact helperFact
		if fn.Pkg() == nil || !r.Pass.ImportObjectFact(fn, &fact) {
			return Loop{}, false
		}
		return fact.Loop.In(fn.Pkg()), true
	}
	if l := r.owned[fn]; l != nil {
		return *l, true
	}
	for _, f := range r.Funcs {
		if f.Obj == fn {
			return f.Place.Loop, f.Place.Kind == OnLoop && f.needs && r.handlers[fn] == nil
		}
	}
	return Loop{}, false
}

// Generated reports whether asyncgen has written the file that pos is in.
func (r *Result) Generated(pos token.Pos) bool {
	for f, ours := range r.generated {
		if f.FileStart <= pos && pos < f.FileEnd {
			return ours
		}
	}
	return false
}

// InTest reports whether pos is in a test file.
func (r *Result) InTest(pos token.Pos) bool { return inTest(r.Pass.Fset, pos) }

func deref(l *Loop) (Loop, bool) {
	if l == nil {
		return Loop{}, false
	}
	return *l, true
}
