package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/analysis"
	"github.com/asyncgen/asyncgen/internal/about"
)

// TestManualListsTheChecks compares the table of the manual with the checks that there are.
func TestManualListsTheChecks(t *testing.T) {
	t.Parallel()
	text, err := about.Manual(manual)
	require.NoError(t, err)
	require.NotRegexp(t, `(?m)^.{100}`, text, "a line of the manual is too long for a terminal")
	listed := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^    (AV\d{3})   (\w+) `).FindAllStringSubmatch(text, -1) {
		listed[m[2]] = strings.ToLower(m[1])
	}
	for _, a := range analysis.All() {
		require.True(t, strings.HasSuffix(a.URL, "#"+listed[a.Name]+"-"+a.Name), "%s: its URL is %s, and its code in the manual %s", a.Name, a.URL, listed[a.Name])
		delete(listed, a.Name)
	}
	require.Empty(t, listed)
}
