package corpus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"strings"
)

// stagesInPlace lists the steps for bridges in place: what is built and tested is built with the overlay, and
// refuses to start without it.
func (t *trial) stagesInPlace() []step {
	first := []step{
		{"unpack", t.unpack},
		{"annotate", t.annotate},
		{"before", t.askBefore},
		{"tests before", t.testBefore},
	}
	return append(first, t.stagesWithOverlay()...)
}

// stagesWithOverlay lists the steps that follow when the directives are there.
func (t *trial) stagesWithOverlay() []step {
	command := func(what string) func(context.Context) error {
		return func(ctx context.Context) error { return t.demand(ctx, what) }
	}
	return []step{
		{"generate", t.generate},
		{"check", func(ctx context.Context) error { return t.asyncgen(ctx, "-check", "./...") }},
		{"refusal", t.demandRefusal},
		{"overlay", t.makeOverlay},
		{"bridges", t.demandBridgesInPlace},
		{"build", command("build")},
		{"vet", command("vet")},
		{"tests", t.demandTests},
	}
}

// bridgeable reports whether a function is exported, and one whose name its bridge can have.
func bridgeable(f source, d *ast.FuncDecl) bool {
	if strings.HasSuffix(f.path, "_test.go") || !ast.IsExported(d.Name.Name) || d.Body == nil {
		return false
	}
	if d.Doc != nil {
		for _, c := range d.Doc.List {
			if strings.HasPrefix(c.Text, "//go:linkname ") {
				return false
			}
		}
	}
	recovers := false
	ast.Inspect(d.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			id, ok := n.Fun.(*ast.Ident)
			recovers = recovers || ok && id.Name == "recover"
		}
		return true
	})
	return !recovers
}

// makeOverlay has everything that follows build with the overlay.
func (t *trial) makeOverlay(ctx context.Context) error {
	out, err := t.output(ctx, t.Command, "-overlay", "./...")
	if err != nil {
		return err
	}
	t.overlay = strings.TrimSpace(string(out))
	t.env = append(t.env, "GOFLAGS=-buildvcs=false -overlay="+t.overlay)
	return nil
}

// demandBridgesInPlace looks for the bridges in what replaces the guards.
func (t *trial) demandBridgesInPlace(context.Context) error {
	text, err := os.ReadFile(t.overlay)
	if err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	var doc struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("overlay: %w", err)
	}
	var files []string
	dirs := map[string]string{}
	for path, by := range doc.Replace {
		if strings.HasPrefix(filepath.Base(path), "async_gen") {
			files = append(files, by)
			dirs[by] = filepath.Dir(path)
		}
	}
	return t.demandBridgesIn(files, func(path string) string { return dirs[path] })
}

// demandRefusal fails unless tests that were built without the overlay say that they refuse to run.
func (t *trial) demandRefusal(ctx context.Context) error {
	_, err := t.output(ctx, "go", "test", "-vet=off", "-run=^$", "./...")
	switch {
	case err == nil:
		return errors.New("tests without the overlay were not refused")
	case !strings.Contains(err.Error(), "was built without the overlay"):
		return err
	}
	return nil
}
