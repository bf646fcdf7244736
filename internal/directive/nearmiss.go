package directive

import (
	"fmt"
	"strings"

	"github.com/asyncgen/asyncgen/internal/diag"
)

// maxIndent is the largest number of blanks between the slashes and the name of a
// comment that counts as a misspelt directive. More of them, or a tab, make
// it a code block of a documentation comment.
const maxIndent = 3

// nearMiss returns the problem of a comment that starts like a directive and is
// none, or nil if it is ordinary text.
func nearMiss(c Comment) *Problem {
	body, block := strings.CutPrefix(c.Text, "/*")
	if block {
		body = strings.TrimSuffix(body, "*/")
	} else {
		body = strings.TrimPrefix(c.Text, "//")
	}
	text := strings.TrimLeft(body, " ")
	indent := len(body) - len(text)
	rest, ok := cutFold(text, tool+":")
	if !ok {
		return nil
	}
	if block {
		return blockProblem(c, text)
	}
	// "asyncgen: turns …" is a sentence; a directive has its name right behind
	// the colon. Only where nothing else is wrong is a blank there the mistake.
	first := strings.TrimLeft(rest, " ")
	if first == "" && indent == 0 {
		return &Problem{
			Pos: c.Slash, End: c.End(), Code: diag.UnknownDirective,
			Message: "a directive without a name",
			Hint:    suggestion("//asyncgen:", "", modeNames()),
		}
	}
	if first == "" || indent > 0 && len(first) < len(rest) || indent > maxIndent {
		return nil
	}
	if indent > 0 && !startsWithLetter(first) {
		return nil
	}
	return lineProblem(c, indent, rest)
}

func lineProblem(c Comment, indent int, rest string) *Problem {
	fixed := canonical(rest)
	if indent > 0 {
		return &Problem{
			Pos: c.Slash, End: c.End(), Code: diag.NearMissBlank,
			Message: "a blank after // makes this an ordinary comment, not a directive",
			Hint:    "write " + fixed,
		}
	}
	if strings.HasPrefix(c.Text, "//"+tool+":") && strings.HasPrefix(rest, " ") {
		return &Problem{
			Pos: c.Slash, End: c.End(), Code: diag.NearMissBlank,
			Message: "a blank after the colon makes this an ordinary comment, not a directive",
			Hint:    "write " + fixed,
		}
	}
	return &Problem{
		Pos: c.Slash, End: c.End(), Code: diag.NearMissCase,
		Message: fmt.Sprintf("directives are spelled in lower case: %s is not one", firstWord(c.Text)),
		Hint:    "write " + fixed,
	}
}

func blockProblem(c Comment, text string) *Problem {
	_, rest, _ := strings.Cut(text, ":")
	return &Problem{
		Pos: c.Slash, End: c.End(), Code: diag.NearMissBlock,
		Message: "a directive is a // comment; in /* */ it does nothing",
		Hint:    "write " + canonical(rest),
	}
}

// canonical spells the directive whose text behind the colon is rest.
func canonical(rest string) string {
	rest = strings.TrimSpace(rest)
	name, args, _ := strings.Cut(rest, " ")
	return strings.TrimSpace("//" + tool + ":" + strings.ToLower(name) + " " + args)
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func startsWithLetter(s string) bool {
	c := s[0] | 0x20
	return 'a' <= c && c <= 'z'
}

// cutFold is strings.CutPrefix without regard to case, for ASCII prefixes.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// InProse reports whether a comment that starts like a directive is more likely
// the continuation of a sentence that a line break happened to split there:
// the line before it is text that does not end a sentence, and what follows is
// no list of arguments.
func InProse(c Comment, previous string) bool {
	body, ok := strings.CutPrefix(c.Text, "// ")
	if !ok {
		return false
	}
	previous = strings.TrimSpace(strings.TrimPrefix(previous, "//"))
	if previous == "" || strings.ContainsAny(previous[len(previous)-1:], ".:;!?") {
		return false
	}
	words := strings.Fields(body)
	if len(words) < 2 {
		return false
	}
	for _, w := range words[1:] {
		if a := argumentNamed(w); strings.Contains(w, "=") || a != nil && a.Flag() {
			return false
		}
	}
	return true
}
