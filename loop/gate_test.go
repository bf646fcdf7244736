package loop

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// pass waits for g as its users do.
func pass(g *gate, done <-chan struct{}) bool {
	if g.soon(0) {
		return true
	}
	for !g.isOpen() {
		if !g.wait(done) {
			return false
		}
	}
	return true
}

func TestGateOpenedBeforeAndAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		for range 100 {
			g.open()
			g.open() // once more does nothing
			require.True(t, pass(&g, nil))
			g.reset()

			passed := make(chan bool, 1)
			go func() { passed <- pass(&g, nil) }()
			synctest.Wait()
			require.Empty(t, passed)
			g.nudge()
			synctest.Wait()
			require.Empty(t, passed, "a nudge is not the event")
			g.open()
			require.True(t, <-passed)
			g.reset()
		}
	})
}

func TestGateWaitEndsWithDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, done := newGate(), make(chan struct{})
		passed := make(chan bool, 1)
		go func() { passed <- pass(&g, done) }()
		synctest.Wait()
		close(done)
		require.False(t, <-passed)
		require.False(t, g.isOpen())
		g.open() // the event may come later still
		require.True(t, g.isOpen())
	})
}

// Opening races with going to sleep: the waiter must never sleep through it, and
// sees what was written before.
func TestGateRace(t *testing.T) {
	t.Parallel()
	g := newGate()
	back := make(chan struct{})
	for i := range 20000 {
		written := 0
		go func() {
			written = i
			g.open()
			back <- struct{}{}
		}()
		require.True(t, pass(&g, nil))
		require.Equal(t, i, written)
		<-back
		g.reset()
	}
}
