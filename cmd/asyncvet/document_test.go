package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/analysis"
)

var update = flag.Bool("update", false, "write what asyncvet says of the examples into docs/vet.md")

const document = "../../docs/vet.md"

// An entry is "## AV001 bypass", and what follows up to the next heading.
type entry struct{ code, name, text string }

func entries(page []byte) []entry {
	heading := regexp.MustCompile(`^# (AV\d{3}) (\w+)\n`)
	var list []entry
	for part := range strings.SplitSeq(string(page), "\n#") {
		if m := heading.FindStringSubmatch(part); m != nil {
			list = append(list, entry{m[1], m[2], part})
		}
	}
	return list
}

// An example is Go code and, right behind it, what asyncvet says of it.
var example = regexp.MustCompile("(?s)```go\n(.*?)```\n\n```\n(.*?)```\n")

// prelude is what stands before the code of an example, in this many lines.
const (
	prelude = `package %s

import ("context"; "fmt"; "iter"; "maps"; "net/http"; "sync"; "testing"; "time"; "golang.org/x/sync/errgroup"; "github.com/asyncgen/asyncgen/loop")
var _, _, _, _, _, _, _, _ = context.Background, fmt.Print, iter.Pull[int], maps.Clone[map[int]int], http.Get, testing.Short, time.Now, loop.New; type _ struct { sync.Mutex; errgroup.Group }
`
	preludeLines = 4
)

// TestEveryCheckIsDocumented wants an entry for each check, and no other.
func TestEveryCheckIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(document)
	require.NoError(t, err)
	anchors := map[string]string{}
	for _, e := range entries(page) {
		anchors[e.name] = strings.ToLower(e.code) + "-" + e.name
	}
	for _, a := range analysis.All() {
		require.True(t, strings.HasSuffix(a.URL, "#"+anchors[a.Name]), "%s: its URL is %s, and the entry %q", a.Name, a.URL, anchors[a.Name])
		delete(anchors, a.Name)
	}
	require.Empty(t, anchors)
}

// TestExamplesOfTheDocument runs asyncvet on the examples.
func TestExamplesOfTheDocument(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(document)
	require.NoError(t, err)
	dir := t.TempDir()
	writeModule(t, dir)
	var examples []entry
	for _, e := range entries(page) {
		if m := example.FindStringSubmatch(e.text); m != nil {
			examples = append(examples, e)
			require.NoError(t, os.Mkdir(filepath.Join(dir, e.name), 0o700))
			file := filepath.Join(dir, e.name, e.name+".go")
			require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, prelude+"%s", e.name, m[1]), 0o600))
		}
	}
	// The entry of stale shows findings about code that has changed, which is no example.
	require.Len(t, examples, len(analysis.All())-1)
	run(t, dir, "go", "build", "-buildvcs=false", "-o", dir, repository(t)+"/cmd/asyncgen", repository(t)+"/cmd/asyncvet")
	run(t, dir, filepath.Join(dir, "asyncgen"), "./...")
	found := findings(t, dir)
	for _, e := range examples {
		said, got := example.FindStringSubmatch(e.text)[2], found[e.name]
		if *update {
			page = bytes.Replace(page, []byte(e.text), []byte(strings.Replace(e.text, "```\n"+said+"```", "```\n"+got+"```", 1)), 1)
			continue
		}
		require.Equal(t, said, got, e.name)
	}
	if *update {
		require.NoError(t, os.WriteFile(document, page, 0o600))
	}
}

// findings returns what asyncvet says of each example, with the lines of the document.
func findings(t *testing.T, dir string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "asyncvet"), "./...")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), goEnv(t)...)
	out, _ := cmd.CombinedOutput() // the findings are the point
	found := map[string]string{}
	place := regexp.MustCompile(`(\w+)\.go:(\d+)`)
	for text := range strings.Lines(string(out)) {
		at := place.FindStringSubmatchIndex(text)
		require.NotNil(t, at, "%s", out)
		name := text[at[2]:at[3]]
		found[name] += place.ReplaceAllStringFunc(text[at[0]:], func(p string) string {
			m := place.FindStringSubmatch(p)
			n, _ := strconv.Atoi(m[2]) // digits
			return fmt.Sprint(m[1], ".go:", n-preludeLines)
		})
	}
	return found
}

func writeModule(t *testing.T, dir string) {
	t.Helper()
	repo := repository(t)
	mod, err := os.ReadFile(repo + "/go.mod")
	require.NoError(t, err)
	_, requirements, _ := strings.Cut(string(mod), "\n")
	text := "module example.com/doc\n" + requirements + "\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => " + repo + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o600))
	sum, err := os.ReadFile(repo + "/go.sum")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
}

func repository(t *testing.T) string {
	t.Helper()
	repo, err := filepath.Abs("../..")
	require.NoError(t, err)
	return repo
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), goEnv(t)...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
