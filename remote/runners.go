package remote

import "sync"

// runners runs the calls of a worker, each on a goroutine of its own while it lasts. Goroutines
// that have finished wait for the next call: decoding needs a deep stack, and growing one for
// each call is as dear as decoding itself. Who has waited for the shortest time is next, because
// its stack may still be in a cache.
type runners struct {
	mu    sync.Mutex
	idle  []chan *invocation // one for each that waits
	ended bool
}

// maxIdle is how many goroutines wait for calls at most. Calls come in bursts: with as many
// callers as there are goroutines here, none of them grows a stack. It is two megabytes of stack
// at most, and the collector takes back what is not used of them.
const maxIdle = 256

// run runs a job at once.
func (r *runners) run(job *invocation) {
	r.mu.Lock()
	last := len(r.idle) - 1
	if last < 0 {
		r.mu.Unlock()
		go r.serve(job)
		return
	}
	jobs := r.idle[last]
	r.idle = r.idle[:last]
	r.mu.Unlock()
	jobs <- job
}

// serve runs one job after the other. A job may end the goroutine.
func (r *runners) serve(job *invocation) {
	jobs := make(chan *invocation, 1) // whoever has a job need not wait
	for job != nil {
		job.run()
		job = nil // it may be large
		if r.wait(jobs) {
			job = <-jobs
		}
	}
}

// wait says where to send the next job, unless there is none for this goroutine.
func (r *runners) wait(jobs chan *invocation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended || len(r.idle) == maxIdle {
		return false
	}
	r.idle = append(r.idle, jobs)
	return true
}

// end lets the goroutines go that wait.
func (r *runners) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, jobs := range r.idle {
		close(jobs)
	}
	r.idle, r.ended = nil, true
}
