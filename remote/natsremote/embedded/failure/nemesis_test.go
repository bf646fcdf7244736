//go:build unix

package failure_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/stretchr/testify/require"
)

// A nemesis has things fail in an order that its seed decides.
type nemesis struct {
	t       *testing.T
	random  *rand.Rand
	scene   *scene
	node    *node
	callers *natstest.Proxy // between callers and the server
	workers []*victim
	named   int
}

// A victim is a worker with a network of its own.
type victim struct {
	name    string
	process *process
	link    *natstest.Proxy
}

// TestNemesis lets a random schedule of failures loose on all kinds of calls. REMOTE_SEED repeats one, as far as
// schedules of processes can be repeated.
func TestNemesis(t *testing.T) {
	t.Parallel()
	if !slow() {
		t.Skip("a schedule takes a minute; REMOTE_SLOW=1 has the time")
	}
	const callers = 4
	n := newNemesis(t, seed(t))
	const timeout = 20 * time.Second
	end := n.scene.underLoad(callers,
		callerConfig{Name: "call", Mode: history.Call, Timeout: timeout},
		callerConfig{Name: "serial", Mode: history.Serial, Keys: 8, Timeout: timeout},
		callerConfig{Name: "mail", Mode: history.Durable, Timeout: timeout},
		callerConfig{Name: "book", Mode: history.Keyed, Keys: 8, Timeout: timeout},
	)
	for until := time.Now().Add(time.Minute); time.Now().Before(until); {
		n.strike()
		pause(n.between(100*time.Millisecond, 1500*time.Millisecond))
	}
	n.scene.progress(200, history.OK)
	end()
	n.scene.check(history.Forgetful)
}

// seed is one that was asked for, or a new one.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := rand.Uint64()
	if text := os.Getenv("REMOTE_SEED"); text != "" {
		var err error
		s, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("REMOTE_SEED=%d", s)
	return s
}

func newNemesis(t *testing.T, seed uint64) *nemesis {
	t.Helper()
	n := &nemesis{t: t, random: rand.New(rand.NewPCG(seed, 0)), node: startNode(t, false)}
	n.callers = natstest.NewProxy(t, n.node.addr())
	n.scene = newScene(t, n.callers.URL())
	for range 3 {
		n.workers = append(n.workers, n.recruit())
	}
	return n
}

// recruit starts another worker.
func (n *nemesis) recruit() *victim {
	n.t.Helper()
	v := &victim{name: fmt.Sprintf("w%d", n.named), link: natstest.NewProxy(n.t, n.node.addr())}
	n.named++
	c := n.scene.config(v.name, "Touch", "Deposit", "Mail", "Book")
	c.URL = v.link.URL()
	v.process = n.scene.configured(c)
	return v
}

func (n *nemesis) between(least, most time.Duration) time.Duration {
	return least + time.Duration(n.random.Int64N(int64(most-least)))
}

// suspect says that a worker may overlap with a successor from now on.
func (n *nemesis) suspect(victims ...*victim) {
	for _, v := range victims {
		n.scene.book.Record(history.Event{Kind: history.Suspect, Worker: v.name})
	}
}

// strike has something fail, and waits until that is over.
func (n *nemesis) strike() {
	n.t.Helper()
	i := n.random.IntN(len(n.workers))
	v, d := n.workers[i], n.between(100*time.Millisecond, 2*takeover)
	switch what := n.random.IntN(8); what {
	case 0, 1:
		n.t.Logf("%s is killed", v.name)
		v.process.kill()
		n.workers[i] = n.recruit()
	case 2:
		n.t.Logf("%s is replaced", v.name)
		next := n.recruit()
		v.process.stop()
		n.workers[i] = next
	case 3:
		n.t.Logf("%s is stopped for %v", v.name, d)
		n.suspect(v)
		freeze(v.process)
		pause(d)
		thaw(v.process)
	case 4:
		n.t.Logf("the server is killed for %v", d/4)
		n.suspect(n.workers...)
		n.node.outage(func() { pause(d / 4) })
	case 5:
		n.t.Logf("callers are cut off for %v", d)
		n.disturb(n.callers, d)
	default:
		n.t.Logf("%s is cut off for %v", v.name, d)
		n.suspect(v)
		n.disturb(v.link, d)
	}
}

// disturb cuts a link, or makes a hole of it.
func (n *nemesis) disturb(link *natstest.Proxy, d time.Duration) {
	if n.random.IntN(2) == 0 {
		link.Cut()
	} else {
		link.Hole()
	}
	pause(d)
	link.Heal()
}
