package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/asyncgen/asyncgen/internal/diag"
)

// parser reads the arguments of one directive and collects every problem.
type parser struct {
	directive *Directive
	source    Comment
	problems  []Problem
}

func (p *parser) add(at token.Pos, end token.Pos, code diag.Code, hint, format string, args ...any) {
	// The text of a quoted argument may be longer than its source.
	end = min(end, p.source.End())
	p.problems = append(p.problems, Problem{
		Pos: min(at, end), End: end, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...),
	})
}

// argument reads one argument: key=value or a bare flag.
func (p *parser) argument(w ast.DirectiveArg) {
	start := w.Pos
	if quoted := p.source.Text[int(w.Pos-p.source.Slash)]; quoted == '"' || quoted == '`' {
		start++
	}
	key, text, hasValue := strings.Cut(w.Arg, "=")
	g := Given{Argument: argumentNamed(key), Start: start, Stop: min(start+token.Pos(len(w.Arg)), p.source.End())}
	a := g.Argument
	if a == nil || p.directive.Confined && !a.Confined {
		message, hint := strange("argument", "", key, p.keys(), reservedArguments)
		p.add(start, g.Stop, diag.UnknownArgument, hint, "%s", message)
		return
	}
	if first := p.directive.Argument(key); first != nil {
		p.problems = append(p.problems, Problem{
			Pos: start, End: g.Stop, Code: diag.DuplicateArgument,
			Message: fmt.Sprintf("%s appears twice in one directive", key),
			Hint:    "remove one of them",
			Other:   first.Start, OtherMessage: "the first one",
		})
		return
	}
	p.directive.Given = append(p.directive.Given, g)
	value := &Value{Text: text, Start: start + token.Pos(len(key)+1)}
	switch {
	case !p.accepts(a):
		p.add(start, g.Stop, diag.WrongMode, "remove it, or use //asyncgen:"+a.Modes[0].String(),
			"%s is for %s, and //asyncgen:%s has none", key, a.For, p.directive.Mode)
	case a.Flag() && hasValue:
		p.add(start, g.Stop, diag.UnexpectedValue, "write "+key, "%s takes no value", key)
	case !a.Flag() && text == "":
		p.add(start, g.Stop, diag.MissingValue, "write "+a.Example, "%s needs a value", key)
	default:
		a.set(p, value)
	}
}

// accepts reports whether the directive at hand can have a.
func (p *parser) accepts(a *Argument) bool {
	if p.directive.Confined {
		return a.Confined
	}
	return slices.Contains(a.Modes, p.directive.Mode)
}

// keys returns the keys that the directive at hand can have.
func (p *parser) keys() []string {
	var keys []string
	for _, a := range Arguments() {
		if p.accepts(a) {
			keys = append(keys, a.Key)
		}
	}
	return keys
}

func (p *parser) name(v *Value) {
	switch {
	case !token.IsIdentifier(v.Text):
		p.add(v.Start, v.End(), diag.InvalidName, "use a Go identifier", "%s cannot be the name of a function", v.Text)
	case v.Text == "_" || v.Text == "init":
		p.add(v.Start, v.End(), diag.InvalidName, "use another name", "a function named %s cannot be called", v.Text)
	}
	p.directive.Name = v
}

func (p *parser) same(v *Value) {
	if v.Text != "same" {
		p.add(v.Start, v.End(), diag.InvalidValue, "write signature=same, or leave it out",
			"signature accepts the value same only, not %s", v.Text)
	}
	p.directive.Same = true
}

// number returns a setter for a number of things, which is 1 or more.
func number(things string, field func(*Directive) *int) func(*parser, *Value) {
	return func(p *parser, v *Value) {
		n, err := strconv.Atoi(v.Text)
		if err != nil || n < 1 {
			a := p.directive.Given[len(p.directive.Given)-1].Argument
			p.add(v.Start, v.End(), diag.InvalidValue, "write "+a.Example+", or leave it out, which means the same",
				"%s is a number of %s, 1 or more, not %s", a.Key, things, v.Text)
		}
		*field(p.directive) = n
	}
}

// Unlimited is the value of a size without a limit.
const Unlimited = -1

// units are the factors of sizes, by their names.
var units = map[string]int{"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

// size returns a setter for a number of bytes, which is 1 or more, or unlimited.
func size(field func(*Directive) *int) func(*parser, *Value) {
	return func(p *parser, v *Value) {
		if v.Text == "unlimited" {
			*field(p.directive) = Unlimited
			return
		}
		digits := strings.TrimRightFunc(v.Text, unicode.IsLetter)
		unit, known := units[v.Text[len(digits):]]
		n, err := strconv.Atoi(digits)
		if !known || err != nil || n < 1 || n > maxSize/unit {
			a := p.directive.Given[len(p.directive.Given)-1].Argument
			p.add(v.Start, v.End(), diag.InvalidValue, "write a number of bytes, as in "+a.Example+", or "+a.Key+"=unlimited",
				"%s is a number of bytes, 1 or more, perhaps with KiB, MiB or GiB, and not %s", a.Key, v.Text)
			return
		}
		*field(p.directive) = n * unit
	}
}

// maxSize is the largest size, an int on all systems.
const maxSize = 1<<31 - 1

func (p *parser) service(v *Value) {
	p.directive.Service = v
	if i := strings.IndexFunc(v.Text, notInToken); i >= 0 {
		p.add(v.Start, v.End(), diag.InvalidValue, "write service=quotes",
			"service is one word of a subject, which cannot contain %q", v.Text[i])
	}
}

// notInToken reports whether a token of a subject cannot contain r.
func notInToken(r rune) bool {
	return r == '.' || r == '*' || r == '>' || unicode.IsSpace(r) || !unicode.IsPrint(r)
}

// trailing reports a note behind the arguments. It would otherwise be taken for
// arguments.
func (p *parser) trailing(w ast.DirectiveArg, end token.Pos) {
	p.add(w.Pos, end, diag.TrailingNote, "move the note to a line of its own",
		"a directive cannot have a comment behind it")
}

// complete reports arguments that need or exclude others.
func (p *parser) complete() {
	d := p.directive
	for _, key := range []string{"name", "signature"} {
		if g := d.Argument(key); g != nil && d.InPlace {
			p.add(g.Start, g.Start+token.Pos(len(key)), diag.InPlaceMisuse, "remove one of them",
				"a bridge in place has the name and the signature of its handler, so %s= has no effect", key)
		}
	}
}
