package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/internal/turns"
)

// The module that is compiled: packages of ordinary functions, each with a type of some handlers
// and a function that calls all of them.
const (
	compiledPackages  = 100
	compiledFunctions = 20
)

// objectBefore is the object code of a bridge of output format 1 in this module, in bytes: the
// difference of the sizes of all archives with and without bridges, divided by the number of
// bridges. It was measured with commit 3713f4c and Go 1.26.8 on linux/amd64, on 2026-11-30. The
// size of an archive does not depend on the machine's speed or load.
const objectBefore = 542161

// buildsBefore is the ratio of the processor time of the two builds with output format 1, measured
// with the same commit on the same day.
const buildsBefore = 1.72

// The contenders, as the page names them.
const (
	withBridges    = "`go build ./...`, with bridges"
	withoutBridges = "`go build ./...`, without bridges"
)

// compiled is the cost of generated code for builds.
type compiled struct {
	Packages, Bridges int // Bridges are those of each package
	Builds            table
	Object, Before    int64   // bytes of object code of a bridge
	BuildsBefore      float64 // the ratio of the builds, with output format 1
}

// Share returns the object code of a bridge, divided by that of one of output format 1.
func (c compiled) Share() float64 { return float64(c.Object) / float64(c.Before) }

// compiledHandlers are the handlers of each package: their declarations, and calls of them and of
// their bridges.
func compiledHandlers() [][3]string {
	return [][3]string{
		{
			"func (s *Store) Deposit(ctx context.Context, account string, amount int64) (balance int64, err error) {\n" +
				"\tif amount < 0 {\n\t\treturn 0, ErrAmount\n\t}\n\ts.balances[account] += amount\n\treturn s.balances[account], ctx.Err()\n}\n",
			"\tif _, err := s.Deposit(ctx, name, 1); err != nil {\n\t\treturn err\n\t}\n",
			"\tif _, err := s.DepositOnLoop(ctx, name, 1); err != nil {\n\t\treturn err\n\t}\n",
		},
		{
			"func (s *Store) Remove(account string) error {\n" +
				"\tif s.balances[account] != 0 {\n\t\treturn ErrAmount\n\t}\n\tdelete(s.balances, account)\n\treturn nil\n}\n",
			"\tif err := s.Remove(name); err != nil {\n\t\treturn err\n\t}\n",
			"\tif err := s.RemoveOnLoop(ctx, name); err != nil {\n\t\treturn err\n\t}\n",
		},
	}
}

// compiledModule returns the files of the module.
func compiledModule(bridged bool) map[string]string {
	files := map[string]string{}
	for i := range compiledPackages {
		var b strings.Builder
		fmt.Fprintf(&b, "package p%03d\n\nimport (\n\t\"context\"\n\t\"errors\"\n\t\"fmt\"\n\t\"sort\"\n\n\t\"github.com/asyncgen/asyncgen/loop\"\n)\n\n", i)
		b.WriteString("var ErrAmount = errors.New(\"amount \" + build)\n\ntype Store struct {\n\tloop     *loop.Loop\n\tbalances map[string]int64\n}\n\n" +
			"func New(l *loop.Loop) *Store { return &Store{l, map[string]int64{}} }\n\n")
		calls := ""
		for _, h := range compiledHandlers() {
			if bridged {
				b.WriteString("//asyncgen:bridge\n")
				calls += h[2]
			} else {
				calls += h[1]
			}
			b.WriteString(h[0] + "\n")
		}
		b.WriteString("func Use(ctx context.Context, s *Store, name string) error {\n" + calls + "\treturn nil\n}\n")
		for k := range compiledFunctions {
			fmt.Fprintf(&b, "\nfunc Report%d(of map[string]int64) (lines []string) {\n\tfor name, n := range of {\n"+
				"\t\tif n > %d {\n\t\t\tlines = append(lines, fmt.Sprintf(\"%%s: %%d\", name, n))\n\t\t}\n\t}\n\tsort.Strings(lines)\n\treturn lines\n}\n", k, k)
		}
		files[fmt.Sprintf("p%03d/p.go", i)] = b.String()
	}
	return files
}

// compile measures builds of the module with and without bridges, in turns. The dependencies of the
// packages are in the build cache, and the packages are not.
func (w *workshop) compile(ctx context.Context) (compiled, error) {
	c := compiled{Packages: compiledPackages, Bridges: len(compiledHandlers()), Before: objectBefore, BuildsBefore: buildsBefore}
	list := []turns.Contender{
		w.builder(withBridges, "bridged"),
		w.builder(withoutBridges, "plain"),
	}
	if err := w.command(ctx, list[0].Dir, w.asyncgen, "./..."); err != nil {
		return c, err
	}
	s, err := turns.Measure(ctx, turns.Plan{Rounds: w.rounds, Limit: 2 * time.Minute, Enough: 3}, list)
	if err != nil {
		return c, err
	}
	c.Builds = newTable(s, withoutBridges, list)
	var sizes [2]int64
	for i, contender := range list {
		if sizes[i], err = objectCode(ctx, contender); err != nil {
			return c, err
		}
	}
	c.Object = (sizes[0] - sizes[1]) / int64(c.Packages*c.Bridges)
	return c, nil
}

// builder returns a contender that builds a module whose packages have all changed.
func (w *workshop) builder(name, module string) turns.Contender {
	dir, builds := filepath.Join(w.dir, module), 0
	return turns.Contender{
		Name: name, Dir: dir, Command: []string{"go", "build", "./..."},
		Prepare: func() error {
			builds++
			return changeAll(dir, strconv.FormatInt(time.Now().UnixNano(), 36)+strconv.Itoa(builds))
		},
	}
}

// changeAll gives each package of the module a constant that the build cache has not seen.
func changeAll(dir, value string) error {
	for i := range compiledPackages {
		pkg := fmt.Sprintf("p%03d", i)
		text := fmt.Sprintf("package %s\n\nconst build = %q\n", pkg, value)
		if err := os.WriteFile(filepath.Join(dir, pkg, "build.go"), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// objectCode returns the size of all archives of a module, of packages that have the same constant
// for each module.
func objectCode(ctx context.Context, c turns.Contender) (size int64, err error) {
	if err := changeAll(c.Dir, "measured"); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-f", "{{.Export}}", "./...")
	var said bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stderr = c.Dir, turns.Environment(), &said
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("go list -export: %w\n%s", err, &said)
	}
	for path := range strings.Lines(string(out)) {
		info, err := os.Stat(strings.TrimSpace(path))
		if err != nil {
			return 0, err
		}
		size += info.Size()
	}
	return size, nil
}
