package inplace

import (
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/names"
)

// A place is the loop that a function runs on, as far as the function's own words tell: one that
// the program names, or one that a parameter has in a field.
type place struct {
	known bool
	name  string // of the first kind
	param int    // of the second: the parameter, receiver for the receiver
	field string
}

const receiver = -1

// placeOf returns where a handler runs, if that is always the same.
func (a *analysis) placeOf(h *model.Handler) place {
	p := named(h)
	if v, ok := a.Types.Scope().Lookup(p.name).(*types.Var); ok && a.moved[v] {
		return place{}
	}
	return p
}

// named is what the directive says.
func named(h *model.Handler) place {
	d := h.Directives[0]
	if d.Loop.Key != nil {
		return place{} // the key decides
	}
	switch d.Loop.Kind {
	case model.LoopDefault:
		return place{known: true, name: "loop.Default()"}
	case model.LoopVar:
		return place{known: true, name: d.Loop.Name}
	case model.LoopField:
		return place{known: true, param: receiver, field: d.Loop.Name}
	}
	return written(h, names.LoopText(h, d))
}

// written reads a loop expression. Only names and fields say what a loop is, not calls.
func written(h *model.Handler, text string) place {
	of, field, isField := strings.Cut(text, ".")
	if strings.ContainsAny(text, "()[]*& ") || strings.Contains(field, ".") {
		return place{}
	}
	param, isParam := h.ParamNamed(of)
	switch {
	case isField && isParam:
		return place{known: true, param: param, field: field}
	case isParam:
		return place{}
	}
	return place{known: true, name: text}
}

// A function is one that is declared in the package.
type function struct {
	params   []*types.Var // nil for those without a name, or that are assigned
	recv     *types.Var
	handler  *model.Handler
	place    place
	settled  bool // place is not to be changed
	reached  bool // somebody calls it, who runs somewhere
	disowned bool // it does not run on one loop alone
}

// variable returns the parameter that the place of f speaks of.
func (f *function) variable() *types.Var {
	if f.place.param == receiver {
		return f.recv
	}
	if f.place.param < len(f.params) {
		return f.params[f.place.param]
	}
	return nil
}
