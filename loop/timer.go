package loop

import (
	"container/heap"
	"context"
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

// A Timer runs a function on a loop, once or again and again. It is made by
// [Loop.AfterFunc] or [Loop.Every]. The zero value is a timer that has been stopped.
type Timer struct {
	loop    *Loop
	fn      func(context.Context)
	due     time.Time
	period  time.Duration // 0: once
	round   uint64        // changes with each Reset; guarded by the mutex of the loop's timers
	order   uint64        // of those due at the same time, the earlier made is first
	index   int           // in the heap, -1 if not in it
	stopped bool          // guarded by the mutex of the loop's timers
	task    atomic.Pointer[task]
}

// AfterFunc runs fn on the loop when d has passed, as a spawned task. The timers of a loop put
// their functions into its queue in the order of their deadlines; one that finds no room waits
// for it if the policy is [OverflowWait], and is counted as refused otherwise.
//
// The timer ends with the loop: after Shutdown or Close it does not fire. It does not keep a
// loop from being collected that has no other reference to it.
func (l *Loop) AfterFunc(d time.Duration, fn func(context.Context)) *Timer {
	return l.schedule("AfterFunc", d, 0, fn)
}

// Every runs fn on the loop whenever another d has passed. A turn that comes while
// the function of the last is still queued or running is left out, so that a slow
// loop is not given more to do the slower it gets. It panics if d is not positive.
//
// Neither the Timer nor fn keeps the loop alive: a program that drops the Loop and keeps
// the Timer loses both. A loop that lives from its timers alone has to be kept in a
// variable of the program, until it is shut down.
func (l *Loop) Every(d time.Duration, fn func(context.Context)) *Timer {
	if d <= 0 {
		panic("loop: Every needs a positive period")
	}
	return l.schedule("Every", d, d, fn)
}

func (l *Loop) schedule(name string, d, period time.Duration, fn func(context.Context)) *Timer {
	if fn == nil {
		panicNilFunc(name)
	}
	if !l.made() {
		return &Timer{index: -1}
	}
	t := &Timer{loop: l, fn: fn, due: time.Now().Add(d), period: period, index: -1}
	l.timers.add(l, t)
	return t
}

// Stop ends the timer and reports whether that kept its function from running: it
// was not due yet, or still in the queue. It does not wait for a running function.
// It reports false for a nil Timer and the zero value.
func (t *Timer) Stop() bool {
	if t == nil || t.loop == nil {
		return false
	}
	waiting := t.loop.timers.remove(t)
	return t.withdraw() || waiting
}

// Reset stops the timer as [Timer.Stop] does, reports the same, and starts it again: its
// function runs when d has passed from now. d is also the new period of a timer of [Loop.Every],
// and Reset panics then if d is not positive. A function that is running is not stopped, and may
// reset its own timer.
//
// A timer whose loop has begun to stop, a nil Timer and the zero value stay as they are, and
// Reset reports false.
func (t *Timer) Reset(d time.Duration) bool {
	if t == nil || t.loop == nil {
		return false
	}
	if t.period > 0 && d <= 0 {
		panic("loop: Reset of a timer of Every needs a positive period")
	}
	waiting, ok := t.loop.timers.restart(t, d)
	if !ok {
		return false
	}
	return t.withdraw() || waiting
}

// withdraw takes the function out of the loop's queue, and reports whether it was there.
func (t *Timer) withdraw() bool {
	queued := t.task.Load()
	if queued == nil || !queued.withdraw() {
		return false
	}
	queued.noteWithdrawn(nil)
	return true
}

// timers is the heap of a loop's timers and the one timer of the runtime that
// fires for the first of them.
type timers struct {
	firing sync.Mutex // held while functions are submitted; before mu

	mu    sync.Mutex
	heap  timerHeap
	made  uint64
	alarm *time.Timer
	over  bool // the loop has stopped
}

// add puts t into the heap and sets the alarm.
func (ts *timers) add(l *Loop, t *Timer) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.over {
		return
	}
	ts.made++
	t.order = ts.made
	heap.Push(&ts.heap, t)
	ts.set(l)
}

