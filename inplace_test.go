package asyncgen_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// The package on the page is the one whose scenario is run, and its last words are what the runtime says.
func TestInPlacePageIsRun(t *testing.T) {
	t.Parallel()
	page, scenario := read(t, "docs/inplace.md"), read(t, "testdata/script/inplace_bank.txtar")
	block := regexp.MustCompile("(?s)```go\n(.*?)```").FindStringSubmatch(page)
	require.NotNil(t, block)
	require.Contains(t, scenario, "-- bank.go --\n"+block[1])
	for _, words := range []string{
		"example.com/bank has handlers that are bridged in place, and was built without the overlay that bridges them.",
		"asyncgen -overlay ./... example.com/bank",
	} {
		require.Contains(t, page, words)
		require.Contains(t, scenario, words)
	}
}
