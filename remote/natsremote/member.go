package natsremote

import (
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go"
)

// An announcement is what workers tell one another. People read it too.
type announcement struct {
	ID         string `json:"id"`
	Worker     string `json:"worker"`
	Partitions int    `json:"partitions"`
	Leaving    bool   `json:"leaving,omitempty"`
}

// maxMembers limits what strange announcements can cost.
const maxMembers = 4096

// A member is another worker.
type member struct {
	heard      time.Time // when last
	partitions int
}

// announce tells the others. Who does not hear it hears the next one.
func (c *crew) announce(leaving bool) {
	owned := c.owned()
	c.mu.Lock()
	c.told = owned
	c.mu.Unlock()
	body, err := json.Marshal(announcement{c.id, c.t.s.d.Name(), owned, leaving})
	if err == nil {
		_ = c.t.nc.Publish(c.t.s.e.names.Announce(c.service), body)
	}
}

// owned returns how many partitions the worker has.
func (c *crew) owned() (n int) {
	for _, p := range c.partitions {
		if p.puller.pinned() {
			n++
		}
	}
	return n
}

// heard handles an announcement.
func (c *crew) heard(m *nats.Msg) {
	var a announcement
	if len(m.Data) > maxPresence || json.Unmarshal(m.Data, &a) != nil || a.ID == "" {
		c.t.s.e.count.malformed.Add(1)
		return
	}
	if a.ID == c.id {
		return
	}
	c.mu.Lock()
	_, known := c.members[a.ID]
	switch {
	case a.Leaving:
		delete(c.members, a.ID)
	case known || len(c.members) < maxMembers:
		c.members[a.ID] = member{time.Now(), a.Partitions}
	}
	left := c.left
	c.mu.Unlock()
	if known == a.Leaving {
		c.changed()
	}
	if !known && !a.Leaving && !left {
		c.announce(false) // who has just come wants to know
	}
}

// share returns how many partitions the worker should have: if they cannot all have the same, one more than others,
// but only if nobody has less than all should have.
func (c *crew) share() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := time.Now().Add(-3 * c.interval())
	least := len(c.partitions)
	for id, m := range c.members {
		if m.heard.Before(old) {
			delete(c.members, id)
		} else {
			least = min(least, m.partitions)
		}
	}
	n := 1 + len(c.members)
	share := len(c.partitions) / n
	if least >= share && len(c.partitions)%n > 0 {
		share++
	}
	return share
}
