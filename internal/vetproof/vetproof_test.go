package vetproof

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerdictsOnFileCanBeRead(t *testing.T) {
	t.Parallel()
	known, err := readVerdicts(verdicts)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, p := range Programs() {
		names[p.Name] = true
	}
	require.Len(t, names, 3)
	for key, v := range known {
		require.NotEmpty(t, v.Reason, key)
	}
}

func TestVerdictsAreLines(t *testing.T) {
	t.Parallel()
	known, err := readVerdicts("# a note\n\np AV001 a.go:3 true it is so\n")
	require.NoError(t, err)
	require.Equal(t, map[string]Verdict{"p AV001 a.go:3": {true, "it is so"}}, known)
	for text, want := range map[string]string{
		"p AV001 a.go:3 true":                               "verdicts.txt:1: not of the form",
		"p AV001 a.go:3 maybe it is":                        "verdicts.txt:1: not of the form",
		"p AV001 a.go:3 true x y\np AV001 a.go:3 false x y": "verdicts.txt:2: a second verdict on p AV001 a.go:3",
	} {
		_, err := readVerdicts(text)
		require.ErrorContains(t, err, want)
	}
}

func TestJudgementNeedsAVerdictOnEachFinding(t *testing.T) {
	t.Parallel()
	o := Outcome{Program: Program{Name: "p"}, Findings: []Finding{
		{"AV001", "a.go", 3, "this"}, {"AV001", "a.go", 4, "that"}, {"AV002", "a.go", 4, "more"},
	}}
	known := map[string]Verdict{"p AV001 a.go:3": {true, "yes"}, "p AV001 a.go:4": {false, "no"}, "p AV009 b.go:1": {true, "gone"}}
	j := judge(o, known)
	require.Equal(t, 1, j.right)
	require.Equal(t, 1, j.wrong)
	require.Equal(t, []string{"no verdict: p AV002 a.go:4: more"}, j.unknown)
	require.Equal(t, "- `a.go:3` this **true**: yes\n- `a.go:4` that **false**: no\n", j.lines.String())
	require.Equal(t, map[string]Verdict{"p AV009 b.go:1": {true, "gone"}}, known, "what is left is out of date")
}

// TestAnnotate marks a small program and finds its way back to the lines before.
func TestAnnotate(t *testing.T) {
	t.Parallel()
	const src = `package p

type Owner struct {
	mine int
	// Others use this.
	theirs int
}

// Step runs on the owner.
func (o *Owner) Step() { o.mine++ }

func (o *Owner) Start() {
	go o.run()
}

func (o *Owner) run() {}
`
	const want = `package p

type Owner struct {
//asyncgen:confined
	mine int
	// Others use this.
	theirs int
}

// Step runs on the owner.
//asyncgen:confined
func (o *Owner) Step() { o.mine++ }

func (o *Owner) Start() {
//asyncgen:allow AV001 the goroutine becomes the owner here
	go o.run()
}

//asyncgen:confined
func (o *Owner) run() {}
`
	dir := t.TempDir()
	path := filepath.Join(dir, "p.go")
	require.NoError(t, os.WriteFile(path, []byte(src), 0o600))
	p := Program{
		Struct: "Owner", Starts: []string{"Start"},
		Fields: func(_ string, line int, comments []lineComment) bool { return !after(comments, line, "Others use") },
		Funcs:  func(f function) bool { return f.receiver == "Owner" && f.name != "Start" },
	}
	lines, n, err := p.annotate(dir)
	require.NoError(t, err)
	require.Equal(t, count{fields: 1, funcs: 2}, n)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
	require.FileExists(t, filepath.Join(dir, "asyncgen_owner.go"))
	for annotated, original := range map[int]int{3: 3, 5: 4, 7: 6, 12: 10, 16: 13, 20: 16} {
		require.Equal(t, original, lines.original("p.go", annotated), "line %d", annotated)
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	file, line := position("/some/where/a.go:12:3")
	require.Equal(t, "a.go", file)
	require.Equal(t, 12, line)
}
