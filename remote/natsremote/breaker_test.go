package natsremote_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/stretchr/testify/require"
)

// TestBreakerCountsAnOutageOnce shows that what was under way together, and fails one after the other, makes
// the pause no longer than one failure does.
func TestBreakerCountsAnOutageOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b natsremote.Breaker
		sent := time.Now()
		time.Sleep(time.Second)
		for range 100 {
			b.Failed(sent)
			time.Sleep(time.Millisecond)
			require.False(t, b.Allow())
		}
		time.Sleep(200 * time.Millisecond)
		require.True(t, b.Allow())
		require.False(t, b.Allow(), "one at a time")
		b.Confirmed()
		require.True(t, b.Allow())
		require.True(t, b.Allow())
	})
}
