package corpus_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/corpus"
)

func TestTable(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, corpus.Table(&out, []corpus.Report{
		{
			Module: "a.org/broken", Failed: "build", Functions: 3,
			Stages: []corpus.Stage{{Name: "unpack", Took: time.Second}},
			Before: map[string]int{"vet": 2},
		},
		{
			Module: "a.org/fine@v1.0.0", Functions: 12, Bridges: 12, Renamed: 1,
			Stages: []corpus.Stage{{Name: "unpack", Took: 1500 * time.Millisecond}, {Name: "build", Took: time.Minute}},
			Tests: corpus.Tests{
				Limit: time.Minute, Passed: 7, Failed: 1, Skipped: 2,
				Failing: []string{"p TestA"}, Broken: []string{"q"}, Stopped: []string{"r", "s"},
			},
		},
		{Module: "a.org/untested@v1.0.0", Tests: corpus.Tests{Limit: time.Minute}},
	}))
	require.Equal(t, strings.TrimPrefix(`
                 module        result  functions  bridges  renamed  tests  unpack  build  seconds
           a.org/broken  build failed          3        0        0      0     1.0             1.0
      a.org/fine@v1.0.0        passed         12       12        1      7     1.5   60.0     61.5
  a.org/untested@v1.0.0        passed          0        0        0      0                     0.0
a.org/broken: vet had 2 complaints before
a.org/broken: its own tests were not run
a.org/fine@v1.0.0: 1 tests failed before and were not compared: p TestA
a.org/fine@v1.0.0: 2 tests skip themselves here
a.org/fine@v1.0.0: the tests of 1 packages did not build before: q
a.org/fine@v1.0.0: the tests of 2 packages took longer than 1m0s, those that ended in time were compared: r, s
a.org/untested@v1.0.0: what is published has no tests
`, "\n"), out.String())
}
