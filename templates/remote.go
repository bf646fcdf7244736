package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// remoteCall renders the function of the caller's side, one of
//
//	// PriceRemote calls [Price] on a worker and waits for its result.
//	func PriceRemote(ctx context.Context, client *remote.Client, symbol string) (cents int64, err error) {
//		out, err := priceMethod.Call(ctx, client, priceRequest{symbol})
//		return out.Cents, err
//	}
//
//	func (q *QuotesRemote) Price(ctx context.Context, symbol string) (cents int64, err error) {
//		out, err := quotesPriceMethod.Call(ctx, q.client, quotesPriceRequest{symbol})
//		return out.Cents, err
//	}
//
//	func SendRemote(ctx context.Context, client *remote.Client, to, text string) error {
//		return sendMethod.Store(ctx, client, sendRequest{to, text})
//	}
func remoteCall(b model.Bridge, w model.Wrapper) jen.Code {
	hasError := len(w.Results) > 0 && w.Results[len(w.Results)-1].Error
	replied := fieldsOf(w.Out, b.Out.Fields)
	switch {
	case b.Remote.Durable && hasError:
		return function(b, w, jen.Return(remoteInvoke(b, w, "Store")))
	case b.Remote.Durable:
		return function(b, w, remoteInvoke(b, w, "StoreSame"))
	case !hasError && len(replied) == 0:
		return function(b, w, remoteInvoke(b, w, "DoSame"))
	case !hasError:
		called := jen.Id(w.Out + ", _").Op(":=").Add(remoteInvoke(b, w, "CallSame"))
		return function(b, w, called, jen.Return(replied...))
	case len(replied) == 0:
		return function(b, w, jen.Return(remoteInvoke(b, w, "Do")))
	}
	return function(b, w, unpack(w, replied, remoteInvoke(b, w, "Call"))...)
}

// remoteInvoke renders a call of the runtime:
//
//	priceMethod.Call(ctx, client, priceRequest{symbol})
func remoteInvoke(b model.Bridge, w model.Wrapper, method string) jen.Code {
	return jen.Id(w.Descriptor).Dot(method).Call(jen.Id(w.Ctx), jen.Id(w.Client), sent(b))
}

// sent renders the value that takes a call's arguments to a worker:
//
//	priceRequest{symbol}
func sent(b model.Bridge) jen.Code {
	var values []jen.Code
	for _, f := range b.Args.Fields {
		values = append(values, jen.Id(f.Value))
	}
	return jen.Id(b.Args.Name).Values(values...)
}

// remoteDeclarations renders what both sides of a remote handler need at package level.
func remoteDeclarations(out *jen.File, f model.File, b model.Bridge) {
	if r := b.Remote.Registration; r != nil {
		registration(out, f, *r, []model.Bridge{b})
	}
	wireStruct(out, b.Args, "is a call of "+b.Link+" on the wire.")
	wireStruct(out, b.Out, "holds the results of "+b.Link+" on the wire.")
	remoteMethod(out, f, b)
}

// wireStruct renders a struct that travels:
//
//	// priceRequest is a call of [Price] on the wire.
//	type priceRequest struct {
//		Symbol string `json:"symbol"`
//	}
func wireStruct(out *jen.File, s model.Struct, what string) {
	if !s.Declared {
		return
	}
	var fields []jen.Code
	for _, field := range s.Fields {
		fields = append(fields, jen.Id(field.Name).Id(field.Type).Tag(map[string]string{"json": field.Wire}))
	}
	out.Line()
	out.Comment("// " + s.Base + " " + what)
	out.Type().Id(s.Base).Struct(fields...)
}

