package asyncgen_test

import (
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/model"
)

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
