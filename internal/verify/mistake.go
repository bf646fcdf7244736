package verify

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/receiver"
)

// suspicion is an error in generated code that no rule explains: a bug, unless
// the package is broken without that code. If it is explained, only errors in the declarations
// that it depends on are better explanations.
type suspicion struct {
	bridge *model.Bridge // nil if the error belongs to none in particular
	out    Output
	msg    string // of the type checker
	bug    diag.Diagnostic

	explained bool
}

// judge reports the suspicions: as mistakes of the user if the package does not
// compile by itself, else as bugs.
func (c *checker) judge() {
	if len(c.suspicions) == 0 {
		return
	}
	own := c.ownErrors()
	for _, s := range c.suspicions {
		errs := c.related(own, s)
		if len(errs) == 0 && !s.explained {
			errs = c.in.Imported
		}
		if len(errs) == 0 && !s.explained {
			errs = own
		}
		for _, e := range errs {
			c.mistake(s.out, e, c.subject(e, s))
		}
		if len(errs) == 0 {
			c.report(s.out, s.bug)
		}
	}
}

// frontTarget reports the errors in the declaration of a front's target. The
// types of fields that are not embedded do not matter to the front.
func (c *checker) frontTarget(f *model.Front, out Output) {
	spec := c.typeNamed(f.Target, f.Source.Path)
	if spec == nil {
		return
	}
	for _, e := range c.in.Errors {
		if e.Pos < spec.Pos() || spec.End() < e.Pos || !c.matters(e) || inField(spec, e.Pos) {
			continue
		}
		c.mistake(out, e, "the declaration of "+f.Target)
	}
}

// typeNamed returns the declaration of a type in the file at path, or nil.
func (c *checker) typeNamed(name, path string) *ast.TypeSpec {
	for _, f := range c.in.Files {
		if c.in.Fset.PositionFor(f.FileStart, false).Filename != path {
			continue
		}
		for _, n := range declared(f, name) {
			if spec, ok := n.(*ast.TypeSpec); ok {
				return spec
			}
		}
	}
	return nil
}

// inField reports whether pos is in the type of a field that is not embedded.
func inField(spec *ast.TypeSpec, pos token.Pos) bool {
	st, ok := spec.Type.(*ast.StructType)
	return ok && slices.ContainsFunc(st.Fields.List, func(f *ast.Field) bool {
		return len(f.Names) > 0 && f.Type.Pos() <= pos && pos <= f.Type.End()
	})
}

// subject names the declaration that an error is in, or the package if that is
// another one.
func (c *checker) subject(e types.Error, s suspicion) string {
	if f := c.fileOf(e.Pos); f != nil {
		if name := declaredAt(c.withNames(f), e.Pos); name != "" {
			return "the declaration of " + name
		}
	}
	file := s.out.File
	switch {
	case s.bridge != nil:
		return "a package that " + s.bridge.Name + " needs"
	case len(file.Bridges) > 0:
		return "a package that " + file.Bridges[0].Name + " needs"
	case len(file.Fronts) > 0:
		return "a package that " + file.Fronts[0].Source.Target + " needs"
	}
	return "a package that it needs"
}

// declaredAt returns the name of the declaration at pos, or "".
func declaredAt(f *ast.File, pos token.Pos) string {
	switch d := declAt(f, pos).(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			return receiver.TypeName(d) + "." + d.Name.Name
		}
		return d.Name.Name
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if pos < s.Pos() || s.End() < pos {
				continue
			}
			switch s := s.(type) {
			case *ast.TypeSpec:
				return s.Name.Name
			case *ast.ValueSpec:
				return s.Names[0].Name
			case *ast.ImportSpec:
				return s.Path.Value
			}
		}
	}
	return ""
}

// ownErrors returns the errors that the package has with and without generated
// code. Those without it only are uses of generated names, unless generated code has the same error:
// the bridge of a handler in place has the handler's name, so that it takes over conflicts of that name.
func (c *checker) ownErrors() []types.Error {
	var files []*ast.File
	for _, f := range c.in.Files {
		if _, generated := c.outputs[c.in.Fset.PositionFor(f.FileStart, false).Filename]; !generated {
			files = append(files, c.withNames(f))
		}
	}
	var bare []types.Error
	conf := types.Config{Importer: known{c.in.Types}, FakeImportC: true, Error: func(err error) {
		if e, ok := err.(types.Error); ok { //nolint:errorlint // the type checker's contract
			bare = append(bare, e)
		}
	}}
	path := "p"
	if c.in.Types != nil {
		path = c.in.Types.Path()
	}
	_, _ = conf.Check(path, c.in.Fset, files, nil)
	return slices.DeleteFunc(bare, func(e types.Error) bool {
		return !c.matters(e) || !c.inGenerated(e) && !slices.ContainsFunc(c.in.Errors, func(both types.Error) bool {
			return both.Pos == e.Pos && both.Msg == e.Msg
		})
	})
}

