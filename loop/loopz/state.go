package loopz

import (
	"sync"
	"time"
	"weak"

	"github.com/asyncgen/asyncgen/loop"
)

// Limits of the parts of the page that may be long.
const (
	listTasks   = 3   // of each queue of a loop, in the list of loops
	detailTasks = 100 // of each queue of the loop that is looked at
	maxWaits    = 100
	maxSlow     = 20
)

// A state is what the loops of the program were doing at a moment. It does not change.
// Its JSON is what ?format=json answers with.
type state struct {
	Time      time.Time   `json:"time"`
	Program   string      `json:"program"`
	Totals    totals      `json:"totals"`
	Loops     []*loopView `json:"loops"`
	Waits     []waitView  `json:"waits"`
	Deadlocks []deadlock  `json:"deadlocks"`
	Slow      []slowView  `json:"slow"`

	seq   uint64
	byID  map[uint64]*loopView
	coded coded

	mu      sync.Mutex
	details map[uint64]*detailView
}

// totals are sums over all loops.
type totals struct {
	Loops     int        `json:"loops"`
	Running   int        `json:"running"`   // loops that are running a handler
	Queued    int        `json:"queued"`    // calls in all queues
	Waiting   int        `json:"waiting"`   // callers that wait for room in a queue
	Awaiting  int        `json:"awaiting"`  // handlers in Await
	Waits     int        `json:"waits"`     // handlers that wait for another loop
	Deadlocks int        `json:"deadlocks"` // that were found, the last 16
	Slow      int        `json:"slow"`      // reports of slow handlers
	QueueTime *histoView `json:"queueTime"`
	RunTime   *histoView `json:"runTime"`
}

// A loopView is a loop in the list.
type loopView struct {
	ID       uint64 `json:"id"`
	Name     string `json:"name"`
	State    string `json:"state"` // "idle", "running", "closing" or "stopped"
	Executor string `json:"executor"`
	Overflow string `json:"overflow"`
	Capacity int    `json:"capacity"`

	Running *taskView  `json:"running,omitempty"`
	Queue   []taskView `json:"queue,omitempty"` // the first of Queued
	Room    []taskView `json:"room,omitempty"`  // the first of Waiting

	Queued   int `json:"queued"`
	MaxQueue int `json:"maxQueue"`
	Waiting  int `json:"waiting"` // for room in the queue
	Awaiting int `json:"awaiting"`

	// Rate is calls a second and Busy the share of the time in percent, roughly,
	// since the state before, if there was one a moment ago.
	Rate *int `json:"rate,omitempty"`
	Busy *int `json:"busy,omitempty"`

	Calls     counts    `json:"calls"`
	QueueTime histoView `json:"queueTime"`
	RunTime   histoView `json:"runTime"`

	stretch int64
	stats   loop.Stats
	ref     weak.Pointer[loop.Loop] // the page keeps no loop alive
}

// counts is what became of the calls of a loop.
type counts struct {
	Accepted    int64 `json:"accepted"`
	Returned    int64 `json:"returned"`
	Panicked    int64 `json:"panicked"`
	Exited      int64 `json:"exited"`
	Canceled    int64 `json:"canceled"`
	Dropped     int64 `json:"dropped"`
	Abandoned   int64 `json:"abandoned"`
	Refused     int64 `json:"refused"`
	SpawnErrors int64 `json:"spawnErrors"`
}

// A taskView is a task that runs or is queued.
type taskView struct {
	Handler  string `json:"handler"`
	Position string `json:"position,omitempty"`
	Mode     string `json:"mode"`
	// Since is when the handler was started, or the task was queued. It is absent if that is
	// not known; AtLeast reports whether it may have been earlier.
	Since   *time.Time `json:"since,omitempty"`
	AtLeast bool       `json:"atLeast,omitempty"`
	Awaited bool       `json:"awaited,omitempty"` // it comes back from Await
	// Caller is the number of the loop whose handler waits for the task, and
	// CallerName its name.
	Caller     uint64 `json:"caller,omitempty"`
	CallerName string `json:"callerName,omitempty"`
}

// A histoView is a histogram. Counts leaves out the empty buckets at both ends and
// begins with the one of number First; bucket i ends at 2^(8+i) nanoseconds.
type histoView struct {
	Count  uint64        `json:"count"`
	Mean   time.Duration `json:"meanNs"`
	P50    time.Duration `json:"p50Ns"`
	P99    time.Duration `json:"p99Ns"`
	Max    time.Duration `json:"maxNs"`
	First  int           `json:"first"`
	Counts []uint64      `json:"counts"`
}

// A waitView is a handler that waits for another loop.
type waitView struct {
	Loop       uint64 `json:"loop"`
	LoopName   string `json:"loopName"`
	Handler    string `json:"handler"`
	For        string `json:"for"` // "the result", "room in the queue" or "the drain"
	Target     uint64 `json:"target"`
	TargetName string `json:"targetName"`
	Position   string `json:"position,omitempty"`
	Stack      string `json:"stack"`
}

// A deadlock is one that was found. The last hop waits for the first.
type deadlock struct {
	Time time.Time  `json:"time"`
	Hops []waitView `json:"hops"`
}

// A slowView is a report of a slow handler.
type slowView struct {
	Time    time.Time     `json:"time"`
	Loop    uint64        `json:"loop"`
	Name    string        `json:"name"`
	Handler string        `json:"handler"`
	For     time.Duration `json:"forNs"`
	Found   bool          `json:"found"` // the handler's goroutine; otherwise what follows is not known
	Blocked bool          `json:"blocked"`
	Queued  int           `json:"queued"`
	Waiting []taskView    `json:"waiting,omitempty"`
	Stack   string        `json:"stack"`
}

// A detailView is one loop, with longer queues.
type detailView struct {
	*loopView

	code []byte
}

// detail returns what there is to see of a loop, nil if there is no such loop. It is
// looked up once for each state, so it may be a little younger than the state.
func (s *state) detail(id uint64) *detailView {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.details[id]; ok {
		return d
	}
	v := s.byID[id]
	if v == nil {
		return nil
	}
	d := &detailView{loopView: v}
	if l := v.ref.Value(); l != nil {
		fresh := newLoopView(l, detailTasks)
		fresh.follow(v, s.Time)
		fresh.Rate, fresh.Busy = v.Rate, v.Busy
		fresh.nameCallers(s.byID)
		d.loopView = fresh
	}
	if s.details == nil {
		s.details = make(map[uint64]*detailView)
	}
	s.details[id] = d
	return d
}
