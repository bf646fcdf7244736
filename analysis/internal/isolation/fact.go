package isolation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Facts carry results about a package to the packages that import it. They have no maps:
// a map is encoded in another order each time, and the go command would find it changed.
type (
	handlerFact struct {
		Loop    Loop
		Modes   []pair[string, string] // mode → name of the generated function
		Test    bool
		InPlace bool
	}
	bridgeFact struct {
		Mode  Mode
		Loop  Loop
		Title string
		HTTP  bool
	}
	variableFact struct{ Loop Loop }
	helperFact   struct{ Loop Loop }
	// takerFact lists the parameters of a function that run on a loop.
	takerFact struct{ Params []pair[int, Loop] }
)

// pair is an entry of a map.
type pair[K cmp.Ordered, V any] struct {
	Key   K
	Value V
}

func (*handlerFact) AFact()  {}
func (*bridgeFact) AFact()   {}
func (*variableFact) AFact() {}
func (*helperFact) AFact()   {}
func (*takerFact) AFact()    {}

func (f *handlerFact) String() string { return "handler of " + f.Loop.Label }
func (f *bridgeFact) String() string {
	return fmt.Sprintf("%s of %s on %s", f.Mode, f.Title, f.Loop.Label)
}
func (f *variableFact) String() string { return "confined to " + f.Loop.Label }
func (f *helperFact) String() string   { return "runs on " + f.Loop.Label }
func (f *takerFact) String() string {
	return fmt.Sprintf("runs %d of its parameters on a loop", len(f.Params))
}

// export makes the facts that other packages need.
func (r *Result) export() {
	for fn, h := range r.handlers {
		if fn.Pkg() == r.Pass.Pkg {
			r.Pass.ExportObjectFact(fn, &handlerFact{h.Loop, pairs(h.Modes), h.Test, h.InPlace})
		}
	}
	for fn, b := range r.bridges {
		r.Pass.ExportObjectFact(fn, &bridgeFact{b.Mode, b.Loop, b.Title, b.HTTP})
	}
	for v, l := range r.variables {
		r.Pass.ExportObjectFact(v, &variableFact{*l})
	}
	for fn, l := range r.owned {
		r.Pass.ExportObjectFact(fn, &helperFact{*l})
	}
	for _, f := range r.Funcs {
		if f.Obj != nil && f.needs && f.Place.Kind == OnLoop && r.handlers[f.Obj] == nil {
			r.Pass.ExportObjectFact(f.Obj, &helperFact{f.Place.Loop})
		}
	}
	for fn, params := range r.takers {
		r.Pass.ExportObjectFact(fn, &takerFact{pairs(params)})
	}
}

// pairs returns the entries of a map in the order of their keys.
func pairs[K cmp.Ordered, V any](m map[K]V) []pair[K, V] {
	var list []pair[K, V]
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, pair[K, V]{k, m[k]})
	}
	return list
}

// mapOf is the reverse of pairs.
func mapOf[K cmp.Ordered, V any](list []pair[K, V]) map[K]V {
	m := make(map[K]V, len(list))
	for _, p := range list {
		m[p.Key] = p.Value
	}
	return m
}