// remove takes t out of the heap and reports whether it was in it.
func (ts *timers) remove(t *Timer) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t.stopped = true
	if t.index < 0 {
		return false
	}
	heap.Remove(&ts.heap, t.index)
	return true
}

// restart puts t into the heap, for d from now, and reports whether it was in it. It does nothing
// and is not ok if the loop has begun to stop. The mutex makes this one step: a task of t that
// exists by then belongs to the time before, and the caller withdraws it.
func (ts *timers) restart(t *Timer, d time.Duration) (waiting, ok bool) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.over {
		return false, false
	}
	if t.index >= 0 {
		heap.Remove(&ts.heap, t.index)
		waiting = true
	}
	t.stopped = false
	t.round++
	if t.period > 0 {
		t.period = d
	}
	t.due = time.Now().Add(d)
	ts.made++
	t.order = ts.made
	heap.Push(&ts.heap, t)
	ts.set(t.loop)
	return waiting, true
}

// clear ends all timers.
func (ts *timers) clear() {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.over = true
	if ts.alarm != nil {
		ts.alarm.Stop()
	}
	for _, t := range ts.heap {
		t.index = -1
	}
	ts.heap = nil
}

// set makes the alarm go off for the first timer. Its function refers to the loop
// weakly: the runtime keeps a running timer's function alive.
func (ts *timers) set(l *Loop) {
	if len(ts.heap) == 0 {
		return
	}
	d := time.Until(ts.heap[0].due)
	if ts.alarm != nil {
		ts.alarm.Reset(d)
		return
	}
	ref := weak.Make(l)
	ts.alarm = time.AfterFunc(d, func() {
		if l := ref.Value(); l != nil {
			l.timers.fire(l)
		}
	})
}

// fire submits the functions that are due, in order.
func (ts *timers) fire(l *Loop) {
	ts.firing.Lock() // two alarms must not mix up the order
	defer ts.firing.Unlock()
	for _, f := range ts.due(l) {
		if next := ts.next(l, f); next != nil {
			l.fire(next)
		}
	}
}

// A firing is a timer that is due, and the round of it that is.
type firing struct {
	timer *Timer
	round uint64
}

// due takes the timers that are due out of the heap, puts those that will be again
// back, and sets the alarm.
func (ts *timers) due(l *Loop) (due []firing) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	now := time.Now()
	for len(ts.heap) > 0 && !ts.heap[0].due.After(now) {
		t := heap.Pop(&ts.heap).(*Timer)
		due = append(due, firing{t, t.round})
		if t.period > 0 {
			missed := now.Sub(t.due) / t.period
			t.due = t.due.Add((missed + 1) * t.period)
			heap.Push(&ts.heap, t)
		}
	}
	ts.set(l)
	return due
}

// next returns the task for the function of a timer, or nil if the timer has been stopped or
// reset meanwhile, or is one of Every whose last task is not over. From here on, Stop finds the
// task and withdraws it.
func (ts *timers) next(l *Loop, f firing) *task {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := f.timer
	if t.stopped || t.round != f.round || ts.over {
		return nil
	}
	if last := t.task.Load(); t.period > 0 && last != nil && !last.over() {
		return nil
	}
	next := l.newTask(context.Background(), &procedure{fn: t.fn}, kindSpawn, true)
	next.begin()
	t.task.Store(next)
	return next
}

// fire submits the task of a timer, and does not wait for its place.
func (l *Loop) fire(t *task) {
	err := l.submit(t)
	if err == nil || !t.state.CompareAndSwap(taskQueued, taskRefused) {
		return
	}
	refused := l.refused(t.body, err)
	t.noteOutcome(OutcomeRefused, refused)
	if l.errorHandler != nil {
		l.errorHandler(refused)
	}
}

// over reports whether the task's outcome has been decided.
func (t *task) over() bool {
	s := t.state.Load()
	return s != taskQueued && s != taskRunning
}

// timerHeap orders timers by deadline; it implements heap.Interface.
type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if h[i].due.Equal(h[j].due) {
		return h[i].order < h[j].order
	}
	return h[i].due.Before(h[j].due)
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
