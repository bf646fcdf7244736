package load

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	goimporter "go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/internal/model"
)

// checker type-checks the packages of a graph, each once.
type checker struct {
	cfg    Config
	graph  *graph
	fset   *token.FileSet
	sizes  types.Sizes
	done   map[string]*result
	parsed *parsedFiles
	binary types.Importer // reads export data
	// unreadable is set if it could not read some.
	unreadable bool
	// whole holds the packages whose functions are checked too, by ID.
	whole map[string]bool
}

// result is a package that was checked from source.
type result struct{ Checked }

func newChecker(cfg Config, g *graph) *checker {
	c := &checker{
		cfg: cfg, graph: g, fset: token.NewFileSet(), sizes: types.SizesFor("gc", cfg.arch()),
		done: map[string]*result{}, parsed: newParsedFiles(), whole: map[string]bool{},
	}
	c.binary = goimporter.ForCompiler(c.fset, "gc", c.open)
	return c
}

// arch returns the architecture that is checked for.
func (cfg Config) arch() string {
	arch := ""
	env := cfg.Env
	if env == nil {
		env = os.Environ()
	}
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, "GOARCH="); ok {
			arch = value
		}
	}
	return cmp.Or(arch, runtime.GOARCH)
}

// check type-checks p from source.
func (c *checker) check(p *packages.Package) *result {
	if r := c.done[p.ID]; r != nil {
		return r
	}
	r := &result{Checked: Checked{Fset: c.fset, Files: c.parse(p.GoFiles, c.whole[p.ID])}}
	if c.whole[p.ID] {
		r.Info = &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}, Types: map[ast.Expr]types.TypeAndValue{}}
	}
	c.done[p.ID] = r
	conf := types.Config{
		Importer: importer{c, p},
		Sizes:    c.sizes,
		// The names of package C would need the cgo command. They become
		// invalid types, and the checker reports no errors for these.
		FakeImportC: true,
		Error: func(err error) {
			if e, ok := errors.AsType[types.Error](err); ok {
				r.Errors = append(r.Errors, e)
			}
		},
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		conf.GoVersion = "go" + p.Module.GoVersion
	}
	// All errors have been collected by the function above.
	r.Types, _ = conf.Check(p.PkgPath, c.fset, r.Files, r.Info)
	return r
}

// imported returns the errors in declarations of the packages that p imports,
// directly or not.
func (c *checker) imported(p *packages.Package) []types.Error {
	var list []types.Error
	packages.Visit([]*packages.Package{p}, nil, func(q *packages.Package) {
		r := c.done[q.ID]
		if q == p || r == nil {
			return
		}
		for _, e := range r.Errors {
			// Where bodies have been emptied, imports are not used, and results not returned.
			if !e.Soft && !strings.HasPrefix(e.Msg, "\t") && e.Msg != "missing return" {
				list = append(list, e)
			}
		}
	})
	return list
}

// parse returns the syntax of files. A file with an error counts as far as it could be read.
func (c *checker) parse(paths []string, whole bool) []*ast.File {
	files := make([]*ast.File, len(paths))
	var group sync.WaitGroup
	for i, path := range paths {
		group.Go(func() { files[i] = c.parsed.file(c, path, whole) })
	}
	group.Wait()
	return slices.DeleteFunc(files, func(f *ast.File) bool { return f == nil })
}

// parseAhead parses the files of all packages that are checked from source, while the first
// ones are being checked. It returns a function that waits for the end.
func (c *checker) parseAhead() (wait func()) {
	var list []*packages.Package
	packages.Visit(c.graph.roots, nil, func(p *packages.Package) {
		if c.graph.source[p.ID] {
			list = append(list, p)
		}
	})
	var group sync.WaitGroup
	group.Go(func() {
		for _, p := range list {
			c.parse(p.GoFiles, c.whole[p.ID])
		}
	})
	return group.Wait
}

// parsedFiles holds the syntax of files. A package and its test variants share most of
// their files.
type parsedFiles struct {
	mu    sync.Mutex
	limit chan struct{} // of files that are parsed at the same time
	files map[fileKey]func() *ast.File
}

type fileKey struct {
	path  string
	whole bool
}

func newParsedFiles() *parsedFiles {
	return &parsedFiles{limit: make(chan struct{}, runtime.GOMAXPROCS(0)), files: map[fileKey]func() *ast.File{}}
}

// file returns the syntax of a file, nil if it cannot be read.
func (p *parsedFiles) file(c *checker, path string, whole bool) *ast.File {
	p.mu.Lock()
	get := p.files[fileKey{path, whole}]
	if get == nil {
		get = sync.OnceValue(func() *ast.File {
			p.limit <- struct{}{}
			defer func() { <-p.limit }()
			return c.parseFile(path, whole)
		})
		p.files[fileKey{path, whole}] = get
	}
	p.mu.Unlock()
	return get()
}

// parseFile parses one file. Bodies of handwritten functions are emptied unless the file is
// wanted whole: declarations do not depend on them, and they are most of the work.
func (c *checker) parseFile(path string, whole bool) *ast.File {
	var src any
	if text, ok := c.cfg.Overlay[path]; ok {
		src = text
	}
	f, _ := parser.ParseFile(c.fset, path, src, parser.SkipObjectResolution|parser.AllErrors)
	if f != nil && !whole && !model.GeneratedName(path) {
		emptyBodies(f)
	}
	return f
}

// emptyBodies removes the statements of functions. Bodies must not go altogether,
// because the checker reports a missing one at the declaration, which matters,
// while it reports a missing return at the closing brace, which does not.
func emptyBodies(f *ast.File) {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			fn.Body = &ast.BlockStmt{Lbrace: fn.Body.Lbrace, Rbrace: fn.Body.Rbrace}
		}
	}
}

// importer finds the packages that one package imports.
type importer struct {
	c *checker
	p *packages.Package
}

func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	p := i.p.Imports[path]
	switch {
	case p == nil:
		return nil, fmt.Errorf("no package for import %s", path)
	case notThere(p):
		return nil, errors.New(p.Errors[0].Msg)
	case i.c.graph.source[p.ID]:
		if r := i.c.check(p); r.Types != nil {
			return r.Types, nil
		}
		return nil, fmt.Errorf("import cycle through %s", path)
	}
	pkg, err := i.c.binary.Import(p.PkgPath)
	i.c.unreadable = i.c.unreadable || err != nil
	return pkg, err
}

// open returns the export data of a package.
func (c *checker) open(path string) (io.ReadCloser, error) {
	f, err := os.Open(c.graph.exports[path])
	if err != nil {
		return nil, fmt.Errorf("export data: %w", err)
	}
	return f, nil
}
