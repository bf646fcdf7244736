package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A module to build: packages that import each other and what many programs import of the standard library. In each, one
// of several types has handlers. The last package is a program.
type module struct {
	packages int
	inPlace  bool // or bridges with names of their own
}

const (
	types = 4 // in a package, one in each file; the first one has handlers
	verbs = 6 // methods of a type
)

// files returns the module's sources by path.
func (m module) files(checkout string) map[string]string {
	files := map[string]string{
		"go.mod": "module example.com/big\n\ngo 1.26.0\n\nrequire github.com/asyncgen/asyncgen v0.0.0\n\n" +
			"replace github.com/asyncgen/asyncgen => " + checkout + "\n",
		"cmd/app/main.go": m.program(),
	}
	for i := range m.packages - 1 {
		for k := range types {
			files[fmt.Sprintf("p%03d/t%d.go", i, k)] = m.file(i, k)
		}
	}
	return files
}

// imported lists the packages that package i imports: every one leads to the first.
func imported(i int) []int {
	switch {
	case i == 0:
		return nil
	case i < 4:
		return []int{i / 2}
	}
	return []int{i / 2, i * 3 / 4}
}

func (m module) file(i, k int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// Package p%03d is one of many.\npackage p%03d\n\nimport (\n\t\"context\"\n\t\"errors\"\n\t\"strings\"\n", i, i)
	if k == 1 {
		b.WriteString("\t\"database/sql\"\n\t\"encoding/json\"\n\t\"log/slog\"\n\t\"net/http\"\n")
	}
	b.WriteString("\n\t\"github.com/asyncgen/asyncgen/loop\"\n")
	if k == 0 {
		for _, other := range imported(i) {
			fmt.Fprintf(&b, "\t\"example.com/big/p%03d\"\n", other)
		}
	}
	b.WriteString(")\n\n")
	mark := "//asyncgen:bridge"
	switch {
	case k > 0:
		mark = "// It has no loop of its own."
	case m.inPlace:
		mark += " inplace"
	}
	fmt.Fprintf(&b, "// A T%d has state.\ntype T%d struct {\n\tl     *loop.Loop\n\tnames map[string]int\n\tlast  []string\n}\n\n", k, k)
	fmt.Fprintf(&b, "// New%d returns one that runs on l.\nfunc New%d(l *loop.Loop) *T%d { return &T%d{l: l, names: map[string]int{}} }\n\n", k, k, k, k)
	for v := range verbs {
		fmt.Fprintf(&b, verb, v, mark, k)
	}
	if k == 1 {
		b.WriteString(servePage)
	}
	if k == 0 {
		b.WriteString("// Sum asks those that this package is made of.\nfunc Sum(l *loop.Loop) int {\n\tn := len(New0(l).names)\n")
		for _, other := range imported(i) {
			fmt.Fprintf(&b, "\tn += p%03d.Sum(l)\n", other)
		}
		b.WriteString("\treturn n\n}\n")
	}
	return b.String()
}

// verb is a handler with a body of usual length, and a helper.
const verb = `// Do%[1]d counts a name.
//
%[2]s
func (t *T%[3]d) Do%[1]d(ctx context.Context, name string, more ...string) (n int, err error) {
	if name == "" {
		return 0, errors.New("no name")
	}
	for _, m := range append(more, name) {
		m = strings.ToLower(strings.TrimSpace(m))
		t.names[m]++
		t.last = append(t.last, m)
	}
	if len(t.last) > 100 {
		t.last = t.trim%[1]d(t.last)
	}
	return t.names[name], ctx.Err()
}

func (t *T%[3]d) trim%[1]d(list []string) []string {
	kept := list[:0]
	for i, m := range list {
		if i%%2 == %[1]d%%2 || strings.HasPrefix(m, "keep") {
			kept = append(kept, m)
		}
	}
	return kept
}

`

// servePage uses the imports.
const servePage = `// ServeHTTP answers with what a query says.
func (t *T1) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var db *sql.DB
	if rows, err := db.QueryContext(r.Context(), "SELECT 1"); err == nil {
		slog.Info("query", "rows", rows)
	}
	_ = json.NewEncoder(w).Encode(t.names)
}
`

func (m module) program() string {
	last := m.packages - 2
	call := "Do0OnLoop"
	if m.inPlace {
		call = "Do0"
	}
	return fmt.Sprintf(`// App uses all packages.
package main

import (
	"context"
	"fmt"

	"example.com/big/p%03[1]d"
	"github.com/asyncgen/asyncgen/loop"
)

func main() {
	l := loop.New()
	fmt.Println(p%03[1]d.New0(l).%[2]s(context.Background(), "name"))
	fmt.Println(p%03[1]d.Sum(l))
}
`, last, call)
}

// write puts the module into a directory.
func (m module) write(dir, checkout string) error {
	for path, text := range m.files(checkout) {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
