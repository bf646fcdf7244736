package directive

import (
	"slices"

	"github.com/asyncgen/asyncgen/internal/model"
)

// Argument is one argument that directives accept. The table of all of them is
// the source of everything that depends on them: the parser, the hints of
// diagnostics, the manual, and the table in docs/directives.md.
type Argument struct {
	// Key is the part before the equals sign, or the whole of a flag.
	Key string
	// Value describes the value, such as IDENT. It is empty for a flag.
	Value string
	// Example is a correct use of the argument.
	Example string
	// Modes are the directives that accept the argument.
	Modes []model.Mode
	// For names the calls or handlers that the argument is meant for. It is
	// empty if the argument makes sense for all of them.
	For string
	// OfMethod is set if the argument is about one function or method, so that
	// a directive over a type cannot have it.
	OfMethod bool
	// Confined is set if //asyncgen:confined accepts the argument.
	Confined bool
	// Summary describes the effect of the argument for the manual.
	Summary string

	set func(p *parser, v *Value)
}

// Flag reports whether the argument has no value.
func (a *Argument) Flag() bool { return a.Value == "" }

// Usage returns the argument as documentation spells it, such as name=IDENT.
func (a *Argument) Usage() string {
	if a.Flag() {
		return a.Key
	}
	return a.Key + "=" + a.Value
}

// Written returns the argument's name as a diagnostic spells it: name= or abandon.
func (a *Argument) Written() string {
	if a.Flag() {
		return a.Key
	}
	return a.Key + "="
}

// Arguments returns all arguments in the order of the documentation.
func Arguments() []*Argument {
	return slices.Concat(commonArguments(), bridgeArguments(), remoteArguments())
}

// argumentNamed returns the argument with a key, or nil.
func argumentNamed(key string) *Argument {
	all := Arguments()
	i := slices.IndexFunc(all, func(a *Argument) bool { return a.Key == key })
	if i < 0 {
		return nil
	}
	return all[i]
}

func commonArguments() []*Argument {
	return []*Argument{
		{
			Key: "name", Value: "IDENT", Example: "name=Get", Modes: model.Modes(),
			Summary: "name the generated function Get",
			set:     (*parser).name,
		},
		{
			Key: "loop", Value: "EXPR", Example: "loop=a.loop", Modes: model.Modes(), Confined: true,
			Summary: "run on the loop that the Go expression yields, such as a.loop or loops.DB(); " +
				"parameters, the receiver and the file's imports are in scope",
			set: func(p *parser, v *Value) { p.directive.Loop = v },
		},
		{
			Key: "key", Value: "EXPR", Example: "key=id", Modes: model.Modes(), OfMethod: true,
			Summary: "the loop is a *loop.Sharded; calls with equal keys are ordered; the Go expression is " +
				"in the same scope as that of loop=; for HTTP handlers also a part of the request: " +
				"path:NAME, header:NAME or query:NAME",
			set: func(p *parser, v *Value) { p.directive.Key = v },
		},
		{
			Key: "signature", Value: "same", Example: "signature=same", Modes: model.Modes(),
			Summary: "add neither a context parameter nor an error result; a call that could not run " +
				"panics with a *loop.Error",
			set: (*parser).same,
		},
	}
}

func bridgeArguments() []*Argument {
	const http, local = "HTTP handlers", "callers in the same program that wait"
	modes := []model.Mode{model.ModeBridge}
	return []*Argument{
		{
			Key: "chunk", Value: "N", Example: "chunk=64", Modes: modes, For: "streams",
			Summary: "for a handler that returns an iter.Seq or iter.Seq2: the number of elements " +
				"that leave its loop together; 64 if absent",
			set: number("elements", func(d *Directive) *int { return &d.Chunk }),
		},
		{
			Key: "body", Value: "SIZE", Example: "body=1MiB", Modes: modes, For: http,
			Summary: "for a func(http.ResponseWriter, *http.Request): the bytes that a request's body " +
				"may have, such as 65536, 64KiB, 8MiB or unlimited; 1MiB if absent",
			set: size(func(d *Directive) *int { return &d.Body }),
		},
		{
			Key: "buffer", Value: "SIZE", Example: "buffer=1MiB", Modes: modes, For: http,
			Summary: "for the same: the bytes of a response that are held in memory; 1MiB if absent",
			set:     size(func(d *Directive) *int { return &d.Buffer }),
		},
		{
			Key: "direct", Example: "direct", Modes: modes, For: http,
			Summary: "for the same: give the handler the connection itself",
			set:     func(p *parser, _ *Value) { p.directive.Direct = true },
		},
		{
			Key: "abandon", Example: "abandon", Modes: modes, For: local,
			Summary: "when the context ends while the handler is running, return at once and drop the result",
			set:     func(p *parser, _ *Value) { p.directive.Abandon = true },
		},
		{
			Key: "nonreentrant", Example: "nonreentrant", Modes: modes, For: local,
			Summary: "make a call from a handler on the same loop an error instead of running it in place",
			set:     func(p *parser, _ *Value) { p.directive.NonReentrant = true },
		},
		{
			Key: "inplace", Example: "inplace", Modes: modes, For: local,
			Summary: "the bridge has the handler's name and signature, so that every call goes through " +
				"the loop; over a type, all of its methods",
			set: func(p *parser, _ *Value) { p.directive.InPlace = true },
		},
	}
}

func remoteArguments() []*Argument {
	const remote = "calls from other processes"
	modes := []model.Mode{model.ModeRemote}
	return []*Argument{
		{
			Key: "service", Value: "NAME", Example: "service=quotes", Modes: modes, For: remote,
			Summary: "the name of the package or type on the wire; the import path and the type's name if absent",
			set:     (*parser).service,
		},
		{
			Key: "errors", Value: "LIST", Example: "errors=ErrUnknown,*LimitError", Modes: modes, For: remote,
			Summary: "errors that keep their identity, in addition to the error variables of the package",
			set:     func(p *parser, v *Value) { p.directive.Errors = v },
		},
		{
			Key: "serial", Value: "EXPR", Example: "serial=id", Modes: modes, For: remote, OfMethod: true,
			Summary: "calls for which the Go expression of the parameters has equal values are handled one at a " +
				"time and in order, on whichever worker",
			set: func(p *parser, v *Value) { p.directive.Serial = v },
		},
		{
			Key: "durable", Example: "durable", Modes: modes, For: remote, OfMethod: true,
			Summary: "store the call and handle it at least once; the caller does not wait",
			set:     func(p *parser, _ *Value) { p.directive.Durable = true },
		},
	}
}
