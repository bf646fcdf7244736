package asyncgen_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/generator"
	"github.com/asyncgen/asyncgen/internal/model"
)

// guideTests has the tests of the packages in docs/guide.md, by name.
var guideTests = map[string]string{
	"store": `package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

func TestHealth(t *testing.T) {
	var g loop.ShutdownGroup
	s := Open()
	s.AddTo(&g)
	ctx := context.Background()
	if err := s.Put(ctx, "a", "1"); err != nil {
		t.Fatal(err)
	}
	if v, ok, err := s.Get(ctx, "a"); v != "1" || !ok || err != nil {
		t.Fatal(v, ok, err)
	}
	if err := errors.Join(g.Ready(), g.Live(time.Second), s.Shutdown(ctx)); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(g.Ready(), loop.ErrClosed) {
		t.Fatal("the group does not see that the loop is closed:", g.Ready())
	}
}
`,
	"chat": `package chat

import (
	"context"
	"fmt"
	"testing"
)

func TestRooms(t *testing.T) {
	r := Open(4)
	ctx := context.Background()
	for i := range 100 {
		if err := r.SaySpawn(ctx, fmt.Sprint("room ", i%10), "a", "b"); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.loops.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, rooms := range r.lines {
		for _, l := range rooms {
			lines += len(l)
		}
	}
	if lines != 200 {
		t.Fatal(lines)
	}
}
`,
	"ledger": "",
	"batch": `package batch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		full := errors.New("full")
		w := Open(func(rows []string) error {
			if sizes = append(sizes, len(rows)); len(rows) == 3 {
				return full
			}
			return nil
		})
		ctx := context.Background()
		add := func(size int, want error) {
			if n, err := w.Add(ctx, "row"); n != size || err != want {
				t.Error("got", n, err, "want", size, want)
			}
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { add(3, full) })
			time.Sleep(6 * time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond)
		all.Go(func() { add(1, nil) })
		synctest.Wait()
		if err := w.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		all.Wait()
		if !slices.Equal(sizes, []int{3, 1}) {
			t.Error(sizes)
		}
	})
}
`,
	"report": `package report

import (
	"context"
	"errors"
	"testing"

	"github.com/asyncgen/asyncgen/loop"
)

type counted struct {
	busy
	calls int
}

func (c *counted) Get(ctx context.Context, key string) (string, bool, error) {
	c.calls++
	return c.busy.Get(ctx, key)
}

func TestBusy(t *testing.T) {
	c := &counted{}
	if _, err := title(context.Background(), c); c.calls != 3 || !errors.Is(err, loop.ErrFull) {
		t.Fatal(c.calls, err)
	}
}
`,
}

// TestGuideRuns tests the packages in docs/guide.md, each with its output.
func TestGuideRuns(t *testing.T) {
	t.Parallel()
	packages := map[string]string{}
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, "docs/guide.md"), -1) {
		clause := regexp.MustCompile(`(?m)^package (\w+)$`).FindStringSubmatch(block[1])
		if clause != nil && !strings.HasPrefix(block[1], model.Header) {
			packages[clause[1]] = block[1]
		}
	}
	require.Len(t, packages, len(guideTests))
	dir := module(t, "guide")
	for name, source := range packages {
		require.Contains(t, guideTests, name)
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		write(t, filepath.Join(dir, name, name+".go"), source)
		if test := guideTests[name]; test != "" {
			write(t, filepath.Join(dir, name, name+"_test.go"), test)
		}
	}
	result, err := generator.Generate(t.Context(), generator.Config{Dir: dir, Env: environment(), Patterns: []string{"./..."}})
	require.NoError(t, err)
	require.Empty(t, result.Diagnostics)
	_, err = result.Write()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=all", "./...")
	cmd.Dir, cmd.Env = dir, environment()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

var update = flag.Bool("update", false, "put the real output into docs/guide.md")

// TestGuideShowsRealOutput generates from every package in docs/guide.md that is
// followed by its output, and compares.
func TestGuideShowsRealOutput(t *testing.T) {
	t.Parallel()
	const page = "docs/guide.md"
	text := read(t, page)
	shown := 0
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(text, -1)
	for i, block := range blocks {
		if !strings.HasPrefix(block[1], model.Header) {
			continue
		}
		shown++
		require.Positive(t, i, "output without its source")
		source := blocks[i-1][1]
		clause := regexp.MustCompile(`(?m)^package (\w+)$`).FindStringSubmatch(source)
		require.Len(t, clause, 2, "the block before output is no package:\n%s", source)
		_, want := generated(t, clause[1], source)
		if *update {
			text = strings.Replace(text, block[0], "```go\n"+want+"```", 1)
			continue
		}
		require.Equal(t, want, block[1])
	}
	require.Equal(t, 3, shown, "outputs in the guide")
	if *update {
		write(t, page, text)
	}
}
