package loophttp_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The document names the tests that prove what the package documentation says, one
// item for each of its points.
func TestGuaranteesDocumentNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/guarantees.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(text), "\n## HTTP handlers\n")
	require.True(t, ok)
	declared := sources(t)
	items := regexp.MustCompile(`(?m)^\d+\. `).Split(section, -1)[1:]
	points := regexp.MustCompile(`(?m)^//  \d+\. `).FindAllString(packageDoc(t), -1)
	require.Len(t, items, len(points))
	for i, item := range items {
		cited := regexp.MustCompile("`(Test[A-Za-z0-9_]*)`").FindAllStringSubmatch(item, -1)
		require.NotEmpty(t, cited, "item %d cites no test", i+1)
		for _, c := range cited {
			require.Contains(t, declared, "\nfunc "+c[1]+"(t *testing.T)", "item %d", i+1)
		}
	}
}

// sources returns the text of the tests of this package.
func sources(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}

// packageDoc returns the text of doc.go.
func packageDoc(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	return string(text)
}
