// Package verify finds the cause of a type error in generated code: a mistake in
// the user's code, a loop expression of another type, a module without the
// runtime, or a bug of the generator.
package verify

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/model"
	"github.com/asyncgen/asyncgen/internal/receiver"
)

// Input is one type-checked package.
type Input struct {
	Fset   *token.FileSet
	Files  []*ast.File
	Types  *types.Package // may be nil
	Errors []types.Error
	// Imported are the errors of packages that it imports, directly or not.
	Imported []types.Error
	// Unvendored lists packages of the runtime that could not be read, and are not
	// reported as missing, because the vendor directory is completed later.
	Unvendored []string
}

// Output is a generated file: its plan and its package.
type Output struct {
	File    model.File
	Package string
}

// Errors explains the errors of in that lie in generated files, which are given
// by their paths. All other errors are the user's own business.
func Errors(in Input, outputs map[string]Output) []diag.Diagnostic {
	c := &checker{in: in, outputs: outputs, byFile: map[string][]located{}, mistakes: map[mistake]bool{}, unfit: map[string]bool{}, noRuntime: map[string]bool{}}
	for _, e := range in.Errors {
		pos := in.Fset.PositionFor(e.Pos, false)
		c.byFile[pos.Filename] = append(c.byFile[pos.Filename], located{e, pos})
	}
	for _, name := range slices.Sorted(maps.Keys(c.byFile)) {
		out, ok := outputs[name]
		if !ok {
			continue
		}
		if slices.ContainsFunc(c.byFile[name], ofHandshake) {
			c.unfit[name] = true
			c.report(out, c.otherRuntime(out))
			continue // what else does not compile is a consequence
		}
		for _, e := range c.byFile[name] {
			c.explain(e.Error, e.pos, out)
		}
	}
	paths := slices.Sorted(maps.Keys(outputs)) // of several handlers with one mistake the first is named
	for _, path := range paths {
		out := outputs[path]
		if c.unfit[path] {
			continue
		}
		for i := range out.File.Fronts {
			c.frontTarget(out.File.Fronts[i].Source, out)
		}
		for i := range out.File.Bridges {
			c.declaration(&out.File.Bridges[i], out)
			c.loops(&out.File.Bridges[i], out)
			c.travels(&out.File.Bridges[i], out)
		}
	}
	c.judge()
	return c.diags.Sorted()
}

// declaration reports the errors within a handler's own signature. They need
// not show in the generated code: a package that the handler's file forgets to
// import may be imported there.
func (c *checker) declaration(b *model.Bridge, out Output) {
	for _, e := range c.byFile[b.Source.Begin.Filename] {
		if !within(e, b.Source) {
			continue
		}
		c.mistake(out, e.Error, "the declaration of "+b.Name)
	}
}

// mistake reports an error of the user's, once.
func (c *checker) mistake(out Output, e types.Error, what string) {
	at := mistake{e.Pos, e.Msg}
	if c.mistakes[at] {
		return
	}
	c.mistakes[at] = true
	c.report(out, diag.Diagnostic{
		Pos: c.position(e.Pos), Code: diag.BadDeclaration,
		Message: what + " does not type-check: " + strings.TrimSuffix(e.Msg, ":"),
		Hint:    "correct the declaration and run asyncgen again",
	})
}

// mistake identifies an error of the user's code.
type mistake struct {
	pos token.Pos
	msg string
}

type checker struct {
	in      Input
	outputs map[string]Output
	byFile  map[string][]located // the errors of in, by the name of their file
	diags   diag.List
	// suspicions are the errors that may be bugs.
	suspicions []suspicion
	mistakes   map[mistake]bool // that have been reported
	unfit      map[string]bool  // outputs for another runtime, by path
	noRuntime  map[string]bool  // outputs whose imports of the runtime have been reported, by path
}

// located is a type error with its position.
type located struct {
	types.Error
	pos token.Position
}

func (c *checker) report(out Output, d diag.Diagnostic) {
	d.Package = out.Package
	c.diags.Add(d)
}

// explain reports one error in a generated file.
func (c *checker) explain(e types.Error, pos token.Position, out Output) {
	file := c.fileOf(e.Pos)
	if file == nil {
		return
	}
	if path, ok := importAt(file, e.Pos); ok {
		c.explainImport(path, e, out)
		return
	}
	if c.collision(e.Msg, out) {
		return
	}
	bridge := bridgeAt(file, e.Pos, out.File)
	if bridge != nil && bridge.Remote != nil && c.explainRemote(file, e, bridge, out) {
		return
	}
	if bridge == nil {
		c.suspicions = append(c.suspicions, suspicion{out: out, msg: e.Msg, bug: bug(pos, e)})
		return
	}
	w := wrapperLoop(file, e.Pos, bridge)
	if w == nil && strings.Contains(e.Msg, "cannot infer") {
		// A generic function that is not called: an error of the whole call, in
		// which nothing else leaves type arguments to be inferred.
		if w = wrapperAt(file, e.Pos, bridge); w != nil {
			e.Msg = "it is a generic function that is not called"
		}
	}
	if w != nil && w.Loop.Key != nil && (keyAt(file, e.Pos) || incomparable(e)) {
		c.report(out, wrongKey(e, bridge, w.Loop.Key))
		return
	}
	if w != nil {
		c.wrongLoop(e, suspicion{bridge: bridge, out: out, msg: e.Msg}, w)
		return
	}
	own := c.byFile[bridge.Source.Begin.Filename]
	if slices.ContainsFunc(own, func(e located) bool { return within(e, bridge.Source) }) {
		return // a consequence; declaration reports the cause
	}
	d := bug(pos, e)
	d.Related = []diag.Related{{Pos: bridge.Source.Pos, Message: "generated for this handler"}}
	c.suspicions = append(c.suspicions, suspicion{bridge: bridge, out: out, msg: e.Msg, bug: d})
}