// remoteMethod renders the value that describes a handler to both sides:
//
//	// depositMethod describes [Ledger.Deposit] to clients and workers.
//	var depositMethod = remoteimpl.Method[depositRequest, depositReply]{
//		Service: "example_com/bank/Ledger",
//		Name:    "Deposit",
//		Title:   "bank.Ledger.Deposit",
//		Serial:  true,
//		Key:     func(in depositRequest) string { return remoteimpl.KeyOf(in.Account) },
//		Errors: []remoteimpl.ErrorDef{
//			remoteimpl.Sentinel("example.com/bank.ErrNoCover", ErrNoCover),
//			remoteimpl.ErrorType[*LimitError]("example.com/bank.LimitError"),
//		},
//	}
func remoteMethod(out *jen.File, f model.File, b model.Bridge) {
	r := b.Remote
	fields := []jen.Code{
		field("Service", jen.Lit(r.Service)), field("Name", jen.Lit(r.Name)), field("Title", jen.Lit(b.Title)),
	}
	if r.Durable {
		fields = append(fields, field("Durable", jen.Id(f.True)))
	}
	if r.Key != "" {
		key := jen.Func().Params(jen.Id(r.KeyIn).Id(b.Args.Name)).String().Add(oneLine(
			jen.Return(jen.Id(f.RemoteImpl).Dot("KeyOf").Call(jen.Id(r.Key))),
		))
		fields = append(fields, field("Serial", jen.Id(f.True)), field("Key", key))
	}
	switch {
	case r.ErrorsOf != "":
		fields = append(fields, field("Errors", jen.Id(r.ErrorsOf)))
	case len(r.Errors) > 0:
		fields = append(fields, field("Errors", remoteErrors(f, r.Errors)))
	}
	out.Line()
	out.Comment("// " + r.Method + " describes " + b.Link + " to clients and workers.")
	typ := jen.Id(f.RemoteImpl).Dot("Method").Index(jen.List(jen.Id(b.Args.Name), jen.Id(b.Out.Name)))
	out.Var().Id(r.Method).Op("=").Add(typ).Custom(lines(), fields...)
}

// oneLine renders a body of one statement on the line of its function.
func oneLine(statement jen.Code) jen.Code {
	return jen.Custom(jen.Options{Open: "{", Close: "}"}, statement)
}

// lines are the options for a list in braces with one element on each line.
func lines() jen.Options { return jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true} }

func remoteErrors(f model.File, errors []model.RemoteError) jen.Code {
	var list []jen.Code
	for _, e := range errors {
		if e.Type {
			list = append(list, jen.Id(f.RemoteImpl).Dot("ErrorType").Index(jen.Id(e.Expr)).Call(jen.Lit(e.Name)))
		} else {
			list = append(list, jen.Id(f.RemoteImpl).Dot("Sentinel").Call(jen.Lit(e.Name), jen.Id(e.Expr)))
		}
	}
	return jen.Index().Id(f.RemoteImpl).Dot("ErrorDef").Custom(lines(), list...)
}

// remoteFront renders a type whose methods call workers, its constructor, and what registers
// the methods on the worker's side:
//
//	// QuotesRemote calls the methods of [Quotes] on workers and waits for their results.
//	type QuotesRemote struct {
//		client *remote.Client
//	}
//
//	// NewQuotesRemote returns a front that calls workers through client.
//	func NewQuotesRemote(client *remote.Client) *QuotesRemote {
//		return &QuotesRemote{client}
//	}
func remoteFront(out *jen.File, f model.File, d model.FrontDecl) {
	client := jen.Op("*").Id(f.Remote).Dot("Client")
	out.Line()
	out.Add(comments(d.Doc)).Type().Id(d.Name).Struct(jen.Id(d.TargetField).Add(client))
	assertion(out, d)
	out.Line()
	out.Comment(d.ConstructorDoc)
	out.Func().Id(d.Constructor).Params(jen.Id(d.TargetParam).Add(client)).Op("*").Id(d.Name).Block(
		jen.Return(jen.Op("&").Id(d.Name).Values(jen.Id(d.TargetParam))),
	)
	var methods []model.Bridge
	for _, b := range f.Bridges {
		if b.Source.Front == d.Source {
			methods = append(methods, b)
		}
	}
	registration(out, f, *d.Registration, methods)
	sharedErrors(out, f, d)
}

// sharedErrors renders the errors that the methods of a front have in common:
//
//	// quotesErrors are the errors of the methods of [Quotes] that keep their identity across the wire.
//	var quotesErrors = []remoteimpl.ErrorDef{
//		remoteimpl.Sentinel("example.com/shop.ErrUnknown", ErrUnknown),
//	}
func sharedErrors(out *jen.File, f model.File, d model.FrontDecl) {
	r := d.Registration
	if r.ErrorsOf == "" {
		return
	}
	out.Line()
	out.Comment("// " + r.ErrorsOf + " are the errors of the methods of [" + d.Source.Target + "] that keep their identity across the wire.")
	out.Var().Id(r.ErrorsOf).Op("=").Add(remoteErrors(f, r.Errors))
}

