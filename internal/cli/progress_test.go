package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
	"github.com/asyncgen/asyncgen/internal/cli"
)

// progressOf returns the output of a run with two steps of some seconds.
func progressOf(t *testing.T, terminal, verbose bool, seconds int) string {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(*testing.T) {
		report, end := cli.StartProgress(&out, terminal, verbose)
		if report != nil {
			report(generator.Progress{Step: "waiting for the go command"})
		}
		time.Sleep(time.Duration(seconds) * time.Second)
		if report != nil {
			report(generator.Progress{Step: "generating", Done: 1, Total: 9})
			report(generator.Progress{Step: "generating", Done: 2, Total: 9})
		}
		time.Sleep(time.Duration(seconds) * time.Second)
		end()
		time.Sleep(time.Minute)
	})
	return out.String()
}

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	out := progressOf(t, true, false, 5)
	require.Contains(t, out, "asyncgen: waiting for the go command (2 s)")
	require.Contains(t, out, "asyncgen: generating (2 of 9) (4 s)")
	require.NotContains(t, out, "\n")
	require.NotContains(t, out, "command (1 s)", "nothing is shown in the first two seconds")

	// A terminal shows nothing at the end.
	screen := []rune(strings.Repeat(" ", 200))
	column := 0
	for _, c := range out {
		if c == '\r' {
			column = 0
			continue
		}
		screen[column] = c
		column++
	}
	require.Empty(t, strings.TrimSpace(string(screen)))
	require.Zero(t, column)
}

func TestProgressOfAShortRun(t *testing.T) {
	t.Parallel()
	require.Empty(t, progressOf(t, true, true, 0))
}

func TestProgressElsewhere(t *testing.T) {
	t.Parallel()
	require.Empty(t, progressOf(t, false, false, 30))
	out := progressOf(t, false, true, 15)
	require.Equal(t, "asyncgen: waiting for the go command (2 s)\nasyncgen: waiting for the go command (12 s)\nasyncgen: generating (2 of 9) (7 s)\n", out)
}
