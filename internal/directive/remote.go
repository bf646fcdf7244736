package directive

import (
	"go/token"
	"strings"
	"unicode"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
)

// remoteFlag reads a flag that only //asyncgen:remote has.
func (p *parser) remoteFlag(key string, start, end token.Pos) {
	if !p.remoteOnly(key, start, end) {
		return
	}
	if key == "serial" {
		p.directive.Serial = true
	} else {
		p.directive.Spawn = true
	}
}

// remoteValue reads a value that only //asyncgen:remote has.
func (p *parser) remoteValue(key string, v *Value) {
	if !p.remoteOnly(key, v.Start-token.Pos(len(key)+1), v.End()) {
		return
	}
	if key == "errors" {
		p.directive.Errors = v
		return
	}
	p.directive.Service = v
	if i := strings.IndexFunc(v.Text, notInToken); i >= 0 {
		p.add(v.Start, v.End(), diag.InvalidValue, "write "+example(key),
			"service is one word of a subject, which cannot contain %q", v.Text[i])
	}
}

// notInToken reports whether a word of a subject cannot contain r.
func notInToken(r rune) bool {
	return r == '.' || r == '*' || r == '>' || unicode.IsSpace(r) || !unicode.IsPrint(r)
}

func (p *parser) remoteOnly(key string, start, end token.Pos) bool {
	if p.directive.Mode == model.ModeRemote {
		return true
	}
	p.add(start, end, diag.WrongMode, "remove it, or use //asyncgen:remote",
		"%s is about calls from other processes, and //asyncgen:%s makes none", key, p.directive.Mode)
	return false
}

// complete reports arguments that need others.
func (p *parser) complete() {
	d := p.directive
	if d.Serial && d.Key == nil && p.seen["key"] == token.NoPos {
		start := p.seen["serial"]
		p.add(start, start+token.Pos(len("serial")), diag.SerialNeedsKey, "add key=PARAM, the parameter by which calls are ordered",
			"serial orders calls with equal keys, and the directive has no key=")
	}
	for _, key := range []string{"name", "signature"} {
		if start, ok := p.seen[key]; ok && d.InPlace {
			p.add(start, start+token.Pos(len(key)), diag.InPlaceMisuse, "remove one of them",
				"a bridge in place has the name and the signature of its handler, so %s= has nothing to say", key)
		}
	}
}
