package browsertest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop/loopz"
)

// chromium finds the browser.
func chromium(t *testing.T) string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.FailNow(t, "There is no Chromium.",
		"These tests look at the page in a real browser. Install one (apt-get install chromium), or set CHROMIUM to its path.")
	return ""
}

// A tab is a page in a browser that is watched: what it complains of fails the test.
type tab struct {
	context.Context
	t   *testing.T
	url string

	mu         sync.Mutex
	complaints []string
}

// open shows the page in a browser window of this size.
func open(t *testing.T, width, height int64, features ...*emulation.MediaFeature) *tab {
	mux := http.NewServeMux()
	mux.Handle("/debug/loops", loopz.Handler())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), // in an empty directory of its own

		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel() })
	ctx, cancel = context.WithTimeout(ctx, 25*time.Second)
	t.Cleanup(cancel)

	b := &tab{Context: ctx, t: t, url: server.URL + "/debug/loops"}
	chromedp.ListenTarget(ctx, b.listen)
	b.do(emulation.SetEmulatedMedia().WithFeatures(features),
		chromedp.EmulateViewport(width, height, chromedp.EmulateScale(1)), chromedp.Navigate(b.url),
		chromedp.WaitVisible(`#link[data-state="live"]`))
	// Registered last, so it comes first: the browser is still there.
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		require.Empty(t, b.complaints, "the browser complained")
	})
	return b
}

// listen notes errors, of scripts and of the content policy.
func (b *tab) listen(event any) {
	complaint := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			for _, arg := range e.Args {
				complaint += string(arg.Value) + " "
			}
		}
	case *runtime.EventExceptionThrown:
		complaint = e.ExceptionDetails.Error()
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.LevelError || e.Entry.Level == cdplog.LevelWarning {
			complaint = string(e.Entry.Source) + ": " + e.Entry.Text + " " + e.Entry.URL
		}
	}
	if complaint != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.complaints = append(b.complaints, complaint)
	}
}

func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Run(b, actions...))
}

// eval returns what an expression is in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	var value T
	b.do(chromedp.Evaluate(expression, &value))
	return value
}

// until waits for a condition in the page.
func (b *tab) until(condition string) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Run(b, chromedp.Poll(condition, nil, chromedp.WithPollingTimeout(5*time.Second))), condition)
}

// text returns the text of an element as it is seen, with single blanks.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, `document.querySelector(`+"`"+selector+"`"+`).innerText.replace(/\s+/g, " ").trim()`)
}

// shoot writes what the window shows to a file of the test's artifacts, or of the
// directory LOOPZ_SCREENSHOTS.
func (b *tab) shoot(name string, whole bool) []byte {
	b.t.Helper()
	dir := os.Getenv("LOOPZ_SCREENSHOTS")
	if dir == "" {
		dir = b.t.ArtifactDir()
	}
	var png []byte
	action := chromedp.CaptureScreenshot(&png)
	if whole {
		action = chromedp.FullScreenshot(&png, 100)
	}
	b.do(action)
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
	return png
}
