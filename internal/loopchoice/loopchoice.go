// Package loopchoice holds the rule for directives without an argument loop=: which loop
// they mean. Readers of syntax and of types share it.
//
// The loop is the only field of the receiver that is a *loop.Loop or a *loop.Sharded, its own
// or a promoted one. If there is none, it is the only such variable of the package. There is
// no other: a directive with neither is an error, and so is one with several.
package loopchoice

import (
	"go/types"

	"github.com/asyncgen/asyncgen/internal/model"
)

// Kind is the type of a declaration, as far as it matters here.
type Kind uint8

// The kinds.
const (
	None    Kind = iota // neither a loop nor a sharded loop
	Loop                // a *loop.Loop
	Sharded             // a *loop.Sharded
	Unclear             // its type is not known
)

// Default is the value of loop= for the program's shared loop. It is a keyword of the
// language, so no expression has this spelling.
const Default = "default"

// A Candidate is a field or a variable. Decl is its declaration, in the terms of the caller.
type Candidate[D any] struct {
	Kind Kind
	Name string
	Decl D
}

// A Decision is the result of [Choose].
type Decision[D any] struct {
	// Found holds the loop. It is empty if there is none, and has several elements if the
	// directive must choose among them.
	Found []Candidate[D]
	// Field is set if the elements of Found are fields.
	Field bool
	// Unclear holds the declarations whose types decide, if there is nothing else to choose.
	Unclear []Candidate[D]
}

// Choose applies the rule. A declaration of an unclear type counts only if no other one comes
// into question; the type checker sees the rest.
func Choose[D any](fields, variables []Candidate[D]) Decision[D] {
	if found := clear(fields); len(found) > 0 {
		return Decision[D]{Found: found, Field: true}
	}
	if found := clear(variables); len(found) > 0 {
		return Decision[D]{Found: found}
	}
	return Decision[D]{Unclear: append(unclear(fields), unclear(variables)...)}
}

// Strict is [Choose] for runs without a type checker: fields of unclear types come before
// variables, so that no variable is chosen in place of a field.
func Strict[D any](fields, variables []Candidate[D]) Decision[D] {
	d := Choose(fields, variables)
	if list := unclear(fields); !d.Field && len(d.Found) > 0 && len(list) > 0 {
		return Decision[D]{Unclear: list}
	}
	return d
}

func clear[D any](list []Candidate[D]) []Candidate[D] {
	return filter(list, func(k Kind) bool { return k == Loop || k == Sharded })
}

func unclear[D any](list []Candidate[D]) []Candidate[D] {
	return filter(list, func(k Kind) bool { return k == Unclear })
}

func filter[D any](list []Candidate[D], keep func(Kind) bool) []Candidate[D] {
	var found []Candidate[D]
	for _, c := range list {
		if keep(c.Kind) {
			found = append(found, c)
		}
	}
	return found
}

// KindOf returns the kind of a type.
func KindOf(t types.Type) Kind {
	if t == nil {
		return Unclear
	}
	if b, ok := types.Unalias(t).(*types.Basic); ok && b.Kind() == types.Invalid {
		return Unclear
	}
	p, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return None
	}
	return KindOfNamed(types.Unalias(p.Elem()))
}

// KindOfNamed returns the kind of a pointer to t.
func KindOfNamed(t types.Type) Kind {
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return None
	}
	return Named(named.Obj().Pkg().Path(), named.Obj().Name())
}

// Named returns the kind of a pointer to a type of a package.
func Named(path, name string) Kind {
	switch {
	case path != model.RuntimePath:
		return None
	case name == "Loop":
		return Loop
	case name == "Sharded":
		return Sharded
	}
	return None
}

// Constructed returns the kind of the first result of a function of package loop.
func Constructed(function string) Kind {
	switch function {
	case "New", "Default", "NewMain", "Adapt", "NewHosted", "NewFrames", "Shard", "Current":
		return Loop
	case "NewSharded":
		return Sharded
	}
	return Unclear
}

// Fields returns the loops and the fields of unclear types that a selector on a value of type t
// reaches from pkg: its own fields and the promoted ones, in the order of their depth.
func Fields(t types.Type, pkg *types.Package) []Candidate[*types.Var] {
	var (
		list []Candidate[*types.Var]
		seen = map[types.Type]bool{}
	)
	for level := []types.Type{t}; len(level) > 0; {
		var next []types.Type
		for _, t := range level {
			st := structOf(t)
			if st == nil || seen[st] {
				continue
			}
			seen[st] = true
			for f := range st.Fields() {
				if kind := KindOf(f.Type()); kind != None {
					list = append(list, Candidate[*types.Var]{kind, f.Name(), f})
				}
				if f.Embedded() {
					next = append(next, f.Type())
				}
			}
		}
		level = next
	}
	var reached []Candidate[*types.Var]
	for _, c := range list {
		obj, _, _ := types.LookupFieldOrMethod(t, true, pkg, c.Name)
		if v, ok := obj.(*types.Var); ok && v.Origin() == c.Decl.Origin() {
			reached = append(reached, c)
		}
	}
	return reached
}

func structOf(t types.Type) *types.Struct {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

// Variables returns the loops and the variables of unclear types among the package-level
// variables of pkg that visible accepts, sorted by name.
func Variables(pkg *types.Package, visible func(*types.Var) bool) []Candidate[*types.Var] {
	var list []Candidate[*types.Var]
	for _, name := range pkg.Scope().Names() {
		v, ok := pkg.Scope().Lookup(name).(*types.Var)
		if !ok || !visible(v) {
			continue
		}
		if kind := KindOf(v.Type()); kind != None {
			list = append(list, Candidate[*types.Var]{kind, name, v})
		}
	}
	return list
}
