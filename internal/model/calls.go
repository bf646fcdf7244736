package model

import "slices"

// RuntimeCall is a function or method of the runtime that generated code calls. Templates write
// these calls, and verification and the checks of asyncvet find them again.
type RuntimeCall struct {
	Package  string // import path
	Receiver string // type of the receiver, "" for functions
	Name     string
	Loop     int // index of the argument that is the loop
	Arity    int // number of arguments at least
	Effect   Effect
}

// Effect is the part of a call that its caller waits for.
type Effect int

// The effects.
const (
	Waits   Effect = iota + 1 // for the handler's results
	Streams                   // for each chunk
	Starts                    // for nothing, but there is a future
	Spawns                    // for nothing
)

// The calls of waiting bridges. A context and the loop are the first arguments of all, and the
// descriptor and the request the last ones of functions.
var (
	ImplCall = RuntimeCall{Package: ImplPath, Name: "Call", Loop: 1, Arity: 4, Effect: Waits}
	ImplDo   = RuntimeCall{Package: ImplPath, Name: "Do", Loop: 1, Arity: 4, Effect: Waits}
	ImplMust = RuntimeCall{Package: ImplPath, Name: "Must", Loop: 1, Arity: 4, Effect: Waits}
)

// The calls of other bridges.
var (
	ImplAsync = RuntimeCall{Package: ImplPath, Name: "Async", Loop: 1, Arity: 4, Effect: Starts}
	ImplStart = RuntimeCall{Package: ImplPath, Name: "Start", Loop: 1, Arity: 4, Effect: Starts}
	Spawn     = RuntimeCall{Package: ImplPath, Receiver: "Bridge", Name: "Spawn", Loop: 1, Arity: 3, Effect: Spawns}
	SpawnSame = RuntimeCall{Package: ImplPath, Receiver: "Bridge", Name: "SpawnSame", Loop: 1, Arity: 3, Effect: Spawns}
	Serve     = RuntimeCall{Package: HTTPPath, Receiver: "Bridge", Name: "Serve", Loop: 2, Arity: 4, Effect: Waits}
	// ServeError and Try are for handlers with an error result.
	ServeError = RuntimeCall{Package: HTTPPath, Receiver: "Bridge", Name: "ServeError", Loop: 2, Arity: 4, Effect: Waits}
	Try        = RuntimeCall{Package: HTTPPath, Receiver: "Bridge", Name: "Try", Loop: 2, Arity: 4, Effect: Waits}
)

// streams are the calls of streams: of those that have an error with each element, of those with
// the signatures of their handlers, and of those with the names of their handlers as well.
var streams = map[Stream][3]RuntimeCall{
	ValueStream: {streamCall("Stream"), streamCall("StreamSame"), streamCall("StreamInPlace")},
	PairStream:  {{}, streamCall("Stream2Same"), streamCall("Stream2InPlace")},
	ErrorStream: {streamCall("StreamErr"), streamCall("StreamErr"), streamCall("StreamErrInPlace")},
}

func streamCall(name string) RuntimeCall {
	return RuntimeCall{Package: ImplPath, Name: name, Loop: 1, Arity: 4, Effect: Streams}
}

// Call returns the call that produces a stream, whose bridge may have the signature or the name of
// its handler. A stream of pairs has one of both.
func (s Stream) Call(same, inPlace bool) RuntimeCall {
	switch {
	case inPlace:
		return streams[s][2]
	case same:
		return streams[s][1]
	}
	return streams[s][0]
}

// RuntimeCalls returns all calls.
func RuntimeCalls() []RuntimeCall {
	all := []RuntimeCall{ImplCall, ImplDo, ImplMust, ImplAsync, ImplStart, Spawn, SpawnSame, Serve, ServeError, Try}
	for _, s := range []Stream{ValueStream, PairStream, ErrorStream} {
		for _, c := range streams[s] {
			if c.Name != "" && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// FindCall returns the call of a function or, if receiver is not empty, of a method.
func FindCall(path, receiver, name string) (RuntimeCall, bool) {
	for _, c := range RuntimeCalls() {
		if c.Package == path && c.Receiver == receiver && c.Name == name {
			return c, true
		}
	}
	return RuntimeCall{}, false
}
