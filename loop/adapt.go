package loop

// adaptBatch is how many tasks run in one function that is posted to another
// event loop, before that gets a turn.
const adaptBatch = 64

// Adapt returns a loop whose handlers run on somebody else's event loop. post must
// hand a function to that loop, from any goroutine and without waiting for it, and
// the loop must run the functions one at a time, always on the same goroutine, as
// goja's RunOnLoop and glib's IdleAdd do.
//
// Handlers run in coroutines of that goroutine's thread, see [WithThread]: on the
// right thread, but with a goroutine of their own. A toolkit that recognizes its
// goroutine by number instead of its thread takes them for strangers. The
// executor options do not apply.
//
// Close or shut down the Loop before the other one ends: functions that are posted
// and never run leave their callers waiting until their contexts end. A handler
// that calls [runtime.Goexit] leaves a goroutine behind, which waits for ever.
func Adapt(post func(func()), opts ...Option) *Loop {
	return New(append(opts[:len(opts):len(opts)], withHost(&adapter{post: post}))...)
}

// An adapter is the host of a loop that runs on another. The stage is used by the
// posted functions only, one at a time.
type adapter struct {
	post  func(func())
	stage stage
}

func (a *adapter) patience() int { return 0 }

// notify posts a batch, which posts the next if there is more to do. No coroutine
// is kept beyond that: nobody would be there to end it.
func (a *adapter) notify(l *Loop) {
	a.post(func() {
		if a.stage.pump(l, adaptBatch) {
			a.notify(l)
			return
		}
		a.stage.clear()
	})
}
