package loopz

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
)

// coded is a state as it is sent, which is done once for all clients.
type coded struct {
	once      sync.Once
	rows      map[uint64][]byte
	parts     [4][]byte // as partNames
	wholeOnce sync.Once
	whole     []byte
	newsOnce  sync.Once
	changes   []byte
}

// partNames are the parts of a state in addition to the loops.
var partNames = [...]string{"totals", "waits", "deadlocks", "slow"}

func (s *state) encode() *coded {
	c := &s.coded
	c.once.Do(func() {
		c.rows = make(map[uint64][]byte, len(s.Loops))
		for _, v := range s.Loops {
			c.rows[v.ID] = code(v)
		}
		c.parts = [...][]byte{code(s.Totals), code(s.Waits), code(s.Deadlocks), code(s.Slow)}
	})
	return c
}

// code returns v as JSON. The types are this package's, none of which can fail.
func code(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("loopz: %T: %v", v, err))
	}
	return b
}

// news returns the update for a client that was sent the state seen before: the changes if it
// was the last one, everything if not.
func (s *state) news(seen *state) []byte {
	c := s.encode()
	if seen != nil && seen.seq == s.seq-1 {
		c.newsOnce.Do(func() { c.changes = s.compare(seen) })
		return c.changes
	}
	c.wholeOnce.Do(func() { c.whole = s.compare(nil) })
	return c.whole
}

// compare returns an event "state", or "change" if there is a state before, with the
// loops and the parts that are different now. It returns nothing if none are.
func (s *state) compare(before *state) []byte {
	name, old, same := "change", &coded{}, true
	if before == nil {
		name = "state"
	} else {
		old = before.encode()
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"time":%s,"loops":[`, code(s.Time))
	sep := ""
	for _, v := range s.Loops {
		if row := s.coded.rows[v.ID]; !bytes.Equal(row, old.rows[v.ID]) {
			b.WriteString(sep)
			b.Write(row)
			sep, same = ",", false
		}
	}
	b.WriteString(`],"gone":[`)
	sep = ""
	for id := range goneFrom(before, s) {
		fmt.Fprintf(&b, "%s%d", sep, id)
		sep, same = ",", false
	}
	b.WriteString("]")
	for i, part := range s.coded.parts {
		if !bytes.Equal(part, old.parts[i]) {
			fmt.Fprintf(&b, `,"%s":%s`, partNames[i], part)
			same = false
		}
	}
	if same && before != nil {
		return nil
	}
	b.WriteString("}")
	var e bytes.Buffer
	event(&e, name, b.Bytes())
	return e.Bytes()
}

// goneFrom yields the loops that are no more, in order.
func goneFrom(before, s *state) func(func(uint64) bool) {
	return func(yield func(uint64) bool) {
		if before == nil {
			return
		}
		for _, v := range before.Loops {
			if s.byID[v.ID] == nil && !yield(v.ID) {
				return
			}
		}
	}
}

// codeDetail returns the loop as JSON, null if there is none.
func (s *state) codeDetail(id uint64) []byte {
	d := s.detail(id)
	if d == nil {
		return []byte("null")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.code == nil {
		d.code = code(d)
	}
	return d.code
}
