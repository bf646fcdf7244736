package looptest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/loop"
)

// dumpTasks is how many tasks of each queue a dump shows.
const dumpTasks = 10

// Dump logs the state of all loops of the program when the test ends, if it has failed: which
// handler each is running, which calls are queued, and which handlers wait for other loops.
// Call it after the loops have been made: the last cleanup runs first, and the loops are to be
// seen as the test has left them.
//
// Loops of other tests that run at the same time are shown too, those in another bubble
// of [testing/synctest] included.
func Dump(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		t.Helper()
		if t.Failed() {
			t.Log("the loops of the program:\n" + dump(slices.Collect(loop.Loops())...))
		}
	})
}

// dump describes loops, and the handlers among theirs that wait for other loops.
func dump(loops ...*loop.Loop) string {
	var b strings.Builder
	shown := map[uint64]bool{}
	for _, l := range loops {
		s := l.Snapshot(dumpTasks)
		shown[s.LoopID] = true
		dumpLoop(&b, &s)
	}
	for _, w := range loop.Waits() {
		if !shown[w.LoopID] {
			continue
		}
		fmt.Fprintf(&b, "%s on %q waits for %s of %q at\n%s", w.Handler, w.Loop, w.Kind, w.Target, indented(w.Stack))
	}
	return b.String()
}

func dumpLoop(b *strings.Builder, s *loop.Snapshot) {
	state := "idle"
	switch {
	case s.Running != nil:
		state = "running " + dumpTask(s.Running)
	case s.Done:
		state = "stopped"
	}
	if s.Closing && !s.Done {
		state += ", closing"
	}
	fmt.Fprintf(b, "%q (%d): %s; %d queued, %d waiting for room, %d in Await\n",
		s.Loop, s.LoopID, state, s.Stats.Queued, s.Stats.Waiting, s.Stats.Awaiting)
	dumpQueue(b, "queued", s.Queue, s.Stats.Queued)
	dumpQueue(b, "waiting for room", s.Waiting, s.Stats.Waiting)
}

func dumpQueue(b *strings.Builder, what string, tasks []loop.TaskSnapshot, all int) {
	for i := range tasks {
		fmt.Fprintf(b, "    %s: %s\n", what, dumpTask(&tasks[i]))
	}
	if more := all - len(tasks); more > 0 {
		fmt.Fprintf(b, "    and %d more %s\n", more, what)
	}
}

func dumpTask(t *loop.TaskSnapshot) string {
	text := fmt.Sprintf("%s (%s)", t.Handler, t.Mode)
	if t.Awaited {
		text += ", back from Await"
	}
	if t.For > 0 {
		text += fmt.Sprintf(" for %v", t.For)
	}
	if t.CallerLoopID != 0 {
		text += fmt.Sprintf(", called by loop %d", t.CallerLoopID)
	}
	return text
}

func indented(stack string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(stack, "\n"), "\n", "\n    ") + "\n"
}