// matters reports whether an error can be the cause of others: it is neither the
// second part of a message, nor a consequence of emptied bodies.
func (c *checker) matters(e types.Error) bool {
	if e.Soft || e.Msg == "" || e.Msg[0] == '\t' {
		return false
	}
	f := c.fileOf(e.Pos)
	if f == nil {
		return false
	}
	fn, ok := declAt(f, e.Pos).(*ast.FuncDecl)
	return !ok || fn.Body == nil || e.Pos < fn.Body.Pos()
}

// known imports the packages that have been imported before.
type known struct{ by *types.Package }

// Import implements [types.Importer].
func (k known) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if k.by != nil {
		for _, p := range k.by.Imports() {
			if p.Path() == path {
				return p, nil
			}
		}
	}
	return nil, fmt.Errorf("no package for import %s", path)
}

// related returns the errors within declarations that the generated code of s
// depends on.
func (c *checker) related(errs []types.Error, s suspicion) []types.Error {
	spans := c.declarationsBehind(s.names())
	return slices.DeleteFunc(slices.Clone(errs), func(e types.Error) bool {
		return !slices.ContainsFunc(spans, func(n ast.Node) bool { return n.Pos() <= e.Pos && e.Pos <= n.End() })
	})
}

// names returns the package-level names that the handlers mention.
func (s suspicion) names() []string {
	var names []string
	for _, b := range s.out.File.Bridges {
		if s.bridge != nil && b.Source != s.bridge.Source {
			continue
		}
		h := b.Source
		if h.Recv != nil {
			names = append(names, h.Recv.Type)
		} else {
			names = append(names, h.Name)
		}
		var exprs []*model.Expr
		for _, p := range h.TypeParams {
			exprs = append(exprs, p.Constraint)
		}
		for _, p := range h.Params {
			exprs = append(exprs, p.Type)
		}
		for _, r := range h.Results {
			exprs = append(exprs, r.Type, r.Element)
		}
		for _, d := range h.Directives {
			names, exprs = append(names, d.Loop.Name), append(exprs, d.Loop.Expr)
			if d.Loop.Key != nil {
				exprs = append(exprs, d.Loop.Key.Expr)
			}
		}
		for _, x := range exprs {
			if x != nil {
				names = append(names, identifiers(x.Node)...)
			}
		}
	}
	return names
}

func identifiers(n ast.Node) []string {
	var names []string
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

// declarationsBehind returns the declarations of the names in the user's files,
// and of everything that these mention. Functions count without their bodies.
func (c *checker) declarationsBehind(names []string) []ast.Node {
	var nodes []ast.Node
	seen := map[string]bool{}
	for len(names) > 0 {
		name := names[len(names)-1]
		names = names[:len(names)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, f := range c.in.Files {
			if _, generated := c.outputs[c.in.Fset.PositionFor(f.FileStart, false).Filename]; generated {
				continue
			}
			for _, n := range declared(f, name) {
				nodes = append(nodes, n)
				names = append(names, identifiers(n)...)
			}
		}
	}
	return nodes
}

// declared returns the declarations of a name in f, and of the methods of a type
// of that name.
func declared(f *ast.File, name string) []ast.Node {
	var nodes []ast.Node
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == name || d.Recv != nil && receiver.TypeName(d) == name {
				nodes = append(nodes, &ast.FuncDecl{Recv: d.Recv, Name: d.Name, Type: d.Type})
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if declares(s, name) {
					nodes = append(nodes, s)
				}
			}
		}
	}
	return nodes
}

func declares(s ast.Spec, name string) bool {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.Name == name
	case *ast.ValueSpec:
		return slices.ContainsFunc(s.Names, func(id *ast.Ident) bool { return id.Name == name })
	}
	return false
}

// bug returns the diagnostic for an error that no mistake of the user explains.
func bug(pos token.Position, e types.Error) diag.Diagnostic {
	return diag.Diagnostic{
		Pos: pos, Code: diag.BugTypes,
		Message: "bug in asyncgen: the generated code does not type-check: " + e.Msg,
		Hint:    "please report it with the handler's signature; nothing was written",
	}
}
