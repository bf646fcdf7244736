package history_test

import (
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/failure/internal/history"
	"github.com/stretchr/testify/require"
)

// What follows makes histories short enough to be read.

type h = history.Event

func invoke(op, key string, m history.Mode) h {
	return h{Kind: history.Invoke, Op: op, Key: key, Mode: m}
}

func returns(op string, o history.Outcome, value int64) h {
	return h{Kind: history.Return, Op: op, Outcome: o, Value: value, Text: "why"}
}

func begin(op, key, worker string, run int, fence uint64) h {
	return h{Kind: history.Begin, Op: op, Key: key, Worker: worker, Run: run, Fence: fence, ID: "id-" + op, Attempt: 1}
}

func did(k history.Kind, op string, run int) h { return h{Kind: k, Op: op, Run: run} }

func write(op string, run int, value int64) h {
	return h{Kind: history.Write, Op: op, Run: run, Value: value}
}

func suspect(worker string) h { return h{Kind: history.Suspect, Worker: worker} }

func stored(op string) h { return h{Kind: history.Stored, Op: op} }

func attempt(op string, run, attempt int, id string) h {
	return h{Kind: history.Begin, Op: op, Worker: "w", Run: run, ID: id, Attempt: attempt}
}

// again is the second attempt at keyed work.
func again(op, key string, run int, fence uint64) h {
	e := begin(op, key, "w2", run, fence)
	e.Attempt = 2
	return e
}

// done is a call from beginning to end.
func done(op, key string, m history.Mode, run int, fence uint64) []h {
	return []h{
		invoke(op, key, m), begin(op, key, "w", run, fence), write(op, run, int64(run)),
		did(history.End, op, run), returns(op, history.OK, int64(run)),
	}
}

func join(parts ...any) []h {
	var list []h
	for _, p := range parts {
		switch p := p.(type) {
		case h:
			list = append(list, p)
		case []h:
			list = append(list, p...)
		}
	}
	return list
}

const (
	call    = history.Call
	serial  = history.Serial
	durable = history.Durable
	keyed   = history.Keyed
)

// overlap is b starting on a second worker while a runs, and what a does then.
func overlap(before any, fence uint64, after ...any) []h {
	return join(invoke("a", "k", serial), invoke("b", "k", serial), begin("a", "k", "w1", 1, 5), before,
		begin("b", "k", "w2", 2, fence), write("b", 2, 2), did(history.End, "b", 2), returns("b", history.OK, 2), join(after...))
}

