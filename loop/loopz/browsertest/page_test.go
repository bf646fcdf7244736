package browsertest_test

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
)

// demo is what the picture in the README shows.
func demo(s *stage) (ledger *loop.Loop) {
	greeter := s.loop("greeter", loop.WithInline())
	ledger = s.loop("ledger", loop.WithQueueSize(32), loop.WithSlowHandler(0, nil))
	audit, reports := s.loop("audit"), s.loop("reports")
	orders, stock := s.loop("orders"), s.loop("stock")
	script := s.loop("script engine", loop.WithThread())
	s.loop("mail")
	s.traffic(greeter, "web.Greeter.Greet", 300, 20*time.Microsecond)
	s.traffic(ledger, "bank.Account.Deposit", 200, 60*time.Microsecond)
	s.traffic(script, "engine.VM.Eval", 100, 300*time.Microsecond)
	s.deadlock(orders, stock)
	s.hold(ledger, "bank.Account.Transfer")
	s.through(audit, "audit.Log.Append", ledger, "bank.Account.Balance")
	s.through(reports, "reports.Monthly.Build", audit, "audit.Log.Read")
	s.fill(ledger, 14, "bank.Account.Deposit", "bank.Account.Withdraw")
	s.hold(script, "engine.VM.Run")
	return ledger
}

const evil = `<script>alert(1)</script><img src=x onerror=alert(2)>`

// What people come for is on the page, and keeps itself up to date. These tests are
// not parallel: the page shows all loops of the process.
func TestPage(t *testing.T) {
	s := newStage(t)
	ledger := demo(s)
	s.hold(s.loop(evil), "x."+evil)
	b := open(t, 1200, 900)

	// A handler that runs, and for how long.
	row := `#loops tr[data-id="` + id(ledger) + `"]`
	require.Contains(t, b.text(row), "bank.Account.Transfer")
	before := b.text(row + " .lasts")
	b.until("document.querySelector(`" + row + " .lasts`).textContent !== " + quote(before))

	// A queue that grows, and who is in it.
	require.Contains(t, b.text(row), "15 of 32")
	require.Contains(t, b.text(row), "from audit")
	s.fill(ledger, 25, "bank.Account.Deposit")
	b.until("document.querySelector(`" + row + "`).textContent.includes('32 of 32')")
	b.until("document.querySelector(`" + row + "`).textContent.includes('+8 wait')")

	// A deadlock, in red and in words.
	require.Equal(t, "deadlock 1", b.text("#totals .alarm:last-child"))
	red := eval[string](b, `getComputedStyle(document.querySelector(".graph.deadlock .way")).stroke`)
	require.Equal(t, "rgb(179, 38, 30)", red)
	require.Equal(t, 2, eval[int](b, `document.querySelectorAll(".graph.deadlock .node").length`))
	require.Contains(t, b.text("#deadlocks"), "shop.Orders.Cancel on orders waits for the result of stock")

	// Who waits for whom, slow handlers with their stacks, and pictures of times.
	b.until(`document.querySelectorAll("#graph .node").length === 3`)
	require.Equal(t, 3, eval[int](b, `document.querySelectorAll("#graph .node").length`))
	require.Equal(t, 2, eval[int](b, `document.querySelectorAll("#graph .way").length`))
	b.until(`!document.querySelector("#slow").hidden`)
	require.Contains(t, b.text("#slow"), "bank.Account.Transfer held ledger for more than")
	require.Contains(t, b.text("#slow"), "15 queued behind it: bank.Account.Balance from audit, bank.Account.Deposit")
	require.NotContains(t, b.text("body"), "[object")
	require.Contains(t, eval[string](b, `document.querySelector("#slow pre").textContent`), "stage).wait")
	require.Greater(t, eval[int](b, `document.querySelectorAll("#times .bar").length`), 10)

	// Markup in a name is a name.
	require.Contains(t, b.text("#loops"), evil)
	require.Zero(t, eval[int](b, `document.querySelectorAll("main script, main img").length`))
	b.shoot("overview", true)

	// One loop by itself.
	b.do(chromedp.Evaluate(`location.hash = "#loop=`+id(ledger)+`"`, nil), chromedp.WaitVisible("#detail .queue"))
	require.Equal(t, 40, eval[int](b, `document.querySelectorAll("#detail .queue tbody tr").length`))
	b.shoot("loop", true)
}

