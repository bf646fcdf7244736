package names

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/model"
)

// doc returns the comment of a generated function: its summary, then the handler's own
// documentation. A method of a front with the name of its handler has that documentation first, since
// it begins with the name.
func (s *signature) doc(name, summary string) []string {
	text := strings.Trim(s.h.Doc, "\n")
	return documented(text, name, summary, s.h.Front != nil && name == s.h.Name)
}

// frontDoc returns the comment of a front: its summary, and the documentation of its target, unless that is
// exported and has a link. It comes first if it is written about the front.
func frontDoc(f *model.Front, summary string) []string {
	text := strings.Trim(f.Doc, "\n")
	if ast.IsExported(f.Target) {
		text = ""
	}
	words := strings.Fields(text)
	if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	return documented(text, f.Name, summary, len(words) > 0 && words[0] == f.Name)
}

// documented returns a comment of a summary and a text. The text comes first if it introduces the name itself.
func documented(text, name, summary string, introduced bool) []string {
	if !introduced || text == "" || strings.HasPrefix(text, deprecated) {
		return commented(name+" "+summary, text)
	}
	text, rest, found := strings.Cut(text, "\n\n"+deprecated)
	if found {
		rest = deprecated + rest
	}
	return commented(text, "It "+summary, rest)
}

// deprecated begins the paragraph that tools look for.
const deprecated = "Deprecated: "

// commented returns paragraphs as comment lines. Empty ones are left out.
func commented(paragraphs ...string) []string {
	var lines []string
	for _, p := range paragraphs {
		if p == "" {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, "//")
		}
		for line := range strings.SplitSeq(p, "\n") {
			lines = append(lines, comment(line))
		}
	}
	return lines
}

func comment(line string) string {
	switch {
	case line == "":
		return "//"
	case strings.HasPrefix(line, "\t"):
		return "//" + line
	}
	return "// " + line
}

// summary describes a generated function, without its name.
func (c *call) summary(out model.Bridge, d model.Directive) string {
	target := out.Link + " on " + c.loopWords(d)
	switch d.Mode {
	case model.ModeAsync:
		return "schedules " + target + " and returns at once."
	case model.ModeSpawn:
		if d.Same {
			return "schedules " + target + " and does not wait for it."
		}
		return "schedules " + target + " and reports only whether the loop accepted it."
	}
	if c.h.HTTP {
		return "answers requests with " + out.Link + ", which it runs on " + c.loopWords(d) + c.errorWords(out, d) + "."
	}
	if c.h.Stream() != model.NoStream {
		return "runs the producer of " + target + ", in chunks, while the caller ranges over what it yields." + c.streamErrorWords(d)
	}
	if len(out.Results) == 0 {
		return "runs " + target + " and waits for it to return."
	}
	return "runs " + target + " and waits for its result."
}

// errorWords ends the summary of an HTTP handler that returns an error.
func (c *call) errorWords(out model.Bridge, d model.Directive) string {
	switch {
	case len(out.Results) == 0:
		return ""
	case d.Same || c.h.InPlace:
		return ", and returns its error"
	}
	return ". See [" + c.file.HTTP + ".HandleErrors] for its error"
}

// streamErrorWords ends the summary of a stream.
func (c *call) streamErrorWords(d model.Directive) string {
	if c.h.InPlace || d.Same && c.h.Stream() != model.ErrorStream {
		return ""
	}
	return "\nThe last element is an error if the stream cannot start or is cut short."
}

// loopWords names the loop in a sentence.
func (c *call) loopWords(d model.Directive) string {
	name := "the default loop"
	switch {
	case d.Loop.Kind == model.LoopField && c.h.Front != nil:
		name = "the front's loop"
	case d.Loop.Kind != model.LoopDefault:
		name = oneLine(c.loopChoice(d.Loop))
	}
	if d.Loop.Key != nil {
		return "the loop of " + oneLine(c.key(d.Loop.Key)) + " in " + name
	}
	return name
}

// oneLine returns an expression without line breaks.
func oneLine(expr string) string { return strings.Join(strings.Fields(expr), " ") }

// remoteSummary describes a function that calls a handler from afar, without its name.
func remoteSummary(out model.Bridge, d model.Directive) string {
	target := out.Link
	switch {
	case d.Remote.Durable:
		return "stores a call of " + target + ", which a worker handles at least once, and does not wait for it."
	case d.Remote.Serial != nil:
		return "calls " + target + " on a worker, in order with other calls of the same " + oneLine(d.Remote.Serial.Text) + ", and waits for its result."
	}
	return "calls " + target + " on a worker and waits for its result."
}
