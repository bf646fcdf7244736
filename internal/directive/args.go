package directive

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

func valueKeys() []string {
	return []string{"name", "loop", "key", "signature", "chunk", "body", "buffer", "service", "errors"}
}

func flagKeys() []string {
	return []string{"abandon", "nonreentrant", "inplace", "direct", "serial", "spawn"}
}

func isFlag(word string) bool { return slices.Contains(flagKeys(), word) }

// parser reads the arguments of one directive and collects every problem.
type parser struct {
	directive *Directive
	source    Comment
	seen      map[string]token.Pos
	problems  []Problem
}

func (p *parser) add(pos, end token.Pos, code diag.Code, hint, format string, args ...any) {
	p.problems = append(p.problems, Problem{
		Pos: pos, End: end, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...),
	})
}

// argument reads one word: key=value or a bare flag.
func (p *parser) argument(w ast.DirectiveArg) {
	start := w.Pos
	if quoted := p.source.Text[int(w.Pos-p.source.Slash)]; quoted == '"' || quoted == '`' {
		start++
	}
	key, text, hasValue := strings.Cut(w.Arg, "=")
	end := start + token.Pos(len(w.Arg))
	value := &Value{Text: text, Start: start + token.Pos(len(key)+1)}
	known := isFlag(key) || slices.Contains(valueKeys(), key)
	if !known || p.directive.Confined && key != "loop" {
		p.unknown(key, start, end)
		return
	}
	if first, dup := p.seen[key]; dup {
		p.problems = append(p.problems, Problem{
			Pos: start, End: end, Code: diag.DuplicateArgument,
			Message: fmt.Sprintf("%s stands twice in one directive", key),
			Hint:    "remove one of them",
			Other:   first, OtherMessage: "the first one",
		})
		return
	}
	p.seen[key] = start
	switch {
	case isFlag(key) && hasValue:
		p.add(start, end, diag.UnexpectedValue, "write "+key, "%s takes no value", key)
	case isFlag(key):
		p.flag(key, start, end)
	case text == "":
		p.add(start, end, diag.MissingValue, "write "+example(key), "%s needs a value", key)
	default:
		p.value(key, value)
	}
}

func (p *parser) flag(key string, start, end token.Pos) {
	if key == "serial" || key == "spawn" {
		p.remoteFlag(key, start, end)
		return
	}
	if p.directive.Mode == model.ModeRemote {
		p.add(start, end, diag.WrongMode, "remove it, or use //asyncgen:bridge", "%s is for calls within one program", key)
		return
	}
	if p.directive.Mode != model.ModeBridge {
		p.add(start, end, diag.WrongMode, "remove it, or use //asyncgen:bridge",
			"%s needs a caller that waits, and //asyncgen:%s does not wait", key, p.directive.Mode)
		return
	}
	switch key {
	case "abandon":
		p.directive.Abandon = true
	case "nonreentrant":
		p.directive.NonReentrant = true
	case "inplace":
		p.directive.InPlace = true
	case "direct":
		p.directive.Direct = true
	}
}

func (p *parser) value(key string, v *Value) {
	switch key {
	case "name":
		p.name(v)
	case "loop":
		p.directive.Loop = v
	case "key":
		p.directive.Key = v
	case "signature":
		if v.Text != "same" {
			p.add(v.Start, v.End(), diag.InvalidValue, "write signature=same, or leave it out",
				"signature accepts the value same only, not %s", v.Text)
		}
		p.directive.Same = true
	case "chunk":
		p.directive.Chunk = p.number(key, "streams", "elements", v)
	case "body":
		p.directive.Body = p.number(key, "HTTP handlers", "bytes", v)
	case "buffer":
		p.directive.Buffer = p.number(key, "HTTP handlers", "bytes", v)
	case "service", "errors":
		p.remoteValue(key, v)
	}
}

// number reads a number of things, which is 1 or more, for a key that only bridges of
// the given kind have.
func (p *parser) number(key, of, things string, v *Value) int {
	n, err := strconv.Atoi(v.Text)
	switch {
	case p.directive.Mode != model.ModeBridge:
		p.add(v.Start, v.End(), diag.WrongMode, "remove it, or use //asyncgen:bridge",
			"%s is for %s, and //asyncgen:%s makes none", key, of, p.directive.Mode)
	case err != nil || n < 1:
		p.add(v.Start, v.End(), diag.InvalidValue, "write "+example(key)+", or leave it out, which means the same",
			"%s is a number of %s, 1 or more, not %s", key, things, v.Text)
	}
	return n
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

func (p *parser) unknown(key string, start, end token.Pos) {
	p.add(start, end, diag.UnknownArgument, suggestion("", key, p.keys()), "unknown argument %s", key)
}

// keys returns what may stand in the directive at hand.
func (p *parser) keys() []string {
	switch {
	case p.directive.Confined:
		return []string{"loop"}
	case p.directive.Mode == model.ModeRemote:
		return []string{"name", "loop", "key", "signature", "service", "errors", "serial", "spawn"}
	}
	return []string{"name", "loop", "key", "signature", "chunk", "body", "buffer", "abandon", "nonreentrant", "inplace", "direct"}
}

// trailing reports a note behind the arguments. It would otherwise be read as
// arguments, word by word.
func (p *parser) trailing(w ast.DirectiveArg, end token.Pos) {
	p.add(w.Pos, end, diag.TrailingNote, "move the note to a line of its own",
		"a directive cannot have a comment behind it")
}

func example(key string) string {
	switch key {
	case "name":
		return "name=Get"
	case "loop":
		return "loop=a.loop"
	case "key":
		return "key=id"
	case "chunk":
		return "chunk=64"
	case "body", "buffer":
		return key + "=1048576"
	case "service":
		return "service=quotes"
	case "errors":
		return "errors=ErrUnknown,*LimitError"
	}
	return "signature=same"
}
