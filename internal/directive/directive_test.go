package directive_test

import (
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/diag"
	"github.com/asyncgen/asyncgen/internal/directive"
	"github.com/asyncgen/asyncgen/internal/model"
)

const slash = token.Pos(100)

func comment(text string) directive.Comment { return directive.Comment{Slash: slash, Text: text} }

func TestParseReadsArguments(t *testing.T) {
	t.Parallel()
	d, problems := directive.Parse(comment(`//asyncgen:bridge name=Get "loop=pick(a, b)" key=id signature=same abandon nonreentrant`))
	require.Empty(t, problems)
	require.Equal(t, model.ModeBridge, d.Mode)
	require.Equal(t, &directive.Value{Text: "Get", Start: slash + 23}, d.Name)
	require.Equal(t, &directive.Value{Text: "pick(a, b)", Start: slash + 33}, d.Loop)
	require.Equal(t, "id", d.Key.Text)
	require.True(t, d.Same && d.Abandon && d.NonReentrant)
}

func TestParseFindsModes(t *testing.T) {
	t.Parallel()
	for _, m := range model.Modes() {
		d, problems := directive.Parse(comment("//asyncgen:" + m.String()))
		require.Empty(t, problems)
		require.Equal(t, m, d.Mode)
		require.Nil(t, d.Loop)
	}
}

func TestParseReadsWhatIsForTheChecker(t *testing.T) {
	t.Parallel()
	d, problems := directive.Parse(comment("//asyncgen:confined loop=a.loop"))
	require.Empty(t, problems)
	require.True(t, d.Confined)
	require.Equal(t, "a.loop", d.Loop.Text)

	tests := map[string]directive.Allowance{
		"//asyncgen:allow":                         {},
		"//asyncgen:allow AV001":                   {Code: &directive.Value{Text: "AV001", Start: slash + 17}},
		"//asyncgen:allow  lost  it is \"only\" a": {Code: &directive.Value{Text: "lost", Start: slash + 18}, Reason: `it is "only" a`},
		"//asyncgen:allow AV001 // why":            {Code: &directive.Value{Text: "AV001", Start: slash + 17}, Reason: "// why"},
	}
	for text, want := range tests {
		d, problems := directive.Parse(comment(text))
		require.Empty(t, problems, text)
		require.Equal(t, &want, d.Allow, text)
	}
}

func TestParseReportsEveryProblemAtItsPlace(t *testing.T) {
	t.Parallel()
	type problem struct {
		offset token.Pos
		code   diag.Code
	}
	tests := map[string][]problem{
		"//asyncgen:brige":                     {{11, diag.UnknownDirective}},
		"//asyncgen:bridgE":                    {{11, diag.NearMissCase}},
		"//asyncgen:Bridge":                    {{0, diag.NearMissCase}},
		"//ASYNCGEN:bridge":                    {{0, diag.NearMissCase}},
		"// asyncgen:bridge":                   {{0, diag.NearMissBlank}},
		"//asyncgen: bridge":                   {{0, diag.NearMissBlank}},
		"/*asyncgen:bridge*/":                  {{0, diag.NearMissBlock}},
		"/* asyncgen:bridge */":                {{0, diag.NearMissBlock}},
		"//asyncgen:":                          {{0, diag.UnknownDirective}},
		"//asyncgen:bridge nme=x lop=y":        {{18, diag.UnknownArgument}, {24, diag.UnknownArgument}},
		"//asyncgen:bridge abandon abandon":    {{26, diag.DuplicateArgument}},
		"//asyncgen:bridge name":               {{18, diag.MissingValue}},
		"//asyncgen:bridge name=":              {{18, diag.MissingValue}},
		"//asyncgen:bridge abandon=1":          {{18, diag.UnexpectedValue}},
		"//asyncgen:spawn abandon":             {{17, diag.WrongMode}},
		"//asyncgen:bridge name=a-b":           {{23, diag.InvalidName}},
		"//asyncgen:bridge name=_":             {{23, diag.InvalidName}},
		"//asyncgen:bridge signature=equal":    {{28, diag.InvalidValue}},
		"//asyncgen:bridge abandon // because": {{26, diag.TrailingNote}},
		`//asyncgen:bridge "name=x`:            {{18, diag.MalformedArguments}},
		"//asyncgen:confind":                   {{11, diag.UnknownDirective}},
		"//asyncgen:Confined":                  {{0, diag.NearMissCase}},
		"// asyncgen:confined":                 {{0, diag.NearMissBlank}},
		"//asyncgen:confined name=x":           {{20, diag.UnknownArgument}},
		"//asyncgen:confined abandon":          {{20, diag.UnknownArgument}},
		"//asyncgen:confined loop=":            {{20, diag.MissingValue}},
		"//asyncgen:alow AV001 because":        {{11, diag.UnknownDirective}},
		"// asyncgen:allow AV001 because":      {{0, diag.NearMissBlank}},
		"//asyncgen:allow: AV001 because":      {{11, diag.UnknownDirective}},
	}
	for text, want := range tests {
		require.True(t, directive.Is(comment(text)), text)
		d, problems := directive.Parse(comment(text))
		require.Nil(t, d, text)
		var got []problem
		for _, p := range problems {
			got = append(got, problem{p.Pos - slash, p.Code})
			require.NotEmpty(t, p.Message, text)
			require.NotEmpty(t, p.Hint, text)
		}
		require.Equal(t, want, got, text)
	}
}