func TestRightHistories(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]h{
		"nothing":   nil,
		"a call":    done("a", "", call, 1, 0),
		"two calls": join(done("a", "", call, 1, 0), done("b", "", call, 2, 0)),
		"two keys at the same time": join(invoke("a", "k", serial), invoke("b", "l", serial), begin("a", "k", "w", 1, 1), begin("b", "l", "w", 2, 1),
			did(history.Gone, "a", 1), did(history.Gone, "b", 2), returns("a", history.Unknown, 0), returns("b", history.Unknown, 0)),
		"calls of one key":     join(done("a", "k", serial, 1, 1), done("b", "k", serial, 2, 2)),
		"did not run":          join(invoke("a", "", call), returns("a", history.NotRun, 0)),
		"unknown, did not run": join(invoke("a", "", call), returns("a", history.Unknown, 0)),
		"unknown, ran later":   join(invoke("a", "", call), returns("a", history.Unknown, 0), begin("a", "", "w", 1, 0), did(history.End, "a", 1)),
		"returned an error":    join(invoke("a", "", call), begin("a", "", "w", 1, 0), did(history.Fail, "a", 1), returns("a", history.Ran, 0)),
		"died":                 join(invoke("a", "", call), begin("a", "", "w", 1, 0), did(history.Gone, "a", 1), returns("a", history.Unknown, 0)),
		"durable":              join(invoke("a", "", durable), returns("a", history.OK, 0), attempt("a", 1, 1, "i"), did(history.End, "a", 1)),
		"durable, tried again": join(invoke("a", "", durable), returns("a", history.OK, 0), attempt("a", 1, 1, "i"), did(history.Gone, "a", 1), attempt("a", 2, 2, "i"), did(history.End, "a", 2)),
		"keyed work, tried again": join(invoke("a", "k", keyed), returns("a", history.OK, 0), invoke("b", "k", keyed), returns("b", history.OK, 0),
			begin("a", "k", "w1", 1, 1), did(history.Gone, "a", 1), again("a", "k", 2, 2), did(history.End, "a", 2), begin("b", "k", "w", 3, 3), did(history.End, "b", 3)),
		"durable, given up":         join(invoke("a", "", durable), returns("a", history.OK, 0), attempt("a", 1, 1, "i"), did(history.Fail, "a", 1), h{Kind: history.Dead, Op: "a"}),
		"durable, not stored":       join(invoke("a", "", durable), returns("a", history.NotRun, 0)),
		"durable, perhaps stored":   join(invoke("a", "", durable), returns("a", history.Unknown, 0)),
		"dead owner":                overlap(did(history.Gone, "a", 1), 6, returns("a", history.Unknown, 0)),
		"stopped owner writes late": overlap(suspect("w1"), 6, did(history.Refuse, "a", 1), did(history.Fail, "a", 1), returns("a", history.Unknown, 0)),
		"stopped owner begins late": join(invoke("a", "k", serial), suspect("w1"), returns("a", history.Unknown, 0), done("b", "k", serial, 2, 6),
			begin("a", "k", "w1", 1, 5), did(history.Refuse, "a", 1), did(history.Fail, "a", 1)),
		"in order of storing": join(invoke("b", "k", serial), invoke("a", "k", serial), stored("a"), stored("b"),
			begin("a", "k", "w", 1, 1), did(history.Fail, "a", 1), begin("b", "k", "w", 2, 2), did(history.Fail, "b", 2),
			returns("a", history.Ran, 0), returns("b", history.Ran, 0)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, history.Check(events))
		})
	}
}

