package corpus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/corpus"
)

// results reads the ends of tests, given as "action package test", and other
// lines as they are.
func results(t *testing.T, lines ...string) corpus.Results {
	t.Helper()
	var text strings.Builder
	for _, line := range lines {
		if word := strings.Fields(line); !strings.HasPrefix(line, "{") && len(word) == 3 {
			line = fmt.Sprintf(`{"Action":%q,"Package":%q,"Test":%q}`, word[0], word[1], word[2])
		}
		text.WriteString(line + "\n")
	}
	r, err := corpus.ReadResults(strings.NewReader(text.String()))
	require.NoError(t, err)
	return r
}

func TestResults(t *testing.T) {
	t.Parallel()
	r := results(t,
		"go: downloading example.com/x v1.0.0",
		"pass p TestA", "pass p TestB/one", "fail p TestB/two", "fail p TestB", "skip p TestC",
		`{"Action":"fail","Package":"p"}`,
		"pass slow TestA",
		`{"Action":"output","Package":"slow","Test":"TestB","Output":"panic: test timed out after 1s\n"}`,
		"fail slow TestB",
		`{"Action":"fail","Package":"broken","FailedBuild":"broken [broken.test]"}`,
	)
	require.Equal(t, corpus.Tests{
		Passed: 2, Failed: 2, Skipped: 1,
		Failing: []string{"p TestB", "slow TestB"}, Broken: []string{"broken"}, Stopped: []string{"slow"},
	}, r.Count())
	require.Equal(t, [][]string{{"p"}, {"-run=^(TestA)$", "slow"}}, r.Runs("slow"))
	require.Equal(t, [][]string{{"-run=^(TestA|TestB)$", "p"}, {"-run=^(TestA)$", "slow"}}, r.Runs("p", "slow"))
}

// TestNoWorse: what is demanded of tests once there are bridges.
func TestNoWorse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		before, now []string
		worse       []string
	}{
		{"the same", []string{"pass p TestA", "fail p TestB"}, []string{"pass p TestA", "fail p TestB"}, nil},
		{"fails now", []string{"pass p TestA"}, []string{"fail p TestA"}, []string{"p TestA"}},
		{"forbids generating", []string{"pass golang.org/x/tools/internal/bisect TestNoImports"}, []string{"fail golang.org/x/tools/internal/bisect TestNoImports"}, nil},
		{"forbids generating in place only", []string{"pass github.com/spf13/cobra TestExecuteContext"}, nil, []string{"github.com/spf13/cobra TestExecuteContext"}},
		{"failed before", []string{"fail p TestA"}, []string{"fail p TestA"}, nil},
		{"passes now", []string{"fail p TestA"}, []string{"pass p TestA"}, nil},
		{"skipped now", []string{"pass p TestA"}, []string{"skip p TestA"}, []string{"p TestA"}},
		{"gone now", []string{"pass p TestA"}, nil, []string{"p TestA"}},
		{"in another package", []string{"pass p TestA"}, []string{"pass q TestA"}, []string{"p TestA"}},
		{"does not end before", nil, []string{"fail p TestA"}, nil},
		{
			"a subtest fails",
			[]string{"pass p TestA/x", "fail p TestA/y", "fail p TestA"},
			[]string{"fail p TestA/x", "fail p TestA/y", "fail p TestA"},
			[]string{"p TestA/x"},
		},
		{
			"a subtest has another name",
			[]string{"pass p TestA/1", "pass p TestA"},
			[]string{"pass p TestA/2", "pass p TestA"},
			nil,
		},
		{
			"sorted",
			[]string{"pass q TestB", "pass q TestA", "pass p TestC"},
			nil,
			[]string{"p TestC", "q TestA", "q TestB"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			worse, _ := results(t, test.before...).Worse(results(t, test.now...))
			require.Equal(t, test.worse, worse)
		})
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	before := results(t, "pass p TestA", "pass q TestB")
	_, text := before.Worse(results(t,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"a_test.go:7: 1 is not 2\n"}`,
		"fail p TestA",
		`{"Action":"build-output","ImportPath":"q [q.test]","Output":"q.go:1:1: undefined: x\n"}`,
		`{"Action":"fail","Package":"q","FailedBuild":"q [q.test]"}`,
	))
	require.Equal(t, "p TestA passed before, now: fail\na_test.go:7: 1 is not 2\n\n"+
		"q TestB passed before, now: no result\nq.go:1:1: undefined: x\n\n", text)
}

// TestComplaints: a complaint counts if it was not made before, however often.
func TestComplaints(t *testing.T) {
	t.Parallel()
	require.Empty(t, corpus.Complaints("", ""))
	require.Empty(t, corpus.Complaints("b\r\na\n", "a\n\na \nb"))
	require.Equal(t, []string{"a.go:2:1: x", "c"}, corpus.Complaints("a.go:1:1: x\n", "c\na.go:2:1: x\na.go:1:1: x\nc\n"))
}

func TestContradictionsInPlace(t *testing.T) {
	t.Parallel()
	before := results(t, "pass github.com/spf13/cobra TestExecuteContext", "pass github.com/spf13/cobra TestOther",
		"pass golang.org/x/tools/internal/bisect TestNoImports").InPlace()
	worse, _ := before.Worse(results(t, "fail github.com/spf13/cobra TestExecuteContext"))
	require.Equal(t, []string{"github.com/spf13/cobra TestOther"}, worse)
	count := before.Count()
	require.Equal(t, 1, count.Passed)
	require.Len(t, count.Against, 2)
	require.Equal(t, [][]string{{"-run=^(TestOther)$", "github.com/spf13/cobra"}}, before.Runs("github.com/spf13/cobra"))
}
