package natsremote

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/engine"
)

// A crew is what a worker knows of all workers of a service with serial calls, and its part in them. Which worker has a
// partition is up to the server, which chooses one of those that ask. Workers announce themselves, so that
// one that has more than its share lets some go, and does not ask for others.
type crew struct {
	t          *taker
	service    string
	routes     []engine.Route
	id         string // tells workers with the same name apart
	partitions []*partition
	wake       chan struct{} // has room for one: something has changed
	ended      chan struct{} // closed when run has ended

	mu      sync.Mutex
	members map[string]member // other workers, by ID
	left    bool
	told    int // how many partitions the others believe that we have
}

func newCrew(t *taker, service string, routes []engine.Route) *crew {
	c := &crew{
		t: t, service: service, routes: routes, id: rand.Text(),
		wake: make(chan struct{}, 1), ended: make(chan struct{}), members: make(map[string]member),
	}
	for i := range t.s.e.config.stored.partitions {
		c.partitions = append(c.partitions, newPartition(c, i))
	}
	return c
}

// start asks for all partitions.
func (c *crew) start() error {
	for _, p := range c.partitions {
		if err := p.puller.start(); err != nil {
			return err
		}
		go p.run()
	}
	c.announce(false)
	go c.run()
	return nil
}

// interval is how often a worker announces itself. After three that are missing it is gone, which is found out
// before its partitions are free.
func (c *crew) interval() time.Duration { return c.t.s.e.config.stored.takeover / 5 }

func (c *crew) run() {
	defer close(c.ended)
	tick := time.NewTicker(c.interval())
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.announce(false)
		case <-c.wake:
		case <-c.t.stopped.Done():
			return
		}
		if !c.balance() {
			return
		}
	}
}

// changed has run look at things again.
func (c *crew) changed() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// balance lets partitions go of which there are too many, and asks for others if there are
// too few. It reports whether the crew is still at work.
func (c *crew) balance() bool {
	c.mu.Lock()
	left := c.left
	c.mu.Unlock()
	if left {
		return false
	}
	share := c.share()
	var mine, others []*partition
	for _, p := range c.partitions {
		if p.puller.pinned() {
			mine = append(mine, p)
		} else {
			others = append(others, p)
		}
	}
	slices.SortStableFunc(mine, func(a, b *partition) int { return cmp.Compare(b.busy.Load(), a.busy.Load()) })
	for _, p := range mine[min(share, len(mine)):] {
		p.leave(c.t.stopped)
		others = append(others, p)
	}
	for _, p := range others {
		switch want := len(mine) < share; {
		case want && !p.puller.pulls():
			_ = p.puller.start() // without a connection there will be another time
		case !want && p.puller.pulls() && !p.puller.pinned():
			p.leave(c.t.stopped)
		}
	}
	c.mu.Lock()
	told := c.told
	c.mu.Unlock()
	if told != c.owned() {
		c.announce(false)
	}
	return true
}

// leave lets all partitions go.
func (c *crew) leave(ctx context.Context) {
	c.mu.Lock()
	c.left = true
	c.mu.Unlock()
	c.announce(true)
	c.changed()
	select {
	case <-c.ended:
	case <-ctx.Done():
		return
	}
	var all sync.WaitGroup
	for _, p := range c.partitions {
		all.Go(func() { p.leave(ctx) })
	}
	all.Wait()
	c.stop()
}

// stop ends the goroutines of partitions when they have handled what they have.
func (c *crew) stop() {
	for _, p := range c.partitions {
		p.close()
	}
}

// abandon lets go of what the worker has without waiting for anything.
func (c *crew) abandon() {
	for _, p := range c.partitions {
		if p.puller.close() {
			_ = c.t.nc.Publish(unpinSubject(c.t.s.e.names.SerialStream(c.service), p.number), unpinGroup) // as in unpin
		}
	}
	c.stop()
}

// knows reports whether the worker has a version of a method.
func (c *crew) knows(method, schema string) (engine.Route, bool) {
	i := slices.IndexFunc(c.routes, func(r engine.Route) bool { return r.Method == method && r.Schema == schema })
	if i < 0 {
		return engine.Route{Address: engine.Address{Service: c.service, Method: method, Schema: schema}, Serial: true}, false
	}
	return c.routes[i], true
}

// unpin lets another worker have a partition.
func (c *crew) unpin(ctx context.Context, partition int) {
	ctx, cancel := context.WithTimeout(ctx, c.t.s.e.config.stored.ackTimeout)
	defer cancel()
	// If that fails, the server finds out that nobody asks for more.
	_, _ = c.t.nc.RequestWithContext(ctx, unpinSubject(c.t.s.e.names.SerialStream(c.service), partition), unpinGroup)
}

var unpinGroup = []byte(`{"group":"` + subject.Group + `"}`)

func unpinSubject(stream string, partition int) string {
	return "$JS.API.CONSUMER.UNPIN." + stream + "." + subject.SerialConsumer(partition)
}
