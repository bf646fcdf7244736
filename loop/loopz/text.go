package loopz

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// writeText writes a state, or one loop, for terminals.
func writeText(b *bytes.Buffer, view any) {
	now := time.Now()
	switch v := view.(type) {
	case *state:
		v.text(b, now)
	case *detailView:
		writeLoops(b, []*loopView{v.loopView}, now)
		writeQueues(b, v.loopView, now)
	}
}

// plural is "1 loop" or "2 loops".
func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprint(n, " ", what)
}

func (s *state) text(b *bytes.Buffer, now time.Time) {
	t := &s.Totals
	fmt.Fprintf(b, "%s  %s\n%s, %d running, %d queued, %d waiting for room, %d in Await, %s found, %s\n\n",
		plain(s.Program), s.Time.Format(time.RFC3339), plural(t.Loops, "loop"), t.Running, t.Queued, t.Waiting, t.Awaiting,
		plural(t.Deadlocks, "deadlock"), plural(t.Slow, "slow handler"))
	writeLoops(b, s.Loops, now)
	for _, v := range s.Loops {
		writeQueues(b, v, now)
	}
	if len(s.Waits) > 0 {
		fmt.Fprintf(b, "\nHANDLERS THAT WAIT FOR OTHER LOOPS\n")
	}
	for _, w := range s.Waits {
		b.WriteString("  " + w.text() + "\n")
	}
	for _, d := range s.Deadlocks {
		fmt.Fprintf(b, "\nDEADLOCK, found %s ago\n", since(now, d.Time))
		for _, h := range d.Hops {
			fmt.Fprintf(b, "  %s\n%s", h.text(), indent(h.Stack))
		}
	}
	for _, r := range s.Slow {
		how := "busy"
		switch {
		case !r.Found:
			how = "at work, its goroutine was not found,"
		case r.Blocked:
			how = "blocked"
		}
		fmt.Fprintf(b, "\nSLOW HANDLER, %s ago: %s on %q, %s for %s, %d queued\n%s",
			since(now, r.Time), plain(r.Handler), plain(r.Name), how, short(r.For), r.Queued, indent(r.Stack))
	}
}

func (w *waitView) text() string {
	return plain(fmt.Sprintf("%s on %q waits for %s of %q", w.Handler, w.LoopName, w.For, w.TargetName))
}

func writeLoops(b *bytes.Buffer, loops []*loopView, now time.Time) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tLOOP\tSTATE\tRUNNING\tFOR\tQUEUE\tCALLS\tRAN p50\tp99\tQUEUED p50\tp99")
	for _, v := range loops {
		running, lasts := "-", "-"
		if v.Running != nil {
			running, lasts = plain(v.Running.Handler), v.Running.lasts(now)
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%d/%d\t%d\t%s\t%s\t%s\t%s\n", v.ID, plain(v.Name), v.State, running, lasts,
			v.Queued, v.Capacity, v.Calls.Accepted,
			short(v.RunTime.P50), short(v.RunTime.P99), short(v.QueueTime.P50), short(v.QueueTime.P99))
	}
	_ = t.Flush() // into memory
}

func writeQueues(b *bytes.Buffer, v *loopView, now time.Time) {
	if len(v.Queue)+len(v.Room) == 0 {
		return
	}
	fmt.Fprintf(b, "\nQUEUE OF %d %s\n", v.ID, plain(v.Name))
	writeTasks(b, v.Queue, v.Queued, "queued", now)
	writeTasks(b, v.Room, v.Waiting, "waiting for room", now)
}

func writeTasks(b *bytes.Buffer, tasks []taskView, all int, what string, now time.Time) {
	for i := range tasks {
		t := &tasks[i]
		from := ""
		switch {
		case t.Awaited:
			from = ", comes back from Await"
		case t.Caller != 0:
			from = fmt.Sprintf(", called by loop %d %s", t.Caller, plain(t.CallerName))
		}
		fmt.Fprintf(b, "  %s  %s  %s%s\n", t.lasts(now), plain(t.Handler), t.Mode, from)
	}
	if more := all - len(tasks); more > 0 {
		fmt.Fprintf(b, "  and %d more %s\n", more, what)
	}
}

// lasts returns how long the task has been in its state, "-" if that is not known.
func (t *taskView) lasts(now time.Time) string {
	switch {
	case t.Since == nil:
		return "-"
	case t.AtLeast:
		return ">" + since(now, *t.Since)
	}
	return since(now, *t.Since)
}

func since(now, t time.Time) string { return short(max(now.Sub(t), 0)) }

// short rounds a duration to three digits or so.
func short(d time.Duration) string {
	for unit := 1000 * time.Second; unit > 1; unit /= 10 {
		if d >= 100*unit {
			return d.Round(unit).String()
		}
	}
	return d.String()
}

// plain returns text without anything that could control a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}

func indent(stack string) string {
	var b strings.Builder
	for line := range strings.Lines(stack) {
		b.WriteString("      " + plain(strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    ")) + "\n")
	}
	return b.String()
}
