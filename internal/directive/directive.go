// Package directive reads asyncgen's directive comments: it finds them, finds
// comments that were meant to be directives, and reads arguments. The place of a
// directive is not its concern.
package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

const tool = "asyncgen"

// Comment is one comment of a source file.
type Comment struct {
	Slash token.Pos // where it begins
	Text  string    // with the slashes
}

// Pos returns the position of the first slash.
func (c Comment) Pos() token.Pos { return c.Slash }

// End returns the position behind the comment.
func (c Comment) End() token.Pos { return c.Slash + token.Pos(len(c.Text)) }

// Value is the value of an argument and its place.
type Value struct {
	Text  string
	Start token.Pos
}

// Pos returns the position of the value's first byte.
func (v *Value) Pos() token.Pos { return v.Start }

// End returns the position behind the value.
func (v *Value) End() token.Pos { return v.Start + token.Pos(len(v.Text)) }

// Directive is a directive that could be read. Arguments that are absent are
// nil.
type Directive struct {
	Comment
	Mode         model.Mode // zero for skip
	Skip         bool       // //asyncgen:skip
	Confined     bool       // //asyncgen:confined, which is for the checker
	Allow        *Allowance // //asyncgen:allow, which is for the checker too
	Names        *Naming    // //asyncgen:names, which is for a package or a type
	Name         *Value
	Loop         *Value
	Key          *Value
	Same         bool
	Abandon      bool
	NonReentrant bool
	InPlace      bool
	Chunk        int // 0 if absent, as the next two are
	Body, Buffer int // or Unlimited
	Direct       bool
	// Of //asyncgen:remote:
	Durable                 bool
	Serial, Service, Errors *Value
	// Given are the arguments in the order of the source.
	Given []Given
}

// Given is an argument of a directive and its place.
type Given struct {
	*Argument
	Start, Stop token.Pos
}

// Pos returns the position of the key.
func (g *Given) Pos() token.Pos { return g.Start }

// End returns the position behind the argument.
func (g *Given) End() token.Pos { return g.Stop }

// Argument returns the argument with a key, or nil.
func (d *Directive) Argument(key string) *Given {
	for i := range d.Given {
		if d.Given[i].Key == key {
			return &d.Given[i]
		}
	}
	return nil
}

// OfMethod returns the first argument that only a directive over a function or
// a method can have, or nil.
func (d *Directive) OfMethod() *Given {
	for i := range d.Given {
		if d.Given[i].OfMethod {
			return &d.Given[i]
		}
	}
	return nil
}

// Problem is something wrong with a directive. Other, if valid, is a second
// place that belongs to it.
type Problem struct {
	Pos, End     token.Pos
	Code         diag.Code
	Message      string
	Hint         string
	Other        token.Pos
	OtherMessage string
}

// Is reports whether c is a directive of asyncgen, right or wrong, or was meant
// to be one.
func Is(c Comment) bool {
	if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == tool {
		return true
	}
	return nearMiss(c) != nil
}

// Parse reads a comment that [Is] accepts. The directive is nil if there are
// problems.
func Parse(c Comment) (*Directive, []Problem) {
	d, ok := ast.ParseDirective(c.Slash, c.Text)
	if !ok || d.Tool != tool {
		if p := nearMiss(c); p != nil {
			return nil, []Problem{*p}
		}
		return nil, nil
	}
	switch d.Name {
	case skip:
		return parseSkip(c, d)
	case allow:
		return parseAllow(c, d), nil
	}
	mode, problem := parseMode(d)
	if problem != nil && d.Name != confined && d.Name != names {
		return nil, []Problem{*problem}
	}
	words, err := d.ParseArgs()
	if err != nil {
		return nil, []Problem{{
			Pos: d.ArgsPos, End: d.End(), Code: diag.MalformedArguments,
			Message: fmt.Sprintf("the arguments of //asyncgen:%s have a quote that is not closed or not followed by a blank", d.Name),
			Hint:    `quote a whole argument, as in "loop=pick(a, b)"`,
		}}
	}
	p := parser{directive: &Directive{Comment: c, Mode: mode, Confined: d.Name == confined}, source: c}
	for i, w := range words {
		if strings.HasPrefix(w.Arg, "//") {
			p.trailing(w, d.End())
			words = words[:i]
			break
		}
	}
	if d.Name == names {
		if len(p.problems) > 0 {
			return nil, p.problems
		}
		return parseNames(c, words)
	}
	for _, w := range words {
		p.argument(w)
	}
	p.complete()
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return p.directive, nil
}

// modeNames are all directives, for suggestions.
func modeNames() []string {
	var list []string
	for _, m := range model.Modes() {
		list = append(list, m.String())
	}
	return append(list, names, skip, confined, allow)
}

// parseMode maps the directive's name to a mode.
func parseMode(d ast.Directive) (model.Mode, *Problem) {
	for _, m := range model.Modes() {
		if m.String() == d.Name {
			return m, nil
		}
	}
	start := d.Slash + token.Pos(len("//"+tool+":"))
	p := &Problem{Pos: start, End: start + token.Pos(len(d.Name))}
	lower := strings.ToLower(d.Name)
	for _, name := range modeNames() {
		if name == lower {
			p.Code = diag.NearMissCase
			p.Message = fmt.Sprintf("directives are spelled in lower case: //asyncgen:%s is not one", d.Name)
			p.Hint = fmt.Sprintf("write //asyncgen:%s", lower)
			return 0, p
		}
	}
	p.Code = diag.UnknownDirective
	p.Message, p.Hint = strange("directive", "//asyncgen:", d.Name, modeNames(), reservedDirectives)
	return 0, p
}
