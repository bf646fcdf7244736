package names

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

const renameHint = "choose another one with name="

// asked is one function of a directive.
type asked struct {
	handler   *model.Handler
	directive model.Directive
}

// askedFor returns the functions of the directives of h. A remote directive has a function on
// each side of the wire.
func askedFor(h *model.Handler) []asked {
	var list []asked
	for _, d := range h.Directives {
		list = append(list, asked{h, d})
		if d.Remote != nil && d.Remote.Register != "" {
			d.Generated = d.Remote.Register
			list = append(list, asked{h, d})
		}
	}
	return list
}

// renameHint returns the hint for a name that is taken. A name= over a type is that of the front.
func (a asked) renameHint() string {
	if a.handler.Front != nil && a.directive.Pos == a.handler.Pos {
		return fmt.Sprintf("put //asyncgen:%s name=OTHER over the method %s", a.directive.Mode, a.handler.Name)
	}
	return renameHint
}

// key identifies a function by its receiver type and its name.
func (a asked) key() string {
	if a.handler.Front != nil {
		return a.handler.Front.Name + "." + a.directive.Generated
	}
	if !a.handler.Function() {
		return a.handler.Recv.Type + "." + a.directive.Generated
	}
	return a.directive.Generated
}

// collisions finds generated names that cannot be: taken by the package, by the
// receiver's type, or by two directives. Files that are never compiled together
// do not collide.
func collisions(pkg *model.Package) []diag.Diagnostic {
	var (
		list diag.List
		seen = map[string][]asked{}
	)
	list.Add(frontCollisions(pkg)...)
	for _, h := range pkg.Handlers {
		for _, a := range askedFor(h) {
			if problem := a.taken(pkg); problem != nil {
				list.Add(*problem)
			} else if problem := a.twice(pkg, seen[a.key()]); problem != nil {
				list.Add(*problem)
			} else if problem := a.testName(pkg); problem != nil {
				list.Add(*problem)
			}
			seen[a.key()] = append(seen[a.key()], a)
		}
	}
	return list.Sorted()
}

// taken looks for a hand-written declaration of the name.
func (a asked) taken(pkg *model.Package) *diag.Diagnostic {
	name, code := a.directive.Generated, diag.NameTaken
	if a.handler.InPlace {
		return nil // it is the handler's, which gets another one
	}
	if a.handler.Function() && types.Universe.Lookup(name) != nil {
		return predeclared(pkg, a.directive.NamePos, name)
	}
	decls := slices.Concat(pkg.Scope.Decls[name], pkg.Scope.Imports[name])
	owner := "package " + pkg.Name
	if !a.handler.Function() {
		base := a.handler.Recv.Type
		if a.handler.Front != nil {
			base = a.handler.Front.Name
		}
		decls, code, owner = pkg.Scope.Members[base][name], diag.MemberTaken, "type "+base
	}
	for _, d := range decls {
		if d.Constraint.Excludes(a.handler.Source.Constraint) {
			continue
		}
		return &diag.Diagnostic{
			Pos: a.directive.NamePos, Code: code, Package: pkg.Path, Hint: a.renameHint(),
			Message: fmt.Sprintf("the generated name %s is taken: %s has %s of that name", name, owner, article(d.Kind)),
			Related: []diag.Related{{Pos: d.Pos, Message: name + " is declared here"}},
		}
	}
	return nil
}

// predeclared reports a name that the whole package would lose.
func predeclared(pkg *model.Package, pos token.Position, name string) *diag.Diagnostic {
	return &diag.Diagnostic{
		Pos: pos, Code: diag.NameTaken, Package: pkg.Path, Hint: renameHint,
		Message: fmt.Sprintf("the generated name %s is predeclared, and would hide that from all of package %s", name, pkg.Name),
	}
}

// twice looks for an earlier directive with the same function.
func (a asked) twice(pkg *model.Package, earlier []asked) *diag.Diagnostic {
	for _, e := range earlier {
		if e.handler.Source.Constraint.Excludes(a.handler.Source.Constraint) {
			continue
		}
		d := &diag.Diagnostic{
			Pos: a.directive.NamePos, Code: diag.NameTwice, Package: pkg.Path, Hint: a.renameHint(),
			Message: fmt.Sprintf("two directives ask for %s", a.key()),
			Related: []diag.Related{{Pos: e.directive.NamePos, Message: "the other one"}},
		}
		if e.handler.Pos == a.handler.Pos && e.directive.Mode == a.directive.Mode {
			d.Code, d.Hint = diag.DuplicateDirective, "remove one of them, or give it another name with name="
			d.Message = fmt.Sprintf("//asyncgen:%s stands twice over %s", a.directive.Mode, a.handler.Name)
		}
		return d
	}
	return nil
}

// testName finds functions in test files that the go command would take for
// tests, and refuse.
func (a asked) testName(pkg *model.Package) *diag.Diagnostic {
	if !a.handler.Source.Test || !a.handler.Function() || !model.TestName(a.directive.Generated) {
		return nil
	}
	return &diag.Diagnostic{
		Pos: a.directive.NamePos, Code: diag.TestName, Package: pkg.Path, Hint: renameHint,
		Message: fmt.Sprintf("go test would take the generated function %s for a test", a.directive.Generated),
	}
}

func article(noun string) string {
	if noun == "import" {
		return "an " + noun
	}
	return "a " + noun
}
