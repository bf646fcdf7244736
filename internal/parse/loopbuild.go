package parse

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/loopchoice"
)

// chooser is [loopchoice.Choose] or [loopchoice.Strict].
type chooser func(fields, variables []candidate) loopchoice.Decision[loopDecl]

// chooser returns the rule for the receiver's builds. Nothing checks the choice of a run
// without a type checker, or of builds that this machine may not make.
func (b *builder) chooser() chooser {
	home := b.target.file
	if home.tree.in.Types != nil && home.constraint.IsZero() && !b.walkFields(nil).constrained {
		return loopchoice.Choose[loopDecl]
	}
	return loopchoice.Strict[loopDecl]
}

// varies reports a directive whose loop is another one in other builds, because a type with
// several declarations has loops in some of them only. The output would not fit all builds.
func (b *builder) varies(d *directive.Directive, choose chooser, variables []candidate) bool {
	first := b.walkFields(nil)
	want := outcome(choose(first.found, variables))
	for _, name := range slices.Sorted(maps.Keys(first.several)) {
		list := first.several[name]
		for i := range list {
			other := b.walkFields(map[string]int{name: i})
			if outcome(choose(other.found, variables)) != want {
				b.varying(d, name, list)
				return true
			}
		}
	}
	return false
}

// outcome returns the parts of a decision that matter to the output.
func outcome(d loopchoice.Decision[loopDecl]) string {
	var text strings.Builder
	for _, list := range [][]candidate{d.Found, d.Unclear} {
		for _, c := range list {
			fmt.Fprint(&text, c.Kind, c.Decl.field, c.Name, " ")
		}
		fmt.Fprint(&text, "; ")
	}
	return text.String()
}

// varying reports a loop that is another one in builds with another declaration of a type.
func (b *builder) varying(d *directive.Directive, name string, list []*typeDecl) {
	f, related := b.target.file, []diag.Related(nil)
	for _, t := range list {
		related = append(related, diag.Related{Pos: t.file.pos(t.spec.Pos()), Message: name + " is declared for some builds"})
	}
	f.tree.report(diag.Diagnostic{
		Pos: f.pos(d.Slash), End: f.pos(d.End()), Code: diag.LoopUndecided, Related: related,
		Message: fmt.Sprintf("the loop of %s is undecided: the declarations of %s for different builds differ in their loops", b.handler.Name, name),
		Hint:    "name a loop that all builds have with loop=, or declare the same loop in all declarations of " + name,
	})
}
