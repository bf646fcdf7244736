package asyncgen_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// A shownBlock is a block of code in a document, with the comment above it that says where
// it comes from: "shown: FILE" or "shown: ARCHIVE: FILE" for something that is run,
// "tested: TEST" for what a test of this package looks at, "untested".
type shownBlock struct{ how, source, text string }

// shownBlocks returns the blocks of a document. All of them need a comment.
func shownBlocks(t *testing.T, page string) (list []shownBlock) {
	t.Helper()
	text := read(t, page)
	found := regexp.MustCompile("(?ms)^<!-- (\\w+)(?:: ([^>]+))? -->\n```\\w+\n(.*?)^```$").FindAllStringSubmatch(text, -1)
	for _, m := range found {
		list = append(list, shownBlock{m[1], m[2], m[3]})
	}
	require.Len(t, list, strings.Count(text, "\n```")/2, "blocks of %s without a comment that says where they come from", page)
	return list
}

// blockOf returns the block that a test looks at.
func blockOf(t *testing.T, page string) string {
	t.Helper()
	for _, b := range shownBlocks(t, page) {
		if b.how == "tested" && b.source == t.Name() {
			return b.text
		}
	}
	require.Fail(t, "nothing in "+page+" is for "+t.Name())
	return ""
}

// TestDocumentsShowWhatIsRun compares what two documents show with what tests run. A
// line with an ellipsis stands for what is left out.
func TestDocumentsShowWhatIsRun(t *testing.T) {
	t.Parallel()
	tests := declaredTests(t)
	for _, page := range []string{"docs/production.md", "docs/recipes.md"} {
		for _, b := range shownBlocks(t, page) {
			switch b.how {
			case "shown":
				requireExcerpt(t, page, b)
			case "tested":
				require.True(t, tests[b.source], "%s: there is no test %s", page, b.source)
			case "untested":
				require.Empty(t, b.source)
			default:
				require.Fail(t, page+": unknown comment "+b.how)
			}
		}
	}
}

func requireExcerpt(t *testing.T, page string, b shownBlock) {
	t.Helper()
	rest := "\n" + sourceOf(t, b.source)
	for part := range strings.SplitSeq("\n"+b.text, "\n…\n") {
		part = strings.TrimSpace(part)
		require.NotEmpty(t, part, "%s: an empty block of %s", page, b.source)
		// Whole lines, of which the first may be indented.
		at := regexp.MustCompile(`\n[\t ]*` + regexp.QuoteMeta(part) + `\n`).FindStringIndex(rest)
		require.NotNil(t, at, "%s shows what %s does not have, or not in this order:\n%s", page, b.source, part)
		rest = rest[at[1]-1:]
	}
}

// sourceOf returns a file, perhaps out of an archive.
func sourceOf(t *testing.T, source string) string {
	t.Helper()
	path, member, inArchive := strings.Cut(source, ": ")
	if !inArchive {
		return read(t, path)
	}
	for _, f := range txtar.Parse([]byte(read(t, path))).Files {
		if f.Name == member {
			return string(f.Data)
		}
	}
	require.Fail(t, path+" has no "+member)
	return ""
}

// declaredTests returns the names of all tests of the repository.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(\w+ \*testing\.T\)`)
	names := map[string]bool{}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	}))
	return names
}

// TestDocumentsNameTheirTests wants each part to name tests or scripts, and those to exist.
func TestDocumentsNameTheirTests(t *testing.T) {
	t.Parallel()
	tests := declaredTests(t)
	named := regexp.MustCompile("`(Test\\w+)`|\\]\\(\\.\\./(testdata/\\w+/\\w+\\.txtar)\\)")
	for _, page := range []string{"docs/production.md", "docs/recipes.md"} {
		parts := strings.Split(read(t, page), "\n## ")[1:]
		require.NotEmpty(t, parts)
		for _, part := range parts {
			title, _, _ := strings.Cut(part, "\n")
			_, claim, found := strings.Cut(part, "\nTest")
			if !found {
				require.Contains(t, part, "Nothing of this was run", "%s: %s names no test", page, title)
				continue
			}
			require.Regexp(t, `^s?: `, claim)
			all := named.FindAllStringSubmatch(claim, -1)
			require.NotEmpty(t, all, "%s: %s names no test", page, title)
			for _, m := range all {
				if m[2] != "" {
					read(t, m[2])
					continue
				}
				require.True(t, tests[m[1]], "%s: %s names %s, which does not exist", page, title, m[1])
			}
		}
	}
}