// registration renders the function of the worker's side:
//
//	// RegisterQuotes registers the methods of [Quotes] with worker, which runs each call on its loop.
//	func RegisterQuotes(worker *remote.Worker, target *Quotes) error {
//		return remoteimpl.Register(
//			worker,
//			quotesPriceMethod.On( … ),
//			quotesCountMethod.On( … ),
//		)
//	}
func registration(out *jen.File, f model.File, r model.Registration, methods []model.Bridge) {
	params := []jen.Code{jen.Id(r.Worker).Op("*").Id(f.Remote).Dot("Worker")}
	if r.Target != "" {
		params = append(params, jen.Id(r.Target).Id(r.TargetType))
	}
	if r.Loop != "" {
		params = append(params, jen.Id(r.Loop).Op("*").Id(f.Runtime).Dot("Loop"))
	}
	args := []jen.Code{jen.Id(r.Worker)}
	for _, b := range methods {
		args = append(args, answer(f, b))
	}
	out.Line()
	out.Comment(r.Doc)
	out.Func().Id(r.Name).Params(params...).Id(f.Error).Block(
		jen.Return(jen.Id(f.RemoteImpl).Dot("Register").Custom(arguments(len(methods)), args...)),
	)
}

// arguments are the options for the arguments of a call, on a line each if there are several.
func arguments(n int) jen.Options {
	return jen.Options{Open: "(", Close: ")", Separator: ",", Multi: n > 1}
}

// answer renders how a worker answers the calls of one handler: where, and by what.
//
//	quotesPriceMethod.On(
//		func(quotesPriceRequest) *loop.Loop { return target.loop },
//		(*Quotes).Price,
//		func(ctx context.Context, in quotesPriceRequest) (quotesPriceReply, error) {
//			cents, err := target.Price(ctx, in.Symbol)
//			return quotesPriceReply{cents}, err
//		},
//	)
func answer(f model.File, b model.Bridge) jen.Code {
	a := b.Remote.Answer
	loopParam := jen.Id(b.Args.Name)
	if a.LoopIn != "_" {
		loopParam = jen.Id(a.LoopIn).Id(b.Args.Name)
	}
	loop := jen.Func().Params(loopParam).Op("*").Id(f.Runtime).Dot("Loop").Add(oneLine(jen.Return(jen.Id(a.Loop))))
	method, results := "On", []jen.Code{jen.Id(b.Out.Name), jen.Id(f.Error)}
	if len(a.Results) == 0 {
		method, results = "OnDo", results[1:]
	}
	if a.Named && !hasError(b) {
		for i := range results[:len(results)-1] {
			results[i] = jen.Id("_").Add(results[i])
		}
		results[len(results)-1] = jen.Id(a.Err).Id(f.Error)
	}
	result := jen.Params(results...)
	if len(results) == 1 && (!a.Named || hasError(b)) {
		result = jen.Add(results[0])
	}
	run := jen.Func().Params(
		jen.Id(a.Ctx).Id(f.Context).Dot("Context"), jen.Id(a.In).Id(b.Args.Name),
	).Add(result).Block(answerBody(b)...)
	return jen.Id(b.Remote.Method).Dot(method).Custom(arguments(3), loop, jen.Id(a.Handler), run)
}

// answerBody renders one of
//
//	return target.Close(ctx)
//
//	target.Reset()
//	return nil
//
//	return priceReply{target.Price(in.Symbol)}, nil
//
//	cents, err := target.Price(ctx, in.Symbol)
//	return priceReply{cents}, err
func answerBody(b model.Bridge) []jen.Code {
	a := b.Remote.Answer
	var args []jen.Code
	for _, arg := range a.Args {
		args = append(args, jen.Id(arg))
	}
	called := jen.Id(a.Callee).Call(args...)
	noError := jen.Nil()
	if a.Named {
		noError = jen.Id(a.Err)
	}
	reply := func(values ...jen.Code) jen.Code { return jen.Id(b.Out.Name).Values(values...) }
	switch {
	case len(a.Results) == 0 && hasError(b):
		return []jen.Code{jen.Return(called)}
	case len(a.Results) == 0:
		return []jen.Code{called, jen.Return(noError)}
	case len(a.Results) == 1 && !hasError(b):
		return []jen.Code{jen.Return(reply(called), noError)}
	}
	var names []jen.Code
	for _, r := range a.Results {
		names = append(names, jen.Id(r))
	}
	targets, err := names, noError
	if hasError(b) {
		err = jen.Id(a.Err)
		targets = append(names[:len(names):len(names)], err)
	}
	return []jen.Code{jen.List(targets...).Op(":=").Add(called), jen.Return(reply(names...), err)}
}
