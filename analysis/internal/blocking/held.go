package blocking

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
	"github.com/asyncgen/asyncgen/analysis/internal/waiting"
)

// held finds the mutexes that are locked during a wait for a loop. A handler that locks one of
// them may wait for a goroutine that waits for the handler.
var held = &analysis.Analyzer{
	Name:       "asyncheld",
	Doc:        "find mutexes that are held while a bridge is called",
	Requires:   []*analysis.Analyzer{isolation.Analyzer},
	Run:        findHeld,
	ResultType: reflect.TypeFor[*heldMutexes](),
	FactTypes:  []analysis.Fact{new(heldFact)},
}

// Held is a mutex that was held at a call of a bridge.
type Held struct {
	Key      string         // of the variable or the field
	Loop     isolation.Loop // of the code that held it, if it ran on one
	Waits    string
	Position string
	at       ast.Node // nil if it is in another package
}

type heldFact struct{ All []Held }

func (*heldFact) AFact() {}

func (f *heldFact) String() string { return strconv.Itoa(len(f.All)) + " mutexes held across bridges" }

// heldMutexes are those that a package knows of, by their keys.
type heldMutexes struct{ by map[string][]Held }

func findHeld(pass *analysis.Pass) (any, error) {
	known := pass.ResultOf[isolation.Analyzer].(*isolation.Result)
	h := &heldMutexes{by: map[string][]Held{}}
	for _, p := range pass.Pkg.Imports() {
		var fact heldFact
		if pass.ImportPackageFact(p, &fact) {
			for _, m := range fact.All {
				h.add(m)
			}
		}
	}
	for _, f := range known.Funcs {
		if !known.InTest(f.Node.Pos()) {
			h.follow(known, f)
		}
	}
	h.export(pass)
	return h, nil
}

func (h *heldMutexes) add(m Held) {
	if !slices.ContainsFunc(h.by[m.Key], func(o Held) bool { return o.Position == m.Position }) {
		h.by[m.Key] = append(h.by[m.Key], m)
	}
}

func (h *heldMutexes) export(pass *analysis.Pass) {
	fact := &heldFact{}
	for _, list := range h.by {
		fact.All = append(fact.All, list...)
	}
	if len(fact.All) == 0 {
		return
	}
	slices.SortFunc(fact.All, func(a, b Held) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Position, b.Position)) })
	pass.ExportPackageFact(fact)
}

// follow goes through a function in the order of the source and keeps the set of locked mutexes.
func (h *heldMutexes) follow(known *isolation.Result, f *isolation.Func) {
	locked := map[string]bool{}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false // a deferred Unlock comes after everything
		case *ast.CallExpr:
			fn := known.StaticCallee(n)
			if fn == nil {
				return true
			}
			switch name := fn.FullName(); {
			case locks[name]:
				if key := mutexKey(known.Pass.TypesInfo, n); key != "" {
					locked[key] = true
				}
			case unlocks[name]:
				delete(locked, mutexKey(known.Pass.TypesInfo, n))
			default:
				h.waits(known, f, n, locked)
			}
		}
		return true
	})
}

// waits notes the locked mutexes if a call waits for a loop.
func (h *heldMutexes) waits(known *isolation.Result, f *isolation.Func, call *ast.CallExpr, locked map[string]bool) {
	if len(locked) == 0 {
		return
	}
	w, ok := waiting.At(known, call)
	if !ok {
		return
	}
	p := known.Pass.Fset.Position(call.Pos())
	held := Held{Waits: w.Name, Position: filepath.Base(p.Filename) + ":" + strconv.Itoa(p.Line), at: call}
	if f.Place.Kind == isolation.OnLoop {
		held.Loop = f.Place.Loop
	}
	for key := range locked {
		held.Key = key
		h.add(held)
	}
}

// mutexKey identifies the mutex that a method is called on.
func mutexKey(info *types.Info, call *ast.CallExpr) string {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	v := waiting.Var(info, sel.X)
	if v == nil {
		return ""
	}
	return isolation.Key(v)
}

// lock reports a mutex that another function holds during a wait for a loop.
func (c *checker) lock(call *ast.CallExpr, in *isolation.Func) {
	key := mutexKey(c.Pass.TypesInfo, call)
	for _, h := range c.held.by[key] {
		if key == "" || h.Loop.Known() && h.Loop.To(in.Place.Loop) != isolation.Different {
			continue // one after the other, in any case
		}
		sel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		f := report.Finding{At: call}
		f.Message = c.Who(in) + " on " + in.Place.Loop.Label + ": " + types.ExprString(sel.X) + " is held elsewhere while " +
			h.Waits + " is waited for (" + h.Position + "), so that the two may wait for each other: unlock it before the call there"
		if h.at != nil && h.at.Pos() != token.NoPos {
			f.Related = append(f.Related, report.Related(h.at, "the mutex is held during this call"))
		}
		c.report.Report(f)
		return
	}
}
