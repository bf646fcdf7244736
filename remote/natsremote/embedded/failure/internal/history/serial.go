package history

import (
	"cmp"
	"slices"
)

// serial checks the executions of one key, which are in the order of their starts.
func (c *checker) serial(key string, runs []*run) {
	c.fences(runs)
	c.overlaps(runs)
	c.order(runs)
	c.writes(runs)
}

// replaced reports whether a worker was stopped or cut off before an execution began on it: another may have taken
// its place, and it need not know.
func (c *checker) replaced(r *run) bool {
	since, suspect := c.suspects[r.worker]
	return suspect && since < r.begun
}

// forgotten reports whether two executions are of the same attempt at keyed work, of which the server had not noted
// the first when it was killed. That they are the same shows in their ID.
func (c *checker) forgotten(r, last *run) bool {
	return r.op == last.op && r.op.mode == Keyed && r.attempt == last.attempt && r.fence == last.fence &&
		slices.Contains(c.rules, Forgetful)
}

// redone reports whether an execution is of keyed work that had been done already: a server that was killed may have
// forgotten that, and deliver it again when later work of the key has been done, too. A store refuses what it writes.
func (c *checker) redone(r *run) bool {
	return r.op.mode == Keyed && slices.Contains(c.rules, Forgetful) &&
		slices.ContainsFunc(r.op.runs, func(other *run) bool { return other.completed && other.ended < r.begun })
}

// fences grow with each delivery.
func (c *checker) fences(runs []*run) {
	var last *run // with the greatest
	for _, r := range runs {
		switch {
		case r.fence == 0:
			c.fault(r.op, "has no fence")
		case last == nil, c.forgotten(r, last), c.redone(r):
		case r.fence <= last.fence && !c.replaced(r), r.fence == last.fence:
			c.fault(r.op, "has fence %d on %s after %s had %d on %s", r.fence, r.worker, last.op.id, last.fence, last.worker)
		}
		if last == nil || r.fence > last.fence {
			last = r
		}
	}
}

// overlaps finds executions that started while another had not ended. That may happen to a worker that was
// stopped or cut off before, with its successor, and not to one with itself.
func (c *checker) overlaps(runs []*run) {
	var open []*run
	for _, r := range runs {
		still := open[:0]
		for _, o := range open {
			if o.ended < r.begun {
				continue
			}
			still = append(still, o)
			since, suspect := c.suspects[o.worker]
			if (!suspect || since > r.begun) && !c.replaced(r) || r.worker == o.worker {
				c.fault(r.op, "started on %s with fence %d while %s was running on %s with fence %d",
					r.worker, r.fence, o.op.id, o.worker, o.fence)
			}
		}
		open = append(still, r)
	}
}

// order is that in which calls were accepted. Of two calls it is known if one had returned before the
// other was made, or if the test saw them being stored.
func (c *checker) order(runs []*run) {
	var invoked, stored *op // the last of those that have started
	for _, r := range runs {
		o := r.op
		if c.replaced(r) || c.redone(r) {
			continue // what it writes is refused
		}
		if invoked != nil && o.settled < invoked.invoked {
			c.fault(o, "started after %s, which was made when this one had returned (%s)", invoked.id, o.text)
		}
		if o.stored != never && stored != nil && o.stored < stored.stored {
			c.fault(o, "started after %s, which was stored later", stored.id)
		}
		if invoked == nil || o.invoked > invoked.invoked {
			invoked = o
		}
		if o.stored != never && (stored == nil || o.stored > stored.stored) {
			stored = o
		}
	}
}

// writes that were accepted have growing fences: a store that keeps that is safe from workers that have been
// replaced. A write that was refused must have been late.
func (c *checker) writes(runs []*run) {
	var list []*run
	for _, r := range runs {
		if r.wrote != never {
			list = append(list, r)
		}
		if r.refused != never && !c.overtaken(r, runs) {
			c.fault(r.op, "its write with fence %d was refused, and none with a greater one had been accepted", r.fence)
		}
	}
	slices.SortFunc(list, func(a, b *run) int { return cmp.Compare(a.wrote, b.wrote) })
	for i, r := range list {
		if i > 0 && r.fence <= list[i-1].fence && !c.forgotten(r, list[i-1]) {
			c.fault(r.op, "its write with fence %d was accepted after one with %d", r.fence, list[i-1].fence)
		}
	}
}

// overtaken reports whether a write with a greater fence had been accepted when that of r was refused.
func (c *checker) overtaken(r *run, runs []*run) bool {
	for _, other := range runs {
		if other.fence > r.fence && other.wrote < r.refused {
			return true
		}
	}
	return false
}
