package corpus

import (
	"fmt"
	"os"
	"path/filepath"
)

// missing declares what tests of a module use although no published file has it, by the module's path and version and then by
// directory. Without it they do not build, and prove nothing.
var missing = map[string]map[string]string{
	"github.com/samber/lo@v1.53.0": {
		".":  "package lo\n\n" + clonable,
		"it": "package it\n\nimport (\n\t\"iter\"\n\t\"slices\"\n)\n\n" + clonable + "func values[T any](v ...T) iter.Seq[T] { return slices.Values(v) }\n",
	},
}

const clonable = "type foo struct{ bar string }\n\nfunc (f foo) Clone() foo { return f }\n\n"

// complete adds what is missing.
func (t tree) complete(m module) error {
	for dir, src := range missing[m.Path+"@"+m.Version] {
		path := filepath.Join(t.dir, filepath.FromSlash(dir), "missing_test.go")
		if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
			return fmt.Errorf("complete %s: %w", m.Path, err)
		}
	}
	return nil
}