// The dark page is dark, and what is red is a red that can be seen.
func TestDark(t *testing.T) {
	demo(newStage(t))
	b := open(t, 1200, 900, &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"},
		&emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
	require.Equal(t, "rgb(22, 22, 20)", eval[string](b, `getComputedStyle(document.body).backgroundColor`))
	require.Equal(t, "rgb(255, 139, 128)", eval[string](b, `getComputedStyle(document.querySelector(".graph.deadlock .way")).stroke`))
	require.Equal(t, "none", eval[string](b, `getComputedStyle(document.querySelector("#link"), "::before").animationName`))
	b.shoot("dark", true)
}

// On a phone nothing sticks out, in neither view.
func TestPhone(t *testing.T) {
	s := newStage(t)
	ledger := demo(s)
	s.loop("a loop with a name that is much longer than what fits into the width of a telephone, and_a_word_that_is_long_as_well")
	b := open(t, 360, 740)
	const sticks = `document.documentElement.scrollWidth - innerWidth`
	require.LessOrEqual(t, eval[int](b, sticks), 0)
	b.shoot("phone", true)
	b.do(chromedp.Evaluate(`location.hash = "#loop=`+id(ledger)+`"`, nil), chromedp.WaitVisible("#detail .queue"))
	require.LessOrEqual(t, eval[int](b, sticks), 0)
	b.shoot("phone-loop", true)
}

// All of it can be done with keys, and shows where one is.
func TestKeyboard(t *testing.T) {
	demo(newStage(t))
	b := open(t, 1200, 900)
	b.do(input.DispatchKeyEvent(input.KeyRawDown).WithKey("/")) // without the character, which the page keeps off
	require.Equal(t, "filter", eval[string](b, `document.activeElement.id`))
	b.do(chromedp.KeyEvent("ledger"))
	b.until(`document.querySelectorAll("#loops tbody tr").length === 1`)
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	require.Equal(t, "ledger", eval[string](b, `document.activeElement.textContent`))
	require.Equal(t, "solid", eval[string](b, `getComputedStyle(document.activeElement).outlineStyle`))
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#detail .queue"), chromedp.KeyEvent(kb.Escape), chromedp.WaitVisible("#loops"))
	require.Equal(t, "ledger", eval[string](b, `document.activeElement.textContent`), "the focus is where it was")

	// Without the filter, tab stops are the rows' names, and arrows go from row to row.
	b.do(chromedp.Evaluate(`{ const f = document.getElementById("filter"); f.value = ""; f.dispatchEvent(new Event("input")); }`, nil))
	b.do(chromedp.Focus(`#loops tbody tr:first-child a`), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	require.True(t, eval[bool](b, `document.activeElement.closest("tr") === document.querySelectorAll("#loops tbody tr")[2]`))

	// Columns sort by key, and say so.
	b.do(chromedp.Focus(`th[data-sort="queue"] button`), chromedp.KeyEvent(kb.Enter))
	require.Equal(t, "descending", eval[string](b, `document.querySelector('th[data-sort="queue"]').ariaSort`))
	b.until(`document.querySelector("#loops tbody th").innerText.includes("ledger")`)
}

// A thousand loops stay a table that one can use: few rows, and only those are touched
// that change.
func TestManyLoops(t *testing.T) {
	s := newStage(t)
	for i := range 1000 {
		s.loop(fmt.Sprintf("room %d", i))
	}
	busy := s.loop("busy")
	b := open(t, 1200, 900)
	require.Equal(t, 50, eval[int](b, `document.querySelectorAll("#loops tbody tr").length`))
	require.Contains(t, b.text(".more"), "50 shown, 951 more")
	b.do(chromedp.Click("#more"))
	require.Equal(t, 250, eval[int](b, `document.querySelectorAll("#loops tbody tr").length`))
	b.do(chromedp.Evaluate(`{
		const f = document.getElementById("filter"); f.value = "room 99"; f.dispatchEvent(new Event("input")); }`, nil))
	require.Equal(t, 11, eval[int](b, `document.querySelectorAll("#loops tbody tr").length`))

	b.do(chromedp.Evaluate(`{
		const f = document.getElementById("filter"); f.value = ""; f.dispatchEvent(new Event("input"));
		document.querySelector('th[data-sort="queue"] button').click();
		window.touched = new Set();
		new MutationObserver((all) => all.forEach((m) => {
			for (const tr of m.target.localName === "tbody" ? m.addedNodes : []) touched.add(tr.dataset.id);
			const tr = (m.target.closest ? m.target : m.target.parentElement)?.closest("tr");
			if (tr) touched.add(tr.dataset.id);
		})).observe(document.querySelector("#loops tbody"), { childList: true, subtree: true, characterData: true }); }`, nil))
	// The second state has rates, which are zero and stay so. It may come late on a busy machine.
	b.until(`[...document.querySelectorAll("#loops tbody tr")].every((tr) => tr.cells[4].innerText === "0")`)
	require.Eventually(t, func() bool {
		b.do(chromedp.Evaluate(`touched.clear()`, nil))
		time.Sleep(1100 * time.Millisecond)
		return eval[int](b, `touched.size`) == 0
	}, time.Minute, time.Millisecond)
	s.hold(busy, "x.Hold")
	s.fill(busy, 3, "x.Next")
	b.until(`document.querySelector("#loops tbody tr").innerText.includes("x.Hold")`)
	require.Equal(t, []string{id(busy)}, eval[[]string](b, `[...touched]`))
}

// What is lost is said, and comes back by itself.
func TestPause(t *testing.T) {
	s := newStage(t)
	l := s.loop("later")
	b := open(t, 800, 600)
	b.do(chromedp.Click("#pause"))
	require.Equal(t, "paused", b.text("#link"))
	s.hold(l, "x.Hold")
	b.do(chromedp.Click("#pause"))
	b.until(`document.querySelector("#loops").innerText.includes("x.Hold")`)
}

// TestPicture writes the picture of the README to the file that LOOPZ_PICTURE names.
func TestPicture(t *testing.T) {
	file := os.Getenv("LOOPZ_PICTURE")
	if file == "" {
		t.Skip("LOOPZ_PICTURE names no file")
	}
	s := newStage(t)
	demo(s)
	b := open(t, 1080, 1000)
	b.do(chromedp.Evaluate(`document.querySelector("h1 a").textContent = "shop"`, nil))
	time.Sleep(2500 * time.Millisecond) // let the handlers run for a while
	shot := b.shoot("picture", true)
	_, err := png.Decode(bytes.NewReader(shot))
	require.NoError(t, err)
	require.Less(t, len(shot), 200<<10)
	require.NoError(t, os.WriteFile(file, shot, 0o644))
}

func id(l *loop.Loop) string { return fmt.Sprint(l.ID()) }

func quote(s string) string { return fmt.Sprintf("%q", s) }
