package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/ident"
	"github.com/asyncgen/asyncgen/internal/model"
)

// names gives the generated names of a package, or of a type, by a rule.
const names = "names"

// A Naming is the rule of //asyncgen:names. The nil one is the default.
type Naming struct {
	trim     string
	exported bool
	patterns map[string]string // by their arguments
}

// The arguments of //asyncgen:names. Those for the functions of a mode have the mode's name.
const (
	trim     = "trim"
	exported = "exported"
	front    = "front"
)

// IsNaming reports whether c is //asyncgen:names, right or wrong.
func IsNaming(c Comment) bool {
	d, ok := ast.ParseDirective(c.Slash, c.Text)
	return ok && d.Tool == tool && d.Name == names
}

// namingKeys returns all arguments of //asyncgen:names.
func namingKeys() []string {
	keys := []string{trim, exported, front}
	for _, m := range model.Modes() {
		keys = append(keys, m.String())
	}
	return keys
}

// Stem returns the handler's part of generated names: its name without the prefix of trim=, if a
// capital letter follows the prefix.
func (n *Naming) Stem(handler string) string {
	if n == nil {
		return handler
	}
	stem := handler
	if rest, ok := strings.CutPrefix(handler, n.trim); ok && ast.IsExported(rest) {
		stem = rest
	}
	if n.exported {
		stem = ident.Upper(stem)
	}
	return stem
}

// Function returns the name of the function of a mode for a handler with this stem.
func (n *Naming) Function(mode model.Mode, stem string) string {
	return n.spell(mode.String(), mode.Suffix(), stem)
}

// Front returns the name of the front of a type.
func (n *Naming) Front(mode model.Mode, typ string) string {
	if n != nil && n.exported {
		typ = ident.Upper(typ)
	}
	if mode == model.ModeRemote {
		return n.Function(mode, typ)
	}
	return n.spell(front, mode.Suffix(), typ)
}

// Exports reports whether all names are exported.
func (n *Naming) Exports() bool { return n != nil && n.exported }

// spell puts a stem into a pattern, or before a suffix if there is none.
func (n *Naming) spell(argument, suffix, stem string) string {
	if n == nil || n.patterns[argument] == "" {
		return stem + suffix
	}
	before, after, _ := strings.Cut(n.patterns[argument], "*")
	if before != "" {
		stem = ident.Upper(stem)
	}
	name := before + stem + after
	if n.exported {
		name = ident.Upper(name)
	}
	return name
}

// parseNames reads //asyncgen:names.
func parseNames(c Comment, words []ast.DirectiveArg) (*Directive, []Problem) {
	p := parser{directive: &Directive{Comment: c, Names: &Naming{patterns: map[string]string{}}}, source: c}
	seen := map[string]token.Pos{}
	for _, w := range words {
		p.naming(w, seen)
	}
	if len(words) == 0 {
		p.add(c.Pos(), c.End(), diag.MissingValue, "write a rule, such as //asyncgen:names bridge=*Sync", "//asyncgen:names has no rule")
	}
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return p.directive, nil
}

// naming reads one argument of //asyncgen:names.
func (p *parser) naming(w ast.DirectiveArg, seen map[string]token.Pos) {
	key, text, hasValue := strings.Cut(w.Arg, "=")
	start, stop := w.Pos, w.Pos+token.Pos(len(w.Arg))
	first, twice := seen[key]
	seen[key] = start
	value := &Value{Text: text, Start: start + token.Pos(len(key)+1)}
	switch {
	case !slices.Contains(namingKeys(), key):
		message, hint := strange("argument", "", key, namingKeys(), reservedArguments)
		p.add(start, stop, diag.UnknownArgument, hint, "%s", message)
	case twice:
		p.problems = append(p.problems, Problem{
			Pos: start, End: stop, Code: diag.DuplicateArgument, Hint: "remove one of them",
			Message: fmt.Sprintf("%s appears twice in one directive", key), Other: first, OtherMessage: "the first one",
		})
	case key == exported && hasValue:
		p.add(start, stop, diag.UnexpectedValue, "write exported", "exported takes no value")
	case key == exported:
		p.directive.Names.exported = true
	case text == "":
		p.add(start, stop, diag.MissingValue, "write "+namingExample(key), "%s needs a value", key)
	case key == trim:
		p.trimmed(value)
	default:
		p.pattern(key, value)
	}
}

func namingExample(key string) string {
	if key == trim {
		return "trim=handle"
	}
	return key + "=*Sync"
}

func (p *parser) trimmed(v *Value) {
	if !token.IsIdentifier(v.Text) {
		p.add(v.Start, v.End(), diag.InvalidValue, "write "+namingExample(trim), "trim is the beginning of names, and %s begins none", v.Text)
	}
	p.directive.Names.trim = v.Text
}

func (p *parser) pattern(key string, v *Value) {
	if strings.Count(v.Text, "*") != 1 || !token.IsIdentifier(strings.Replace(v.Text, "*", "X", 1)) {
		p.add(v.Start, v.End(), diag.InvalidValue, "write "+namingExample(key),
			"%s is a name with an asterisk in the place of the handler's, not %s", key, v.Text)
	}
	p.directive.Names.patterns[key] = v.Text
}