// wrongLoop reports an error in the loop of a directive. If the loop was found by its type, the
// declarations that lead to it may be the cause.
func (c *checker) wrongLoop(e types.Error, s suspicion, w *model.Directive) {
	s.bug = diag.Diagnostic{
		Pos: w.Loop.Pos, Code: diag.LoopType,
		Message: fmt.Sprintf("the loop of %s does not fit: %s", s.bridge.Name, loopMessage(e.Msg)),
		Hint:    loopHint(e.Msg, s.bridge.Source),
	}
	switch w.Loop.Kind {
	case model.LoopField, model.LoopVar:
		s.explained = true
		c.suspicions = append(c.suspicions, s)
	default:
		c.report(s.out, s.bug)
	}
}

// ofHandshake reports whether an error is about the line that ties generated code to its runtime.
func ofHandshake(e located) bool { return strings.Contains(e.Msg, model.Handshake) }

// otherRuntime reports a runtime for output of other formats.
func (c *checker) otherRuntime(out Output) diag.Diagnostic {
	d := diag.Diagnostic{
		Pos: out.File.Origin(), Code: diag.RuntimeMissing,
		Message: "the required version of " + model.ModulePath + " is too old for this asyncgen",
		Hint:    "run: go get " + model.ModulePath,
	}
	if c.newerRuntime() {
		d.Message = "the required version of " + model.ModulePath + " is too new for this asyncgen"
		d.Hint = "run the asyncgen of that version: go get -tool " + model.ModulePath + "/cmd/asyncgen, and then go tool asyncgen"
	}
	return d
}

// newerRuntime reports whether the runtime supports a format after the one of this program.
func (c *checker) newerRuntime() bool {
	if c.in.Types == nil {
		return false
	}
	this, _ := strconv.Atoi(model.Format)
	for _, p := range c.in.Types.Imports() {
		if !strings.HasPrefix(p.Path(), model.ModulePath+"/") {
			continue
		}
		for _, name := range p.Scope().Names() {
			format, ok := strings.CutPrefix(name, model.HandshakePrefix)
			if n, err := strconv.Atoi(format); ok && err == nil && n > this {
				return true
			}
		}
	}
	return false
}

// explainImport reports an import of the runtime that cannot be resolved, the first one of each
// file: the packages of the runtime come from one module. All other imports are in the handler's
// own file too, where the go command reports them.
func (c *checker) explainImport(path string, e types.Error, out Output) {
	if !slices.Contains([]string{model.RuntimePath, model.ImplPath, model.HTTPPath, model.RemotePath, model.RemoteImplPath}, path) ||
		slices.Contains(c.in.Unvendored, path) || c.noRuntime[out.File.Path] {
		return
	}
	c.noRuntime[out.File.Path] = true
	d := diag.Diagnostic{
		Pos: out.File.Origin(), Code: diag.RuntimeMissing,
		Message: "generated code imports " + path + ", which this module does not provide",
		Hint:    "run: go get github.com/asyncgen/asyncgen",
	}
	if strings.Contains(e.Msg, "vendor") {
		d.Hint = "run: go get github.com/asyncgen/asyncgen && go mod vendor"
	}
	c.report(out, d)
}

func (c *checker) fileOf(pos token.Pos) *ast.File {
	for _, f := range c.in.Files {
		if f.FileStart <= pos && pos <= f.FileEnd {
			return f
		}
	}
	return nil
}

// importAt returns the path of the import that holds pos.
func importAt(f *ast.File, pos token.Pos) (string, bool) {
	for _, s := range f.Imports {
		if s.Pos() <= pos && pos <= s.End() {
			path, err := strconv.Unquote(s.Path.Value)
			return path, err == nil
		}
	}
	return "", false
}

// bridgeAt returns the bridge whose declarations hold pos.
func bridgeAt(f *ast.File, pos token.Pos, out model.File) *model.Bridge {
	decl := declAt(f, pos)
	if decl == nil {
		return nil
	}
	if b := registered(decl, pos, out); b != nil {
		return b
	}
	for i, b := range out.Bridges {
		if owns(b, decl) {
			return &out.Bridges[i]
		}
	}
	return nil
}

