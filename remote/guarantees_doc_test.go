package remote_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The document names the tests that prove each guarantee. Some are in modules below this
// package, whose files are part of the same tree.
func TestGuaranteesDocumentNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/remote.md")
	require.NoError(t, err)
	_, page, found := strings.Cut(string(text), "\n## What holds\n")
	require.True(t, found)
	page, _, _ = strings.Cut(page, "\n## ")
	require.Len(t, regexp.MustCompile(`(?m)^### \d+\. `).FindAllString(page, -1), 10, "one section for each guarantee")
	names := testNames(t)
	test := regexp.MustCompile("`(Test[A-Za-z0-9_]*)`")
	for _, section := range strings.Split(page, "\n### ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		cited := test.FindAllStringSubmatch(section, -1)
		require.NotEmpty(t, cited, "%s cites no test", title)
		for _, c := range cited {
			require.True(t, names[c[1]], "%s cites %s, which does not exist", title, c[1])
		}
	}
}

// testNames returns the tests of this directory and of those below it.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	names := map[string]bool{}
	tree := os.DirFS(".")
	require.NoError(t, fs.WalkDir(tree, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := fs.ReadFile(tree, path)
		for _, m := range declared.FindAllSubmatch(src, -1) {
			names[string(m[1])] = true
		}
		return err
	}))
	return names
}
