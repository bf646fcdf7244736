// Package cycles finds loops whose handlers wait for one another in a circle.
package cycles

import (
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
	"github.com/asyncgen/asyncgen/analysis/internal/report"
	"github.com/asyncgen/asyncgen/analysis/internal/waiting"
)

// Analyzer reports cycles of loops that wait for each other.
var Analyzer = &analysis.Analyzer{
	Name: "cycles",
	Doc: `report loops whose handlers wait for one another in a circle

A handler that waits for a bridge of another loop holds its own meanwhile. If a handler
over there waits for a bridge of the first loop, and both happen at the same time, neither
can go on: the runtime fails one of the calls with a *loop.DeadlockError. Waiting inside
loop.Await gives the loop up and does not count.`,
	URL:        report.Cycles.URL(),
	Requires:   []*analysis.Analyzer{waits},
	Run:        run,
	ResultType: report.UsedType,
}

// waits collects the edges. It is an analyzer of its own because facts belong to one,
// and the drivers of tests want each fact of the one that is tested announced.
var waits = &analysis.Analyzer{
	Name:       "asyncwaits",
	Doc:        "find out which loops wait for which",
	Requires:   []*analysis.Analyzer{inspect.Analyzer, isolation.Analyzer},
	Run:        collect,
	ResultType: reflect.TypeFor[*graph](),
	FactTypes:  []analysis.Fact{new(graphFact)},
}

// An Edge is a wait of code on one loop for another loop.
type Edge struct {
	From, To isolation.Loop
	Who      string // the function that waits
	Waits    string // what it waits for
	Position string // "file.go:12"
}

func (e Edge) key() string { return e.From.Key + " " + e.To.Key }

// graphFact has the edges of a package and of the packages that it imports.
type graphFact struct{ Edges []Edge }

func (*graphFact) AFact() {}

func (f *graphFact) String() string { return strconv.Itoa(len(f.Edges)) + " waits between loops" }

// local is an edge of the package itself, and where it is.
type local struct {
	Edge
	at ast.Node
}

func collect(pass *analysis.Pass) (any, error) {
	known := pass.ResultOf[isolation.Analyzer].(*isolation.Result)
	g := newGraph()
	g.imports(pass)
	g.own = edges(known, pass.ResultOf[inspect.Analyzer].(*inspector.Inspector))
	for _, e := range g.own {
		g.add(e.Edge)
	}
	if len(g.all) > 0 {
		fact := &graphFact{}
		for _, e := range g.all {
			e.From, e.To = e.From.In(pass.Pkg), e.To.In(pass.Pkg)
			fact.Edges = append(fact.Edges, e)
		}
		pass.ExportPackageFact(fact)
	}
	return g, nil
}

func run(pass *analysis.Pass) (any, error) {
	g := pass.ResultOf[waits].(*graph)
	rep := report.New(pass, report.Cycles)
	said := map[string]bool{}
	say := func(at analysis.Range, path []Edge) {
		if path != nil && !said[ring(path)] {
			said[ring(path)] = true
			rep.Reportf(at, "%s", describe(path))
		}
	}
	for _, e := range g.own {
		say(e.at, g.back(e.Edge))
	}
	for _, i := range g.imported {
		say(i.spec, g.closedBy(i))
	}
	return rep.Used, nil
}

// edges finds the waits of a package's code for other loops.
func edges(known *isolation.Result, tree *inspector.Inspector) []local {
	var found []local
	for cur := range tree.Root().Preorder((*ast.CallExpr)(nil)) {
		call := cur.Node().(*ast.CallExpr)
		w, ok := waiting.At(known, call)
		if _, started := cur.Parent().Node().(*ast.GoStmt); !ok || started || w.Future {
			continue // a future gives the loop up while it is awaited
		}
		in, ok := known.OnLoop(cur)
		if !ok || in.Place.Loop.To(w.Loop) != isolation.Different || w.Loop.Sharded || in.Place.Loop.Sharded {
			continue
		}
		p := known.Pass.Fset.Position(call.Pos())
		found = append(found, local{Edge{
			From: in.Place.Loop, To: w.Loop, Who: known.Who(in), Waits: w.Name,
			Position: filepath.Base(p.Filename) + ":" + strconv.Itoa(p.Line),
		}, call})
	}
	return found
}

// describe writes a cycle as a path.
func describe(path []Edge) string {
	var b strings.Builder
	b.WriteString("loops wait for each other in a circle: ")
	for i, e := range path {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s on %s waits for %s on %s (%s)", e.Who, e.From.Label, e.Waits, e.To.Label, e.Position)
	}
	b.WriteString(": wait inside loop.Await, or let one of them not wait")
	return b.String()
}

// an imported package and the edges that it knows of.
type imported struct {
	spec  *ast.ImportSpec
	edges []Edge
}

// at is the position of an import in the order of the files.
func (i imported) at() token.Pos { return i.spec.Pos() }
