package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/cli"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want cli.Command
	}{
		{"nothing", nil, cli.Generate{Action: cli.Write}},
		{"packages", []string{"./a", "./b/..."}, cli.Generate{Action: cli.Write, Patterns: []string{"./a", "./b/..."}}},
		{"check", []string{"-check", "./..."}, cli.Generate{Action: cli.Check, Patterns: []string{"./..."}}},
		{"diff", []string{"-diff"}, cli.Generate{Action: cli.Diff}},
		{"list", []string{"-list"}, cli.Generate{Action: cli.List}},
		{"json lists", []string{"-json"}, cli.Generate{Action: cli.List, JSON: true}},
		{"json with list", []string{"-json", "-list"}, cli.Generate{Action: cli.List, JSON: true}},
		{"json with check", []string{"-json", "-check"}, cli.Generate{Action: cli.Check, JSON: true}},
		{"two dashes", []string{"--check"}, cli.Generate{Action: cli.Check}},
		{"flag with value", []string{"-check=true"}, cli.Generate{Action: cli.Check}},
		{"flag turned off", []string{"-check=false"}, cli.Generate{Action: cli.Write}},
		{
			"everything else",
			[]string{"-C", "sub dir", "-tags", "a,b", "-noverify", "-v", "."},
			cli.Generate{Action: cli.Write, Dir: "sub dir", Tags: "a,b", NoVerify: true, Verbose: true, Patterns: []string{"."}},
		},
		{"end of flags", []string{"-check", "--", "./a"}, cli.Generate{Action: cli.Check, Patterns: []string{"./a"}}},
		{"version", []string{"-version"}, cli.Version{}},
		{"h", []string{"-h"}, cli.Help{}},
		{"help", []string{"-help"}, cli.Help{}},
		{"help with two dashes", []string{"--help"}, cli.Help{}},
		{"help after another flag", []string{"-check", "-h"}, cli.Help{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := cli.Parse(test.args)
			require.NoError(t, err)
			if g, ok := got.(cli.Generate); ok && len(g.Patterns) == 0 {
				g.Patterns = nil
				got = g
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const manual = `"asyncgen -h" prints the manual`
	for _, test := range []struct {
		name          string
		args          []string
		message, hint string
	}{
		{"typo", []string{"-chek"}, "unknown flag -chek", "did you mean -check? " + manual},
		{"wrong case", []string{"-c", "dir"}, "unknown flag -c", "did you mean -C? " + manual},
		{"nothing like it", []string{"-watch"}, "unknown flag -watch", manual},
		{"unknown with value", []string{"--lst=3"}, "unknown flag -lst", "did you mean -list? " + manual},
		{"check and diff", []string{"-check", "-diff"}, "-check and -diff cannot be combined", "run asyncgen once with each"},
		{"list and check", []string{"-list", "-check"}, "-check and -list cannot be combined", "run asyncgen once with each"},
		{"json and diff", []string{"-json", "-diff"}, "-diff and -json cannot be combined", "run asyncgen once with each"},
		{"json and version", []string{"-json", "-version"}, "-version and -json cannot be combined", "run asyncgen once with each"},
		{"version with packages", []string{"-version", "./..."}, "-version takes no packages", manual},
		{"C late", []string{"-check", "-C", "a b"}, "-C must be the first flag", "write: asyncgen -C 'a b' …"},
		{"C twice", []string{"-C", "a", "-C", "b"}, "-C must be the first flag", "write: asyncgen -C b …"},
		{"C without value", []string{"-C"}, "flag needs an argument: -C", manual},
		{"C with empty value", []string{"-C", ""}, `invalid value "" for flag -C: a directory is needed`, manual},
		{"bad boolean", []string{"-check=maybe"}, `invalid boolean value "maybe" for -check: parse error`, manual},
		{
			"flag after package",
			[]string{"./...", "-check"},
			"flag -check stands after a package; flags come first", "write: asyncgen -check ./...",
		},
		{
			"flags with values after package",
			[]string{"-v", "./a", "-tags", "x y", "./b", "-C", "dir"},
			"flag -tags stands after a package; flags come first", "write: asyncgen -C dir -v -tags 'x y' ./a ./b",
		},
		{"typo after package", []string{"./...", "-dif"}, "unknown flag -dif", "did you mean -diff? " + manual},
		{
			"help after package",
			[]string{"./...", "-h"},
			"flag -h stands after a package; flags come first", "write: asyncgen -h ./...",
		},
		{"file", []string{"bank.go"}, "bank.go is a file; asyncgen works on whole packages", "write: asyncgen ."},
		{"file below", []string{"bank/x.go"}, "bank/x.go is a file; asyncgen works on whole packages", "write: asyncgen ./bank"},
		{"file above", []string{"../x.go"}, "../x.go is a file; asyncgen works on whole packages", "write: asyncgen .."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cmd, err := cli.Parse(test.args)
			require.Nil(t, cmd)
			var usage *cli.UsageError
			require.ErrorAs(t, err, &usage)
			require.Equal(t, test.message, usage.Message)
			require.Equal(t, test.hint, usage.Hint)
		})
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"./...":   "./...",
		"":        "''",
		"a b":     "'a b'",
		"it's":    `'it'\''s'`,
		"$HOME":   "'$HOME'",
		"a,b=c@d": "a,b=c@d",
	} {
		require.Equal(t, want, cli.Quote(word), "word %q", word)
	}
}
