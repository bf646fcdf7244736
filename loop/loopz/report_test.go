package loopz_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopz"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	h := loopz.HandlerOf(&world{})
	const html, json, text = "text/html; charset=utf-8", "application/json", "text/plain; charset=utf-8"
	for _, c := range []struct{ target, accept, want string }{
		{"/", "text/html,application/xhtml+xml,*/*;q=0.8", html},
		{"/", "*/*", text}, // curl
		{"/", "", text},
		{"/", "application/json", json},
		{"/?format=json", "text/html", json},
		{"/?format=text", "text/html", text},
		{"/?format=html", "", html},
	} {
		w := serve(h, request(t, c.target, "Accept", c.accept))
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, c.want, w.Header().Get("Content-Type"), c)
		requireProtected(t, w)
	}
	for target, want := range map[string]int{
		"/?format=xml": 400, "/?asset=page.html": 404, "/?asset=../handler.go": 404, "/?asset=": 404,
		"/?format=json&loop=7": 404, "/?format=json&loop=x": 400, "/?loop=-1": 400,
	} {
		require.Equal(t, want, serve(h, request(t, target)).Code, target)
	}
}

// All that the page refers to is under its own path, wherever that is.
func TestMounts(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/debug/loops", loopz.HandlerOf(&world{}))
	mux.Handle("/a/b/c/", loopz.HandlerOf(&world{}))
	mux.Handle("/stripped/", http.StripPrefix("/stripped", loopz.HandlerOf(&world{})))
	for _, path := range []string{"/debug/loops", "/a/b/c/", "/stripped/"} {
		w := serve(mux, request(t, path, "Accept", "text/html"))
		require.Equal(t, http.StatusOK, w.Code)
		page := w.Body.String()
		links := 0
		for _, attribute := range []string{`src="`, `href="`} {
			for _, rest := range strings.Split(page, attribute)[1:] {
				link, _, _ := strings.Cut(rest, `"`)
				require.True(t, strings.HasPrefix(link, "?") || strings.HasPrefix(link, "#"), link)
				if strings.HasPrefix(link, "?") {
					links++
					require.Equal(t, http.StatusOK, serve(mux, request(t, path+link)).Code, link)
				}
			}
		}
		require.Greater(t, links, 6)
		require.NotContains(t, page, "<style")
		require.NotContains(t, page, "style=")
		require.NotContains(t, page, "onclick")
		require.NotRegexp(t, `<script(>| [^>]*defer>[^<])`, page, "a script in the page itself")
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	l := held(t, "ledger", "bank.Transfer", "bank.Deposit", 9, loop.WithQueueSize(5))
	h := loopz.HandlerOf(&world{loops: []*loop.Loop{l, loop.New(loop.WithName("other"))}})
	s := ask[status](t, h, "/")
	require.Equal(t, 2, s.Totals.Loops)
	require.Equal(t, 1, s.Totals.Running)
	require.Equal(t, 5, s.Totals.Queued)
	require.Equal(t, 4, s.Totals.Waiting)
	v := s.Loops[0]
	require.Equal(t, "ledger", v.Name)
	require.Equal(t, "running", v.State)
	require.Equal(t, "bank.Transfer", v.Running.Handler)
	require.WithinDuration(t, time.Now(), *v.Running.Since, time.Minute)
	require.Len(t, v.Queue, 3, "the list shows the first few")
	require.Equal(t, taskStatus{Handler: "bank.Deposit", Mode: "async", Since: v.Queue[0].Since}, v.Queue[0])
	require.Equal(t, "idle", s.Loops[1].State)

	one := ask[loopStatus](t, h, "/?loop="+number(v.ID))
	require.Len(t, one.Queue, 5, "one loop shows more")

	text := serve(h, request(t, "/")).Body.String()
	require.Contains(t, text, "2 loops, 1 running, 5 queued, 4 waiting for room")
	require.Regexp(t, `ledger +running +bank\.Transfer +[0-9.]+[µm]?s +5/5`, text)
	require.Contains(t, text, "and 2 more queued")
	require.Contains(t, serve(h, request(t, "/?loop="+number(v.ID))).Body.String(), "bank.Deposit  async")
}

func number(id any) string { return fmt.Sprintf("%.0f", id) }

func TestTrouble(t *testing.T) {
	t.Parallel()
	l := held(t, "vm", "x.Hold", "", 0)
	id := l.ID()
	h := loopz.HandlerOf(&world{
		loops: []*loop.Loop{l},
		waits: []loop.Wait{{LoopID: id, Loop: "vm", Handler: "x.Hold", Kind: loop.WaitRoom, TargetID: 99, Target: "db", Stack: "x.go:1"}},
		deadlocks: []loop.Deadlock{{Time: time.Now(), Err: &loop.DeadlockError{Hops: []loop.Wait{
			{Loop: "a", Handler: "a.A", Kind: loop.WaitResult, Target: "b", Stack: "a.go:1\n"},
			{Loop: "b", Handler: "b.B", Kind: loop.WaitDrain, Target: "a", Stack: "b.go:1\n"},
		}}}},
		slow: []loop.SlowReport{{
			Time: time.Now(), LoopID: id, Loop: "vm", Handler: "x.Hold", For: 150 * time.Millisecond, Found: true, Blocked: true, Stack: "slow.go:1\n",
			Waiting: []loop.TaskSnapshot{{Handler: "x.Next", Mode: loop.ModeCall, CallerLoopID: id}}, Queued: 7,
		}},
	})
	s := ask[status](t, h, "/")
	require.Equal(t, 1, s.Totals.Deadlocks)
	require.Equal(t, "room in the queue", s.Waits[0].For)
	require.Equal(t, "b.B", s.Deadlocks[0].Hops[1].Handler)
	require.True(t, s.Slow[0].Blocked)
	require.Equal(t, "vm", s.Slow[0].Waiting[0].CallerName)
	text := serve(h, request(t, "/")).Body.String()
	for _, want := range []string{
		`x.Hold on "vm" waits for room in the queue of "db"`, "DEADLOCK, found", `b.B on "b" waits for the drain of "a"`, "      b.go:1",
		`x.Hold on "vm", blocked for 150ms, 7 queued`, "      slow.go:1",
	} {
		require.Contains(t, text, want)
	}
}

// Names are the program's, and may have come from anywhere.
func TestEscapes(t *testing.T) {
	t.Parallel()
	const evil = "<script>alert(1)</script>\x1b[31m\n\u202e\"&"
	l := held(t, evil, evil, evil, 2)
	h := loopz.HandlerOf(&world{loops: []*loop.Loop{l}})
	require.NotContains(t, serve(h, request(t, "/", "Accept", "text/html")).Body.String(), "alert(1)")
	require.Equal(t, evil, ask[status](t, h, "/").Loops[0].Running.Handler)
	for _, target := range []string{"/?format=json", "/?events"} {
		body := firstBytes(t, h, target)
		require.Contains(t, body, "alert(1)")
		require.NotContains(t, body, "<script>")
		require.NotContains(t, body, "\x1b")
	}
	text := serve(h, request(t, "/")).Body.String()
	require.Contains(t, text, "<script>", "it is plain text")
	require.NotContains(t, text, "\x1b")
	require.NotContains(t, text, "\u202e")
}
