package natsremote

import "github.com/asyncgen/asyncgen/remote/engine"

const (
	// What is remembered of replies has an end.
	maxFinished      = 1024
	maxFinishedBytes = 8 << 20
)

// finished remembers the last replies. One can get lost with a connection or a server, and the caller
// asks for it, which is better than to say that nobody knows what came of the call. Its zero value
// is empty.
type finished struct {
	ring  [maxFinished]given
	next  int // where the next one goes
	first int // the oldest that is left
	bytes int
}

// given is a reply that was sent.
type given struct {
	to, codec string
	reply     *engine.Reply
}

func (f *finished) add(to, codec string, r *engine.Reply) {
	if g := &f.ring[f.next]; g.reply != nil { // the ring is full, and this is the oldest
		f.forget(g)
		f.first = (f.next + 1) % maxFinished
	}
	f.ring[f.next] = given{to, codec, r}
	f.bytes += len(r.Body)
	f.next = (f.next + 1) % maxFinished
	for f.bytes > maxFinishedBytes {
		f.forget(&f.ring[f.first])
		f.first = (f.first + 1) % maxFinished
	}
}

func (f *finished) forget(g *given) {
	f.bytes -= len(g.reply.Body)
	*g = given{}
}

// find returns the reply that was sent to a subject. It is asked for rarely, and may look at all of them.
func (f *finished) find(to string) (given, bool) {
	for _, g := range f.ring {
		if g.reply != nil && g.to == to {
			return g, true
		}
	}
	return given{}, false
}