func declAt(f *ast.File, pos token.Pos) ast.Decl {
	for _, d := range f.Decls {
		if d.Pos() <= pos && pos <= d.End() {
			return d
		}
	}
	return nil
}

// owns reports whether decl was generated for b.
func owns(b model.Bridge, decl ast.Decl) bool {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		for _, w := range b.Wrappers {
			if w.Name == d.Name.Name && (d.Recv != nil) == (b.Recv != nil) && sameReceiver(b, d) {
				return true
			}
		}
		return d.Recv != nil && receiver.TypeName(d) == b.Args.Base
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if ownsSpec(b, s) {
				return true
			}
		}
	}
	return false
}

func sameReceiver(b model.Bridge, d *ast.FuncDecl) bool {
	if b.Source.Front != nil {
		return receiver.TypeName(d) == b.Source.Front.Name
	}
	return b.Recv == nil || receiver.TypeName(d) == b.Source.Recv.Type
}

func ownsSpec(b model.Bridge, s ast.Spec) bool {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.Name == b.Args.Base || s.Name.Name == b.Out.Base
	case *ast.ValueSpec:
		if b.Remote != nil && (s.Names[0].Name == b.Remote.Method || s.Names[0].Name == b.Remote.ErrorsOf) {
			return true
		}
		for _, x := range b.Descriptors {
			if s.Names[0].Name == x.Name {
				return true
			}
		}
	}
	return false
}

// wrapperLoop returns the directive whose loop expression holds pos, if one does: it is an
// argument of the call of the runtime.
func wrapperLoop(f *ast.File, pos token.Pos, b *model.Bridge) *model.Directive {
	fn, ok := declAt(f, pos).(*ast.FuncDecl)
	if !ok {
		return nil
	}
	for i, w := range b.Wrappers {
		if w.Name != fn.Name.Name {
			continue
		}
		found := false
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				loop := loopArgument(call)
				found = found || loop != nil && loop.Pos() <= pos && pos <= loop.End()
			}
			return true
		})
		if found {
			return &b.Source.Directives[i]
		}
	}
	return nil
}

// wrapperAt returns the directive of the function that holds pos, or nil.
func wrapperAt(f *ast.File, pos token.Pos, b *model.Bridge) *model.Directive {
	fn, ok := declAt(f, pos).(*ast.FuncDecl)
	if !ok {
		return nil
	}
	for i, w := range b.Wrappers {
		if w.Name == fn.Name.Name {
			return &b.Source.Directives[i]
		}
	}
	return nil
}

// loopMessage drops the part of a type error that is about the generated call,
// which the user has not written.
func loopMessage(msg string) string {
	before, _, _ := strings.Cut(msg, " value in argument to ")
	return before
}

// keyAt reports whether pos is in the key by which generated code chooses a loop, below root.
func keyAt(root ast.Node, pos token.Pos) bool {
	found := false
	ast.Inspect(root, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || pos < call.Pos() || call.End() < pos {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Shard" && len(call.Args) == 2 {
			found = found || call.Args[1].Pos() <= pos && pos <= call.Args[1].End()
		}
		return !found
	})
	return found
}

// incomparable reports whether an error is about a key that cannot be compared. The type checker
// puts it at the function that chooses the loop.
func incomparable(e types.Error) bool { return strings.HasSuffix(e.Msg, "satisfy comparable") }

// wrongKey is the diagnostic for an error in the key of a directive.
func wrongKey(e types.Error, b *model.Bridge, key *model.Key) diag.Diagnostic {
	return diag.Diagnostic{
		Pos: key.Pos, Code: diag.LoopType,
		Message: "key=" + key.Text + " of " + b.Name + " cannot be a key: " + loopMessage(e.Msg),
		Hint:    "key= is a comparable value; it may use the receiver, the parameters, and the names of the handler's file",
	}
}

// loopArgument returns the loop of a call of the runtime in a generated function, or nil for other
// calls. Types may be unknown, so only names are compared.
func loopArgument(call *ast.CallExpr) ast.Expr {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	for _, c := range model.RuntimeCalls() {
		if c.Name == sel.Sel.Name && len(call.Args) >= c.Arity {
			return call.Args[c.Loop]
		}
	}
	return nil
}

// within reports whether e lies in the handler's own signature. The handler's name
// is not part of the signature: errors there are about other declarations too, and
// the type checker continues some of them with a message that begins with a tab.
func within(e located, h *model.Handler) bool {
	p := e.pos
	name, end, longer := h.Called(), h.End, len(h.Called())-len(h.Name)
	if end.Line == h.Pos.Line {
		end.Column += longer // the type checker reads the handler with its other name
	}
	if before(p, h.Begin) || before(end, p) {
		return false
	}
	inName := p.Line == h.Pos.Line && h.Pos.Column <= p.Column && p.Column < h.Pos.Column+len(name)
	return !inName && !strings.HasPrefix(e.Msg, "\t")
}

func before(p, q token.Position) bool {
	return p.Line < q.Line || p.Line == q.Line && p.Column < q.Column
}
