package cli

import (
	"bytes"
	"fmt"
	"go/token"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// isTerminal reports whether f is a terminal, or another character device, such as /dev/null,
// where excerpts do no harm.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// excerpt prints the source line of a diagnostic with a caret below its first
// column, and the rest of its subject underlined. Only a terminal gets it: readers of logs and
// editors have the source at hand.
func (r run) excerpt(pos, end token.Position) {
	if !r.Terminal {
		return
	}
	line, ok := sourceLine(pos)
	if !ok {
		return
	}
	start := min(max(pos.Column-1, 0), len(line))
	stop := len(line)
	if end.Filename != pos.Filename || end.Line == 0 {
		stop = start
	} else if end.Line == pos.Line {
		stop = min(max(end.Column-1, start), len(line))
	}
	marked := strings.TrimRight(line[start:stop], " \t")
	underline := strings.Repeat("~", max(utf8.RuneCountInString(marked)-1, 0))
	fmt.Fprintf(r.Stderr, "\t%s\n\t%s^%s\n", printable(line), blanks(line[:start]), underline)
}

// sourceLine returns the line at pos. The file is read again: a run that has
// something to complain about can afford it, others keep no sources for it.
func sourceLine(pos token.Position) (string, bool) {
	if pos.Filename == "" || pos.Line == 0 {
		return "", false
	}
	src, err := os.ReadFile(pos.Filename)
	if err != nil {
		return "", false
	}
	n := 0
	for line := range bytes.Lines(src) {
		if n++; n == pos.Line {
			text := string(bytes.TrimRight(line, "\r\n"))
			return text, strings.TrimSpace(text) != ""
		}
	}
	return "", false
}

// blanks returns what takes as much room on a terminal as text: tabs stay tabs.
func blanks(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case unicode.Is(unicode.Mn, r):
			return -1
		}
		return ' '
	}, text)
}

// printable keeps the control characters of a source file from steering the
// terminal.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return utf8.RuneError
		}
		return r
	}, line)
}
