package generator_test

import (
	"fmt"
	"slices"
	"strings"
)

// receivers declares the types that methods stand on. They cannot be called
// anything else, for the rest of the program relies on them.
func (p *program) receivers() {
	f := p.file()
	runtime := ""
	if p.n(2) == 0 {
		runtime = p.one("q", "loop", "context", "_q")
		name := p.free("runtime")
		f.imports = append(f.imports, name+` "github.com/asyncgen/asyncgen/loop"`)
		runtime += " *" + name + p.one(".Loop", ".Sharded")
	}
	fmt.Fprintf(&f.text, "type R struct { %s }\n\n", runtime)
	fmt.Fprintf(&f.text, "type G[%s interface{}, B interface{ comparable }] struct{ %s }\n\n", p.one("A", "T", "int", "string", "context", "R"), runtime)
	p.types = append(p.types, "R", "*R")
}

// typ returns a type. Type parameters in scope are among params.
func (p *program) typ(f *programFile, params []string, depth int) string {
	if depth == 0 || p.n(2) == 0 {
		atoms := append([]string{"int", f.ctx, "error", "string", "any", "bool"}, params...)
		atoms = append(atoms, f.types...)
		atoms = append(atoms, p.types...)
		return p.one(slices.DeleteFunc(atoms, func(name string) bool { return p.other[name] })...)
	}
	sub := func() string { return p.typ(f, params, depth-1) }
	switch p.n(13) {
	case 0:
		return "*" + sub()
	case 1:
		return "[]" + sub()
	case 2:
		return "[1 << 2]" + sub()
	case 3:
		return "map[rune]" + sub()
	case 4:
		return "chan<- (" + sub() + ")"
	case 5:
		return "<-chan " + sub()
	case 6:
		return "chan (<-chan " + sub() + ")"
	case 7:
		return "func(" + sub() + ", ..." + sub() + ") (" + sub() + ", " + sub() + ")"
	case 8:
		return "func(x " + sub() + ") (y " + sub() + ")"
	case 9:
		return "struct{ " + p.one("a", "loop", "error") + " " + sub() + " `json:\"a,omitempty\"` }"
	case 10:
		return "interface{ M(" + sub() + ") " + sub() + " }"
	case 11:
		return "G[" + sub() + ", rune]"
	default:
		return "(" + sub() + ")"
	}
}

// names returns n distinct names, or none at all.
func (p *program) names(n int, taken map[string]bool) []string {
	if p.n(4) == 0 {
		return make([]string, n)
	}
	names := make([]string, n)
	for i := range names {
		name := p.name()
		for taken[name] && name != "_" {
			name += "0"
		}
		taken[name] = true
		names[i] = name
	}
	return names
}

func (p *program) list(f *programFile, names, params []string, variadic bool) string {
	var list []string
	for i, name := range names {
		typ := p.typ(f, params, 3)
		if variadic && i == len(names)-1 {
			typ = "..." + typ
		}
		list = append(list, strings.TrimSpace(name+" "+typ))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// typeParams returns a type parameter list and the names in it.
func (p *program) typeParams(f *programFile, taken map[string]bool) (string, []string) {
	n := p.n(3)
	if n == 0 || p.n(2) == 0 {
		return "", nil
	}
	var list, names []string
	for range n {
		name := p.one("T", "K", "error", "int", "context", "loop", "_", "nil", "T1", "any", "H", "string", "odd", "R", "time2")
		if taken[name] {
			name += "0"
		}
		taken[name] = name != "_"
		if name != "_" {
			names = append(names, name)
		}
		list = append(list, name+" "+p.one("interface{}", "interface{ ~[]rune | ~[]byte }", "interface{ M(float64) }", "interface{ comparable; "+f.ctx+" }"))
	}
	return "[" + strings.Join(list, ", ") + "]", names
}

// receiver returns a receiver and the type parameters that it declares.
func (p *program) receiver(taken map[string]bool) (text string, params []string) {
	typ := "R"
	if p.n(2) == 1 {
		a, b := p.one("A", "_", "error", "T", "context", "nil", "string"), p.one("B", "_", "int", "loop", "any", "T1")
		typ = "G[" + a + ", " + b + "]"
		for _, name := range []string{a, b} {
			if name != "_" {
				taken[name] = true
				params = append(params, name)
			}
		}
	}
	typ = p.one("*"+typ, typ, "("+typ+")", "*("+typ+")", "(*"+typ+")")
	name := p.one("r", "_", "", p.name())
	if taken[name] {
		name = ""
	}
	taken[name] = true
	return "(" + strings.TrimSpace(name+" "+typ) + ") ", params
}

func (p *program) handler() {
	f := p.file()
	taken := map[string]bool{}
	var recv string
	var params []string
	name := p.name()
	if p.n(2) == 1 {
		recv, params = p.receiver(taken)
		name = p.free(name + "M")
	} else {
		name = p.free(name)
	}
	list := ""
	if recv == "" {
		list, params = p.typeParams(f, taken)
	}
	ins := p.names(p.n(5), taken)
	outs := p.names(p.n(4), taken)
	first := p.n(3)
	for i := range 1 + p.n(3) {
		f.text.WriteString(p.directive(first+i, ins))
	}
	results := ""
	if len(outs) > 0 {
		results = p.list(f, outs, params, false)
	}
	fmt.Fprintf(&f.text, "func %s%s%s%s %s { for {} }\n\n", recv, name, list, p.list(f, ins, params, p.n(4) == 1), results)
}

func (p *program) directive(mode int, params []string) string {
	text := "//asyncgen:" + []string{"bridge", "async", "spawn"}[mode%3]
	for range max(0, p.n(8)-5) {
		switch p.n(6) {
		case 0:
			text += " signature=same"
		case 1:
			text += " abandon"
		case 2:
			text += " nonreentrant"
		case 3:
			text += " name=" + p.name()
		case 4:
			text += " loop=" + p.one("r.q", "r.loop", "odd.Loop()", "x.Loop()", "Loop()", p.name(), p.name()+"."+p.name())
		case 5:
			if len(params) > 0 {
				text += " key=" + p.one(params...) + p.one("", "", ".X", "[0]")
			}
		}
	}
	if !strings.Contains(text, " loop=") && p.n(8) > 0 {
		text += " loop=default"
	}
	return text + "\n"
}

// front adds a type with a directive over it, and methods.
func (p *program) front() {
	f := p.file()
	name, method := p.free(p.one("Front", "error", "target", "Loop")), p.one("M", "Run", "Handler", "Target")
	taken := map[string]bool{}
	p.other[name] = true // it may have type parameters
	list, params := p.typeParams(f, map[string]bool{})
	ins := p.list(f, p.names(p.n(4), taken), params, false)
	outs := p.list(f, p.names(p.n(3), taken), params, false)
	f.text.WriteString(p.directive(0, nil))
	if p.n(2) == 0 {
		fmt.Fprintf(&f.text, "type %s%s interface {\n\t%s%s %s\n\t%s\n}\n\n", name, list, method, ins, outs, p.one("", "error", "loop()", "l()", f.ctx))
		return
	}
	fmt.Fprintf(&f.text, "type %s%s struct { %s }\n\n", name, list, p.one("", "R", "*R", "G[int, string]"))
	args := ""
	if len(list) > 0 {
		args = strings.Repeat(", _", strings.Count(list, ",")+1)
		args = "[" + args[2:] + "]"
		ins, outs = "(a int, error string)", "(b int)"
	}
	fmt.Fprintf(&f.text, "func (%s *%s%s) %s%s %s { for {} }\n\n", p.one("x", "_"), name, args, method, ins, outs)
}
