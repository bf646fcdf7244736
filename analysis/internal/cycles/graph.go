package cycles

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// A graph is the edges between loops, each pair of loops once.
type graph struct {
	own      []local    // of the package
	imported []imported // what others know of
	all      []Edge
	from     map[string][]Edge // by the key of the loop that waits
	seen     map[string]bool
}

func newGraph() *graph { return &graph{from: map[string][]Edge{}, seen: map[string]bool{}} }

func (g *graph) add(e Edge) {
	if g.seen[e.key()] {
		return
	}
	g.seen[e.key()] = true
	g.all = append(g.all, e)
	g.from[e.From.Key] = append(g.from[e.From.Key], e)
}

// imports adds the edges of the imported packages, in the order of the import declarations.
func (g *graph) imports(pass *analysis.Pass) {
	known := map[string]graphFact{}
	for _, p := range pass.Pkg.Imports() {
		var fact graphFact
		if pass.ImportPackageFact(p, &fact) {
			known[p.Path()] = fact
		}
	}
	for _, f := range pass.Files {
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if fact, ok := known[path]; ok {
				g.imported = append(g.imported, imported{spec, fact.Edges})
				delete(known, path)
			}
		}
	}
	slices.SortFunc(g.imported, func(a, b imported) int { return cmp.Compare(a.at(), b.at()) })
	for _, i := range g.imported {
		for _, e := range i.edges {
			g.add(e)
		}
	}
}

// back returns the shortest cycle that an edge is part of, beginning with it, or nil.
func (g *graph) back(first Edge) []Edge {
	type step struct {
		loop string
		path []Edge
	}
	seen := map[string]bool{first.To.Key: true}
	for queue := []step{{first.To.Key, []Edge{first}}}; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		if s.loop == first.From.Key {
			return s.path
		}
		for _, e := range g.from[s.loop] {
			if !seen[e.To.Key] {
				seen[e.To.Key] = true
				queue = append(queue, step{e.To.Key, append(slices.Clone(s.path), e)})
			}
		}
	}
	return nil
}

// closedBy returns a cycle of imported edges that is in none of the imported packages alone: this
// package imports the parts and so closes the cycle.
func (g *graph) closedBy(i imported) []Edge {
	for _, e := range i.edges {
		path := g.back(e)
		if path != nil && !slices.ContainsFunc(g.imported, func(o imported) bool { return o.has(path) }) {
			return path
		}
	}
	return nil
}

// has reports whether a package knows all edges of a cycle, and so has reported it, or
// one below it has.
func (i imported) has(path []Edge) bool {
	for _, e := range path {
		if !slices.ContainsFunc(i.edges, func(f Edge) bool { return f.key() == e.key() }) {
			return false
		}
	}
	return true
}

// ring identifies a cycle, wherever it is begun.
func ring(path []Edge) string {
	keys := make([]string, len(path))
	for i, e := range path {
		keys[i] = e.key()
	}
	slices.Sort(keys)
	return strings.Join(keys, "\n")
}