func TestWrongHistories(t *testing.T) {
	t.Parallel()
	for want, events := range map[string][]h{
		"never settled":                     {invoke("a", "", call)},
		"settled twice":                     join(invoke("a", "", call), returns("a", history.NotRun, 0), returns("a", history.NotRun, 0)),
		"settled with outcome 0":            join(invoke("a", "", call), returns("a", 0, 0)),
		"invoked twice":                     join(invoke("a", "", call), invoke("a", "", call), returns("a", history.NotRun, 0)),
		"a call that nobody made":           join(begin("x", "", "w", 1, 0)),
		"belongs to no execution":           join(invoke("a", "", call), did(history.End, "a", 7), returns("a", history.Unknown, 0)),
		"after the end of its execution":    join(invoke("a", "", call), begin("a", "", "w", 1, 0), did(history.End, "a", 1), write("a", 1, 1), returns("a", history.Unknown, 0)),
		"was given key":                     join(invoke("a", "k", call), begin("a", "l", "w", 1, 0), did(history.End, "a", 1), returns("a", history.Unknown, 0)),
		"that it did not run":               join(invoke("a", "", call), returns("a", history.NotRun, 0), begin("a", "", "w", 1, 0), did(history.End, "a", 1)),
		"that it ran (why), and it had not": join(invoke("a", "", call), returns("a", history.Ran, 0)),
		"ran 2 times": join(invoke("a", "", call), begin("a", "", "w", 1, 0), did(history.Gone, "a", 1),
			begin("a", "", "w", 2, 0), write("a", 2, 2), did(history.End, "a", 2), returns("a", history.OK, 2)),
		"and no handler ran":           join(invoke("a", "", call), returns("a", history.OK, 1)),
		"handler that had not":         join(invoke("a", "", call), begin("a", "", "w", 1, 0), write("a", 1, 1), returns("a", history.OK, 1), did(history.End, "a", 1)),
		"and nothing was written":      join(invoke("a", "", call), begin("a", "", "w", 1, 0), did(history.End, "a", 1), returns("a", history.OK, 1)),
		"the result 2 of another call": join(invoke("a", "", call), begin("a", "", "w", 1, 0), write("a", 1, 1), did(history.End, "a", 1), returns("a", history.OK, 2)),
		"has vanished: 0":              join(invoke("a", "", durable), returns("a", history.OK, 0)),
		"has vanished: 1":              join(invoke("a", "", durable), returns("a", history.OK, 0), attempt("a", 1, 1, "i"), did(history.Gone, "a", 1)),
		"has the ID \"j\"":             join(invoke("a", "", durable), returns("a", history.OK, 0), attempt("a", 1, 1, "i"), did(history.Gone, "a", 1), attempt("a", 2, 2, "j"), did(history.End, "a", 2)),
		"has the ID \"\"":              join(invoke("a", "", durable), returns("a", history.OK, 0), attempt("a", 1, 1, ""), did(history.End, "a", 1)),
		"attempt 1 came after attempt 1": join(invoke("a", "", durable), returns("a", history.OK, 0), attempt("a", 1, 1, "i"), did(history.Gone, "a", 1),
			attempt("a", 2, 1, "i"), did(history.End, "a", 2)),
		"durable work settled with Ran":   join(invoke("a", "", durable), returns("a", history.Ran, 0)),
		"has no fence":                    done("a", "k", serial, 1, 0),
		"has fence 3 on w after a had 3":  join(done("a", "k", serial, 1, 3), done("b", "k", serial, 2, 3)),
		"while a was running on w1":       overlap(nil, 6, did(history.Refuse, "a", 1), did(history.Fail, "a", 1), returns("a", history.Unknown, 0)),
		"has fence 4 on w2 after a had 5": overlap(suspect("w1"), 4, did(history.Fail, "a", 1), returns("a", history.Unknown, 0)),
		"fence 5 was accepted after one":  overlap(suspect("w1"), 6, write("a", 1, 1), did(history.End, "a", 1), returns("a", history.Unknown, 0)),
		"none with a greater one":         join(invoke("a", "k", serial), begin("a", "k", "w", 1, 1), did(history.Refuse, "a", 1), did(history.Fail, "a", 1), returns("a", history.Ran, 0)),
		"5 on w1 after b had 6": join(invoke("a", "k", serial), returns("a", history.Unknown, 0), done("b", "k", serial, 2, 6),
			begin("a", "k", "w1", 1, 5), did(history.Refuse, "a", 1), did(history.Fail, "a", 1)),
		"started after b, which was made": join(invoke("a", "k", keyed), returns("a", history.OK, 0), invoke("b", "k", keyed), returns("b", history.OK, 0),
			begin("b", "k", "w", 1, 1), did(history.End, "b", 1), begin("a", "k", "w", 2, 2), did(history.End, "a", 2)),
		"started on w2 with fence 2 while a": join(invoke("a", "k", keyed), returns("a", history.OK, 0), begin("a", "k", "w1", 1, 1),
			again("a", "k", 2, 2), did(history.End, "a", 2), did(history.End, "a", 1)),
		"has vanished: 0 attempts":   {invoke("a", "k", keyed), returns("a", history.OK, 0)},
		"when this one had returned": join(invoke("a", "k", serial), returns("a", history.Unknown, 0), done("b", "k", serial, 1, 1), begin("a", "k", "w", 2, 2), did(history.End, "a", 2)),
		"started after b, which was stored": join(invoke("a", "k", serial), invoke("b", "k", serial), stored("a"), stored("b"), begin("b", "k", "w", 1, 1), did(history.Gone, "b", 1),
			begin("a", "k", "w", 2, 2), did(history.Gone, "a", 2), returns("a", history.Unknown, 0), returns("b", history.Unknown, 0)),
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			var said []string
			for _, v := range history.Check(events) {
				said = append(said, v.Error())
			}
			require.NotEmpty(t, said, "the history was accepted")
			require.Contains(t, strings.Join(said, "\n"), want)
		})
	}
}

