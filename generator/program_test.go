package generator_test

import (
	"fmt"
	"slices"
	"strings"
)

// program writes a Go package out of bytes: declarations, handlers and
// directives over them, with names from a pool of bad ideas. Equal bytes give
// equal programs, and when there are none left every choice is the first.
type program struct {
	data  []byte
	files []*programFile
	types []string        // of the package, without type parameters
	taken map[string]bool // at package level
	other map[string]bool // those of them that are no types
}

// programFile is one file of a program. Each has imports of its own.
type programFile struct {
	imports []string
	types   []string // that only this file can spell
	ctx     string   // how it spells context.Context
	text    strings.Builder
}

// badNames are names that the output needs, that hide what it needs, or that a
// careless rule would give to something else.
func badNames() []string {
	return []string{
		"a", "b", "ctx", "context", "loop", "err", "error", "nil", "true", "any", "string", "int", "out", "in", "r0", "r1", "p1", "p2",
		"callCtx", "callErr", "args", "task", "result", "recv", "t", "r", "T", "U", "K", "T1", "T2", "len", "append", "panic", "make", "new",
		"l", "on", "target", "executor", "handler", "日本", "é", "Run", "Handler", "unsafe", "iter", "rand", "odd", "time", "_", "false", "iota",
		"looppkg", "contextpkg", "asyncgenloop", "h", "hArgs", "hBridge", "hInstances", "hResults", "HResults", "tH", "tHArgs", "rH", "gH", "gHInstances",
		"Context", "Loop", "Name", "Duration", "comparable", "struct_", "R", "G", "H", "New", "out2", "err2", "T12", "ctx2",
	}
}

func newProgram(data []byte) *program {
	p := &program{data: data, taken: map[string]bool{"R": true, "G": true}, other: map[string]bool{}}
	clause := p.one("p", "main", "context", "loop", "error", "T")
	for range 1 + p.n(2) {
		p.files = append(p.files, p.newFile())
	}
	for range p.n(5) {
		p.declaration()
	}
	p.receivers()
	for range 1 + p.n(3) {
		p.handler()
	}
	if p.n(3) == 1 {
		p.front()
	}
	for _, f := range p.files {
		rest := f.text.String()
		f.text.Reset()
		fmt.Fprintf(&f.text, "package %s\n\nimport (\n%s\n)\n\n%s", clause, strings.Join(f.imports, "\n"), rest)
	}
	return p
}

// n takes a number below limit out of the bytes.
func (p *program) n(limit int) int {
	if len(p.data) == 0 || limit < 2 {
		return 0
	}
	b := p.data[0]
	p.data = p.data[1:]
	return int(b) % limit
}

func (p *program) one(list ...string) string { return list[p.n(len(list))] }

func (p *program) name() string { return p.one(badNames()...) }

func (p *program) file() *programFile { return p.files[p.n(len(p.files))] }

// newFile chooses imports. Their names are taken at package level.
func (p *program) newFile() *programFile {
	f := &programFile{}
	add := func(name, path, as string, types ...string) {
		spec := fmt.Sprintf("%q", path)
		if as != "" {
			spec = as + " " + spec
		}
		local := name
		if as != "" {
			local = as
		}
		if slices.ContainsFunc(f.imports, func(s string) bool { return strings.HasPrefix(s, local+" ") }) {
			return
		}
		f.imports = append(f.imports, spec)
		prefix := local + "."
		if as == "." {
			prefix = ""
		}
		if prefix != "" {
			p.taken[local], p.other[local] = true, true
		}
		for _, t := range types {
			if prefix == "" {
				p.taken[t] = true
			}
			f.types = append(f.types, prefix+t)
		}
	}
	as := p.one("", "c", "loop", ".", "time", "error", "T", "ctx")
	add("context", "context", as, "CancelFunc")
	f.ctx = map[string]string{"": "context.Context", ".": "Context"}[as]
	if f.ctx == "" {
		f.ctx = as + ".Context"
	}
	if as == "." {
		p.taken["Context"] = true
	}
	if p.n(3) > 0 {
		add("odd", "example.com/m/go-odd", p.one("", "x", "string", "."), "Odd", "Ctx", "GenericCtx[int]", "Same[[]rune]")
		p.taken["Loop"] = true
	}
	if p.n(3) > 0 {
		add("rand", p.one("math/rand", "math/rand/v2"), p.one("", "nil", "in"), "Rand", "Source")
	}
	if p.n(3) > 1 {
		add("unsafe", "unsafe", "", "Pointer")
	}
	if p.n(3) > 1 {
		add("time", "time", p.one("time2", "r0", "."), "Duration", "Month")
	}
	return f
}

// free makes name one that the package does not declare yet.
func (p *program) free(name string) string {
	for p.taken[name] || name == "_" || name == "init" {
		name += "0"
	}
	p.taken[name] = true
	return name
}

// declaration adds something whose name gets in the way.
func (p *program) declaration() {
	f, name := p.file(), p.free(p.name())
	kind := p.n(6)
	p.other[name] = kind > 0 && kind < 4
	switch kind {
	case 0:
		fmt.Fprintf(&f.text, "type %s float64\n\n", name)
		p.types = append(p.types, name)
	case 1:
		fmt.Fprintf(&f.text, "var %s = 1\n\n", name)
	case 2:
		fmt.Fprintf(&f.text, "const %s = 2\n\n", name)
	case 3:
		fmt.Fprintf(&f.text, "func %s() {}\n\n", name)
	case 4:
		fmt.Fprintf(&f.text, "type %s = %s\n\n", name, f.ctx)
		p.types = append(p.types, name)
	case 5:
		param := p.one("T", "error", "int", "context", name)
		fmt.Fprintf(&f.text, "type %s[%s interface{}] = %s\n\n", name, param, p.one(f.ctx, "struct{}"))
		p.other[name] = true // without arguments
		p.types = append(p.types, name+"[struct{}]")
	}
}