func TestTextIsNoDirective(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"// see asyncgen:bridge",
		"// asyncgen: turns handlers into bridges",
		"//\tasyncgen:bridge",
		"//     asyncgen:bridge",
		"// //asyncgen:bridge",
		"/* see asyncgen:bridge */",
		"//go:generate asyncgen",
		"//",
		"/**/",
	} {
		require.False(t, directive.Is(comment(text)), text)
	}
}

func TestInProse(t *testing.T) {
	t.Parallel()
	require.True(t, directive.InProse(comment("// asyncgen:bridge over a function."), "// It reads the directive"))
	require.False(t, directive.InProse(comment("// asyncgen:bridge"), "// It reads the directive"))
	require.False(t, directive.InProse(comment("// asyncgen:bridge abandon"), "// It reads the directive"))
	require.False(t, directive.InProse(comment("// asyncgen:bridge name=X"), "// It reads the directive"))
	require.False(t, directive.InProse(comment("// asyncgen:bridge over it"), "// It reads it."))
	require.False(t, directive.InProse(comment("// asyncgen:bridge over it"), ""))
}

// FuzzParse demands that whatever a comment says, reading it ends, problems lie
// inside the comment, and a directive comes without problems.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"//asyncgen:bridge", `//asyncgen:async "name=A" key=b loop=c.d`, "// asyncgen:spawn x=", "/*asyncgen:*/",
		"//asyncgen:bridge name=a name=b // c", "//asyncgen:bridge `loop=x", "//AsyncGen:Ünïcode  ", "//asyncgen:\t", "//asyncgen:async \"\xf8\xf5\"",
		"//asyncgen:confined loop=l", "//asyncgen:allow AV001 \"why", "//asyncgen:allow\tx",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := comment(text)
		d, problems := directive.Parse(c)
		require.True(t, d == nil || len(problems) == 0)
		require.Equal(t, directive.Is(c), d != nil || len(problems) > 0)
		for _, p := range problems {
			require.LessOrEqual(t, c.Pos(), p.Pos)
			require.LessOrEqual(t, p.Pos, p.End)
			require.LessOrEqual(t, p.End, c.End()+1)
		}
	})
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"1": 1, "65536": 65536, "64KiB": 64 << 10, "8MiB": 8 << 20, "1GiB": 1 << 30, "2147483647": 1<<31 - 1, "unlimited": directive.Unlimited,
		"0": 0, "-1": 0, "1MB": 0, "KiB": 0, "1.5MiB": 0, "1 KiB": 0, "2GiB": 0, "2147483648": 0, "99999999999999999999": 0, "Unlimited": 0, "64kib": 0, "64KiBx": 0,
	} {
		d, problems := directive.Parse(comment(`//asyncgen:bridge "body=` + text + `"`))
		if want == 0 {
			require.Len(t, problems, 1, text)
			require.Equal(t, diag.InvalidValue, problems[0].Code, text)
			continue
		}
		require.Empty(t, problems, text)
		require.Equal(t, want, d.Body, text)
	}
}
