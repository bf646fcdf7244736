package emit

import (
	"bytes"
	"go/format"
)

// formatted formats src until nothing changes any more. One round is not always
// enough, because the printer may rewrite a comment, and lays out the rewritten one
// differently. A second round is unnecessary if the first one has left the comments
// alone, or if the result is the text that an earlier run has written. Formatting is
// most of the generator's own work.
func formatted(src, written []byte) ([]byte, error) {
	const rounds = 4
	for range rounds {
		next, err := format.Source(src)
		if err != nil || bytes.Equal(next, src) || bytes.Equal(next, written) || sameComments(src, next) {
			return next, err
		}
		src = next
	}
	return src, nil
}

// sameComments reports whether two texts of one file have the same comments, each on
// lines of its own. Line by line, the comments may differ in their indentation. It reports
// false if a comment might share its line with code, or might span several lines.
func sameComments(a, b []byte) bool {
	for {
		x, more, plain := nextComment(a)
		y, rest, alsoPlain := nextComment(b)
		if !plain || !alsoPlain || !bytes.Equal(x, y) {
			return false
		}
		if x == nil {
			return true
		}
		a, b = more, rest
	}
}

// nextComment returns the first comment line of text and the text after it. The
// comment is nil at the end of the text. plain is false if a line before it has a
// comment after code, or a string that looks like one.
func nextComment(text []byte) (comment, rest []byte, plain bool) {
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		line = bytes.TrimSpace(line)
		switch {
		case bytes.HasPrefix(line, []byte("//")):
			return line, text, true
		case bytes.Contains(line, []byte("//")), bytes.Contains(line, []byte("/*")):
			return nil, nil, false
		}
	}
	return nil, nil, true
}
