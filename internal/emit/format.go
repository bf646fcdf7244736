package emit

import (
	"bytes"
	"go/doc/comment"
	"go/format"
	"strings"
)

// formatted formats src until nothing changes any more. One round is not always
// enough, because the printer lays out a doc comment only if it is in its final
// position. A second round is unnecessary if the doc comments are laid out already, or
// if the result is the text that an earlier run has written. Formatting is most of the
// generator's own work.
func formatted(src, written []byte) ([]byte, error) {
	const rounds = 4
	for range rounds {
		next, err := format.Source(src)
		if err != nil || bytes.Equal(next, src) || bytes.Equal(next, written) || settled(next) {
			return next, err
		}
		src = next
	}
	return src, nil
}

// settled reports whether formatting a formatted text again certainly changes nothing: the
// printer changes only doc comments then, and may change comments that share a line with
// code or span several lines. So there must be none of these, and the doc comments must
// be laid out.
func settled(text []byte) bool {
	var doc []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "//"):
			doc = append(doc, line)
			continue
		case strings.HasPrefix(strings.TrimLeft(line, "\t"), "//"):
		case strings.Contains(line, "//"), strings.Contains(line, "/*"):
			return false
		case line != "" && !laidOut(doc):
			return false
		}
		doc = nil
	}
	return true
}

// laidOut reports whether a doc comment is as the printer leaves it. Directives are
// moved by the printer, so a comment with one is never laid out.
func laidOut(doc []string) bool {
	var text strings.Builder
	for _, line := range doc {
		after := strings.TrimPrefix(line, "//")
		if after != "" && after[0] != ' ' && after[0] != '\t' {
			return false
		}
		text.WriteString(strings.TrimPrefix(after, " "))
		text.WriteByte('\n')
	}
	var parser comment.Parser
	var printer comment.Printer
	return string(printer.Comment(parser.Parse(text.String()))) == text.String() || len(doc) == 0
}
