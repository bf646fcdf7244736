package loop

// Links of a task. A task stands in at most one list per link.
const (
	linkQueue  = iota // the loop's queue, or the line of those waiting for room
	linkSpawn         // the spawned tasks in the queue, oldest first
	linkCancel        // the tasks that a canceler withdraws
	linkAway          // the tasks whose handlers are in Await
	linkCount
)

// A link is a task's place in a list.
type link struct {
	list       *list
	next, prev *task
}

// A list is a doubly linked list of tasks, linked through the tasks
// themselves: a task enters, leaves from the front and leaves from the middle
// without a search and without an allocation. The loop's mutex guards it, or, for
// linkCancel, that of its lifetime.
type list struct {
	link        int // which of the tasks' links it uses
	first, last *task
}

func (q *list) empty() bool { return q.first == nil }

// push appends t.
func (q *list) push(t *task) {
	t.links[q.link] = link{list: q, prev: q.last}
	if q.last == nil {
		q.first = t
	} else {
		q.last.links[q.link].next = t
	}
	q.last = t
}

// pop removes and returns the first task, or nil.
func (q *list) pop() *task {
	t := q.first
	if t != nil {
		q.remove(t)
	}
	return t
}

// remove takes t out of the list and reports whether it was in it.
func (q *list) remove(t *task) bool {
	at := t.links[q.link]
	if at.list != q {
		return false
	}
	if at.prev == nil {
		q.first = at.next
	} else {
		at.prev.links[q.link].next = at.next
	}
	if at.next == nil {
		q.last = at.prev
	} else {
		at.next.links[q.link].prev = at.prev
	}
	t.links[q.link] = link{}
	return true
}
