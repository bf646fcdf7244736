package main

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/turns"
)

// TestPage renders a result that was made up, so that the template refers to nothing that is not there.
func TestPage(t *testing.T) {
	t.Parallel()
	made := func(withOverlay float64) table {
		rows := []row{{names[without], time.Second, turns.Ratio{Median: 1}}, {names[with], time.Second, turns.Ratio{Median: withOverlay}}}
		return table{Rounds: 3, Base: names[without], Rows: rows}
	}
	r := &result{Packages: 100, Clean: made(2), Unchanged: made(1.05), Leaf: made(3), Root: made(4), Alone: made(5)}
	for ratio, want := range map[float64]string{1.05: "Measured: 1.05, met.", 1.25: "Measured: 1.25, **not met**."} {
		r.Unchanged = made(ratio)
		var page bytes.Buffer
		require.NoError(t, render(&page, r))
		require.Contains(t, page.String(), want)
		require.NotContains(t, page.String(), "<no value>")
	}
}

// TestWorkshop builds a small module in the ways that are measured, and sees that changes change something.
func TestWorkshop(t *testing.T) {
	t.Parallel()
	checkout, err := filepath.Abs("../../../..")
	require.NoError(t, err)
	w := &workshop{dir: t.TempDir(), checkout: checkout, rounds: 1, packages: 6, shared: true}
	require.NoError(t, w.open(t.Context()))
	app := func(copy string, prepare func() error) string {
		if prepare != nil {
			require.NoError(t, prepare())
		}
		c := w.build(copy, nil)
		cmd, said := c.Start(t.Context())
		require.NoError(t, cmd.Run(), said)
		out, err := exec.CommandContext(context.Background(), w.at(copy)+"/bin/app").CombinedOutput()
		return strings.TrimSpace(string(out)) + exit(err)
	}
	require.Equal(t, "1 <nil>\n0", app(plain, nil))
	require.Equal(t, "1 <nil>\n0", app(with, w.clean(with)))
	require.Contains(t, app(without, nil), "was built without the overlay")
	change := w.change(with, "p000")
	require.Equal(t, "1 <nil>\n0", app(with, change))
	require.NoError(t, change(), "and once more")
}

func exit(err error) string {
	if err == nil {
		return ""
	}
	return " " + err.Error()
}
