package directive_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

var update = flag.Bool("update", false, "rewrite the lists of arguments in the manual and in docs")

// between demands that the text of a file between two markers is want, or replaces it.
func between(t *testing.T, path, from, to, want string) {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(data), from)
	require.True(t, ok, "%s has no %q", path, from)
	got, after, ok := strings.Cut(rest, to)
	require.True(t, ok, "%s has no %q", path, to)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+from+want+to+after), 0o600))
		return
	}
	require.Equal(t, want, got, "%s differs from the table of arguments; run go test ./internal/directive -update", path)
}

// manual returns the list of arguments as the package comment of the command has it.
func manual() string {
	var b strings.Builder
	b.WriteString("//\n")
	for _, a := range directive.Arguments() {
		summary := a.Summary
		if len(a.Modes) == 1 {
			summary += " (" + a.Modes[0].String() + " only)"
		}
		head := a.Usage()
		if a.Key == "name" {
			head = a.Example // the summary is about it
		}
		for i, line := range wrap(summary, 72) {
			if i > 0 {
				head = ""
			}
			fmt.Fprintf(&b, "//\t%-16s  %s\n", head, line)
		}
	}
	return b.String()
}

// wrap breaks text into lines of at most width bytes.
func wrap(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) > width:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}

// table returns the table of arguments in docs/directives.md.
func table() string {
	var b strings.Builder
	b.WriteString("| argument |")
	for _, m := range model.Modes() {
		fmt.Fprintf(&b, " %s |", m)
	}
	b.WriteString(" over a type | for |\n| --- |" + strings.Repeat(" :-: |", len(model.Modes())+1) + " --- |\n")
	for _, a := range directive.Arguments() {
		fmt.Fprintf(&b, "| [`%s`](#%s) |", a.Usage(), anchor(a))
		for _, m := range model.Modes() {
			b.WriteString(tick(slices.Contains(a.Modes, m)))
		}
		b.WriteString(tick(!a.OfMethod))
		b.WriteString(strings.TrimRight(" "+a.For, " ") + " |\n")
	}
	return b.String()
}

func tick(yes bool) string {
	if yes {
		return " ✓ |"
	}
	return " |"
}

var punctuation = regexp.MustCompile(`[^a-z ]`)

// anchor returns the name of the section that describes an argument.
func anchor(a *directive.Argument) string {
	switch {
	case a.Modes[0] == model.ModeRemote:
		return "remote"
	case a.For == "HTTP handlers":
		return "http-handlers"
	}
	return punctuation.ReplaceAllString(strings.ToLower(a.Usage()), "")
}

func TestManualListsTheArguments(t *testing.T) {
	t.Parallel()
	between(t, "../../cmd/asyncgen/doc.go", "// Arguments follow the name, separated by blanks:\n", "//\n// Without loop=", manual())
}

func TestDocumentationListsTheArguments(t *testing.T) {
	t.Parallel()
	const page = "../../docs/directives.md"
	between(t, page, "There is no room for a comment behind them.\n\n", "\n### `name=IDENT`", table())
	data, err := os.ReadFile(page)
	require.NoError(t, err)
	remote := section(string(data), `<a id="remote"></a>`)
	for _, a := range directive.Arguments() {
		if slices.Contains(a.Modes, model.ModeRemote) {
			require.Regexp(t, "`[^`]*"+a.Written(), remote, "the section on remote calls does not mention %s", a.Key)
		}
		require.True(t, hasAnchor(string(data), anchor(a)), "no section describes %s", a.Key)
	}
}

// TestDiagnosticsListTheArguments checks the list in the entry on unknown arguments.
func TestDiagnosticsListTheArguments(t *testing.T) {
	t.Parallel()
	var list []string
	for _, a := range directive.Arguments() {
		list = append(list, "`"+a.Written()+"`")
	}
	between(t, "../../docs/diagnostics.md", "The arguments are ", ". Each is", strings.Join(list, ", "))
}

// section returns the text of a page from a mark to the next chapter.
func section(page, mark string) string {
	_, rest, _ := strings.Cut(page, mark)
	heading, rest, _ := strings.Cut(rest, "## ")
	text, _, _ := strings.Cut(rest, "\n## ")
	return heading + text
}

func hasAnchor(page, name string) bool {
	if strings.Contains(page, `<a id="`+name+`"></a>`) {
		return true
	}
	for line := range strings.Lines(page) {
		title, ok := strings.CutPrefix(line, "### ")
		slug := strings.NewReplacer("`", "", "=", "", " ", "-").Replace(strings.TrimSpace(title))
		if ok && strings.ToLower(slug) == name {
			return true
		}
	}
	return false
}

// TestArgumentsAreComplete demands every fact of every argument, and that its example is correct.
func TestArgumentsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, a := range directive.Arguments() {
		require.False(t, seen[a.Key], a.Key)
		seen[a.Key] = true
		require.NotEmpty(t, a.Summary, a.Key)
		require.NotEmpty(t, a.Modes, a.Key)
		require.Equal(t, a.Flag(), a.Example == a.Key, a.Key)
		require.Equal(t, len(a.Modes) < len(model.Modes()), a.For != "", "%s: a reason is needed where a mode refuses it", a.Key)
		for _, m := range model.Modes() {
			text := "//asyncgen:" + m.String() + " " + a.Example
			d, problems := directive.Parse(comment(text))
			if !slices.Contains(a.Modes, m) {
				require.Len(t, problems, 1, text)
				require.Contains(t, problems[0].Message, a.For, text)
				require.Contains(t, problems[0].Hint, a.Modes[0].String(), text)
				continue
			}
			require.Empty(t, problems, text)
			require.Equal(t, a.Key, d.Given[0].Key)
			require.Equal(t, a.Example, text[d.Given[0].Pos()-slash:d.Given[0].End()-slash])
		}
	}
}