// TestSuspectLater shows that a worker that is stopped after the overlap does not explain it, and that
// no worker overlaps with itself.
func TestSuspectLater(t *testing.T) {
	t.Parallel()
	late := overlap(nil, 6, suspect("w1"), did(history.Fail, "a", 1), returns("a", history.Unknown, 0))
	require.Len(t, history.Check(late), 1)
	self := join(suspect("w"), invoke("a", "k", serial), begin("a", "k", "w", 1, 1), done("b", "k", serial, 2, 2),
		did(history.Fail, "a", 1), returns("a", history.Ran, 0))
	require.Len(t, history.Check(self), 1)
}

func TestForgetful(t *testing.T) {
	t.Parallel()
	twice := join(invoke("a", "", durable), returns("a", history.OK, 0), attempt("a", 1, 1, "i"), did(history.Gone, "a", 1),
		attempt("a", 2, 1, "i"), did(history.End, "a", 2))
	require.Len(t, history.Check(twice), 1)
	require.Empty(t, history.Check(twice, history.Forgetful))

	same := join(invoke("a", "k", keyed), returns("a", history.OK, 0), begin("a", "k", "w", 1, 3), write("a", 1, 1), did(history.Gone, "a", 1),
		begin("a", "k", "w", 2, 3), write("a", 2, 2), did(history.End, "a", 2))
	require.Len(t, history.Check(same), 3)
	require.Empty(t, history.Check(same, history.Forgetful))

	again := func(first history.Kind) []history.Event {
		return join(invoke("a", "k", keyed), returns("a", history.OK, 0), invoke("b", "k", keyed), returns("b", history.OK, 0),
			begin("a", "k", "w", 1, 1<<16), did(first, "a", 1), begin("b", "k", "w", 2, 2<<16), write("b", 2, 1), did(history.End, "b", 2),
			begin("a", "k", "w", 3, 1<<16|2), did(history.Refuse, "a", 3), did(history.End, "a", 3))
	}
	require.Len(t, history.Check(again(history.End)), 3, "the number of the attempt, too")
	require.Empty(t, history.Check(again(history.End), history.Forgetful))
	require.Len(t, history.Check(again(history.Fail), history.Forgetful), 2, "it was overtaken")
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	events := join(invoke("b", "k", keyed), returns("b", history.OK, 0), invoke("a", "k", keyed), invoke("c", "k", keyed), suspect("w"),
		begin("b", "k", "w", 1, 2<<16), did(history.End, "b", 1), begin("a", "k", "w", 2, 1<<16|3), did(history.Fail, "a", 2),
		invoke("d", "other", keyed), returns("a", history.Unknown, 0))
	require.Equal(t, []string{
		"     2 invoke a", "     4 suspect w", "     5 begin b run 1 on w, fence 2<<16|0, attempt 1", "     6 end b run 1",
		"     7 begin a run 2 on w, fence 1<<16|3, attempt 1", "     8 fail a run 2", "    10 return a Unknown why",
	}, history.Excerpt(events, history.Violation{Op: "a", Key: "k"}))
}

func TestNoGhosts(t *testing.T) {
	t.Parallel()
	ghost := join(invoke("a", "", call), returns("a", history.Unknown, 0), begin("a", "", "w", 1, 0), did(history.End, "a", 1))
	require.Empty(t, history.Check(ghost))
	require.Len(t, history.Check(ghost, history.NoGhosts), 1)
	began := join(invoke("a", "", call), begin("a", "", "w", 1, 0), returns("a", history.Unknown, 0), did(history.End, "a", 1))
	require.Empty(t, history.Check(began, history.NoGhosts))
}
