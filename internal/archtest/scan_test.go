package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// pkg is one directory with Go files.
type pkg struct {
	dir   string // slash-separated, relative to the module's root
	files []file
}

// file is what the rules look at in one Go file.
type file struct {
	name    string
	test    bool
	imports []string
	output  []string // uses of functions and variables that print or exit: "os.Exit"
}

// scan reads every package of the module in root, whatever its build constraints,
// sorted by directory. Nested modules and testdata have rules of their own.
func scan(root fs.FS) ([]pkg, error) {
	var pkgs []pkg
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return enter(root, name)
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		parsed, err := parse(root, name)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if len(pkgs) == 0 || pkgs[len(pkgs)-1].dir != dir {
			pkgs = append(pkgs, pkg{dir: dir})
		}
		last := &pkgs[len(pkgs)-1]
		last.files = append(last.files, parsed)
		return nil
	})
	return merge(pkgs), err
}

// enter decides whether the directory belongs to the module.
func enter(root fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	base := path.Base(dir)
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(root, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// merge joins the parts of a directory that a walk leaves for a subdirectory and
// comes back to.
func merge(parts []pkg) []pkg {
	slices.SortStableFunc(parts, func(a, b pkg) int { return strings.Compare(a.dir, b.dir) })
	var pkgs []pkg
	for _, part := range parts {
		if n := len(pkgs); n > 0 && pkgs[n-1].dir == part.dir {
			pkgs[n-1].files = append(pkgs[n-1].files, part.files...)
			continue
		}
		pkgs = append(pkgs, part)
	}
	return pkgs
}

func parse(root fs.FS, name string) (file, error) {
	source, err := fs.ReadFile(root, name)
	if err != nil {
		return file{}, err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	f := file{name: name, test: strings.HasSuffix(name, "_test.go")}
	names := make(map[string]string) // in this file → import path
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, imported)
		if spec.Name != nil {
			names[spec.Name.Name] = imported
		} else {
			names[path.Base(imported)] = imported
		}
	}
	f.output = outputs(syntax, names)
	return f, nil
}

// outputs finds the expressions that print or exit: only the command may do so.
func outputs(syntax *ast.File, names map[string]string) []string {
	var found []string
	ast.Inspect(syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && isOutput(names[x.Name], n.Sel.Name) {
				found = append(found, names[x.Name]+"."+n.Sel.Name)
			}
		case *ast.CallExpr:
			if fun, ok := n.Fun.(*ast.Ident); ok && (fun.Name == "print" || fun.Name == "println") {
				found = append(found, fun.Name)
			}
		}
		return true
	})
	return found
}

func isOutput(importPath, name string) bool {
	switch importPath {
	case "os":
		return name == "Exit" || name == "Stdout" || name == "Stderr"
	case "fmt":
		return strings.HasPrefix(name, "Print")
	case "log":
		return strings.HasPrefix(name, "Print") || strings.HasPrefix(name, "Fatal") || strings.HasPrefix(name, "Panic")
	}
	return false
}
