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
	return l.schedule(d, 0, fn)
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
	return l.schedule(d, d, fn)
}

func (l *Loop) schedule(d, period time.Duration, fn func(context.Context)) *Timer {
	if l == nil {
		return &Timer{index: -1}
	}
	t := &Timer{loop: l, fn: fn, due: time.Now().Add(d), period: period, index: -1}
	l.timers.add(l, t)
	return t
}

// Stop ends the timer and reports whether that kept its function from running: it
// was not due yet, or still in the queue. It does not wait for a running function.
func (t *Timer) Stop() bool {
	if t.loop == nil {
		return false
	}
	waiting := t.loop.timers.remove(t)
	queued := t.task.Load()
	if queued != nil && queued.withdraw() {
		queued.noteWithdrawn(nil)
		return true
	}
	return waiting
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
	for _, t := range ts.due(l) {
		if next := ts.next(l, t); next != nil {
			l.fire(next)
		}
	}
}

// due takes the timers that are due out of the heap, puts those that will be again
// back, and sets the alarm.
func (ts *timers) due(l *Loop) (due []*Timer) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	now := time.Now()
	for len(ts.heap) > 0 && !ts.heap[0].due.After(now) {
		t := heap.Pop(&ts.heap).(*Timer)
		due = append(due, t)
		if t.period > 0 {
			missed := now.Sub(t.due) / t.period
			t.due = t.due.Add((missed + 1) * t.period)
			heap.Push(&ts.heap, t)
		}
	}
	ts.set(l)
	return due
}

// next returns the task for the function of t, or nil if t has been stopped or the
// task before is not over. From here on, Stop finds the task and withdraws it.
func (ts *timers) next(l *Loop, t *Timer) *task {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if last := t.task.Load(); t.stopped || ts.over || last != nil && !last.over() {
		return nil
	}
	next := l.newTask(context.Background(), &closure[struct{}]{spawned: t.fn}, kindSpawn, true)
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
