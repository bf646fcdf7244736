package apitext

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// module is how the import paths of this repository begin.
const module = "github.com/asyncgen/asyncgen/"

// A Package is a public package.
type Package struct {
	Path  string   // import path
	Lines []string // see [Lines]
}

// File returns the path of the text file for the package, with slashes, relative to the top of the
// repository.
func (p Package) File() string { return "api/" + strings.TrimPrefix(p.Path, module) + ".txt" }

// listed is what the go command prints of a package.
type listed struct {
	Dir, ImportPath, Name, Export string
	GoFiles                       []string
	DepOnly                       bool
}

// Public loads the public packages of the module in a directory that export something, sorted by
// import path, as they are on this system.
func Public(ctx context.Context, dir string) ([]Package, error) {
	all, err := list(ctx, dir)
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for _, l := range all {
		exports[l.ImportPath] = l.Export
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(exports[path])
	})
	var public []Package
	for _, l := range all {
		if !l.public() {
			continue
		}
		if err := l.touch(); err != nil {
			return nil, err
		}
		p, err := imports.Import(l.ImportPath)
		if err != nil {
			return nil, err
		}
		if lines := Lines(p); len(lines) > 0 {
			public = append(public, Package{l.ImportPath, lines})
		}
	}
	slices.SortFunc(public, func(a, b Package) int { return strings.Compare(a.Path, b.Path) })
	return public, nil
}

// list runs the go command, which compiles the packages for their export data.
func list(ctx context.Context, dir string) ([]listed, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-export", "-json=Dir,ImportPath,Name,Export,GoFiles,DepOnly", "./...")
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}
	var all []listed
	for d := json.NewDecoder(&stdout); ; {
		var l listed
		switch err := d.Decode(&l); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, l)
	}
}

// touch opens the directory and the files of the package. So the go command, which keeps results of
// tests, runs the test again if one of them has changed.
func (l listed) touch() error {
	for _, name := range append([]string{"."}, l.GoFiles...) {
		f, err := os.Open(filepath.Join(l.Dir, name))
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// public reports whether other modules can make use of the package. Templates take types of internal
// packages, so that nobody else can call them.
func (l listed) public() bool {
	rel := strings.TrimPrefix(l.ImportPath, module)
	elements := strings.Split(rel, "/")
	return !l.DepOnly && l.Name != "main" && len(l.GoFiles) > 0 && rel != "templates" &&
		elements[0] != "examples" && !slices.Contains(elements, "internal")
}
