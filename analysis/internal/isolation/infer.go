package isolation

import (
	"go/ast"
	"go/types"
)

// infer finds the helpers: functions with callers on one loop only, which run on that
// loop too. It starts with the assumption that each function is a helper, and drops the
// assumption at the first call from elsewhere, until nothing changes. Functions that
// call each other can therefore be helpers.
func (r *Result) infer() {
	byObj := map[*types.Func]*Func{}
	for _, f := range r.Funcs {
		if f.Obj != nil {
			byObj[f.Obj] = f
		}
	}
	for _, u := range r.valueUses {
		if f := byObj[u.Func]; f != nil && !r.InTest(u.Ident.Pos()) {
			f.values++
		}
	}
	for _, c := range r.calls {
		// The calls in a test have no effect on the place of a function in the program.
		if f := byObj[c.Callee]; f != nil && (c.Expr == nil || !r.InTest(c.Expr.Pos())) {
			f.callers = append(f.callers, c)
		}
	}
	open := map[*Func]bool{}
	for _, f := range r.Funcs {
		if !f.fixed && f.Obj != nil {
			open[f] = f.values == 0 && len(f.callers) > 0 && !r.InTest(f.Node.Pos())
		}
	}
	r.settle(open)
	r.findNeeds(byObj)
	r.settleExported(open)
	for _, f := range r.Funcs {
		if !f.fixed {
			f.Place = r.placeOf(f, open)
		}
		if f.Outer != nil && f.fixed && f.Place.Kind != OnLoop {
			f.Place.Loop = f.Outer.Place.Loop // literals come after what is around them
		}
	}
}

// settle takes functions out of open until all that is left agrees. Places spread from
// the callers that have one; functions that only call each other end up with none.
func (r *Result) settle(open map[*Func]bool) {
	for _, f := range r.Funcs {
		f.met = Place{Kind: undecided}
	}
	for changed := true; changed; {
		for changed = r.spread(open); changed; {
			changed = r.spread(open)
		}
		for _, f := range r.Funcs {
			if open[f] && f.met.Kind == undecided {
				open[f], changed = false, true
			}
		}
	}
}

// spread looks at the callers of each function once.
func (r *Result) spread(open map[*Func]bool) (changed bool) {
	for _, f := range r.Funcs {
		if !open[f] {
			continue
		}
		p := r.meet(f, open)
		switch {
		case p.Kind == undecided:
		case p.Kind != OnLoop:
			open[f], changed = false, true
		case f.met.Kind == undecided || p.Guess() && !f.met.Guess():
			f.met, changed = p, true
		}
	}
	return changed
}

// meet returns the common place of all callers of a function. A caller that is
// open itself, and has no place yet, does not count.
func (r *Result) meet(f *Func, open map[*Func]bool) Place {
	found, guess := Place{Kind: undecided}, false
	for _, c := range f.callers {
		p := r.callPlace(c, open)
		switch {
		case p.Kind == undecided:
		case p.Guess():
			guess = true
		case p.Kind != OnLoop || !p.Loop.Known():
			return Place{Cause: nodeOf(c)}
		case found.Kind == undecided:
			found = Place{Kind: OnLoop, Loop: p.Loop, Why: "only called from handlers"}
		case found.Loop.To(p.Loop) != Same:
			return Place{Cause: nodeOf(c)}
		}
	}
	if guess {
		return anywhere()
	}
	return found
}

// undecided is the place of functions that only call each other.
const undecided Kind = -1

// callPlace is where the callee of a call runs.
func (r *Result) callPlace(c *Call, open map[*Func]bool) Place {
	switch {
	case c.Place != nil:
		return *c.Place
	case c.In == nil:
		return Place{}
	}
	return r.placeIn(c.In, open)
}

func (r *Result) placeIn(f *Func, open map[*Func]bool) Place {
	switch {
	case f.fixed:
		return f.Place
	case f.Outer != nil:
		p := r.placeIn(f.Outer, open)
		if f.stored && p.Kind != OnLoop && p.Kind != undecided {
			return anywhere()
		}
		return p
	case open[f]:
		return f.met
	}
	return Place{}
}

// placeOf is the final place of a function that is not fixed.
func (r *Result) placeOf(f *Func, open map[*Func]bool) Place {
	p := r.placeIn(f, open)
	if p.Kind == undecided {
		return Place{}
	}
	if p.Kind == Outside && f.Obj != nil {
		p.Cause = r.meet(f, open).Cause
	}
	return p
}

// settleExported gives up on exported functions that do without the loop: other
// packages may call them from anywhere, and may.
func (r *Result) settleExported(open map[*Func]bool) {
	for f, still := range open {
		if still && !f.needs && f.Obj.Exported() {
			open[f] = false
		}
	}
	r.settle(open)
}

// findNeeds finds the functions that touch what belongs to a loop, directly or
// through functions that they call on the same goroutine.
func (r *Result) findNeeds(byObj map[*types.Func]*Func) {
	for _, f := range r.Funcs {
		f.needs = r.touches(f)
	}
	for changed := true; changed; {
		changed = false
		for _, f := range r.Funcs {
			if !f.needs && r.callsNeedy(f, byObj) {
				f.needs, changed = true, true
			}
		}
	}
}

func (r *Result) callsNeedy(f *Func, byObj map[*types.Func]*Func) bool {
	for _, c := range f.Calls {
		if c.Go {
			continue
		}
		if g := byObj[c.Callee]; g != nil && (g.needs && !g.fixed || r.mustRun(g.Obj) || r.owned[g.Obj] != nil) {
			return true
		}
	}
	return false
}

// mustRun reports whether calls of fn have to be made on its loop, because nothing takes them there.
func (r *Result) mustRun(fn *types.Func) bool {
	h := r.handlers[fn]
	return h != nil && !h.InPlace
}

func (r *Result) touches(f *Func) bool {
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && lit != f.Node {
			return !r.byNode[lit].fixed // what runs elsewhere is not f's
		}
		if id, ok := n.(*ast.Ident); ok && !found {
			if v, ok := r.Pass.TypesInfo.Uses[id].(*types.Var); ok {
				_, found = r.Confined(v)
			}
		}
		return !found
	})
	return found
}

func nodeOf(c *Call) ast.Node {
	if c.Expr == nil {
		return nil
	}
	return c.Expr
}
