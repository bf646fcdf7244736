package natsremote

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// errEscape says that a header was not written by escape.
var errEscape = errors.New("bad escape sequence")

// escape makes a text fit for the value of a header: what would end it or get lost at its ends is
// written as in a URL.
func escape(s string) string {
	if clean(s) && strings.IndexByte(s, '%') < 0 {
		return s
	}
	return percent(s, func(i int, c byte) bool {
		return control(c) || c == '%' || c == ' ' && (i == 0 || i == len(s)-1)
	})
}

// escapeName does the same for a part of a header's name.
func escapeName(s string) string {
	return percent(s, func(_ int, c byte) bool { return c <= ' ' || c >= 0x7f || c == ':' || c == '%' })
}

// clean reports whether a text arrives in a header as it is.
func clean(s string) bool {
	for i := range len(s) {
		if control(s[i]) {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

func control(c byte) bool { return c < ' ' || c == 0x7f }

func percent(s string, must func(i int, c byte) bool) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+8)
	for i := range len(s) {
		if c := s[i]; must(i, c) {
			b = append(b, '%', digits[c>>4], digits[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// unescape undoes escape and escapeName.
func unescape(s string) (string, error) {
	if strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", errEscape
		}
		high, low := nibble(s[i+1]), nibble(s[i+2])
		if high < 0 || low < 0 {
			return "", errEscape
		}
		b = append(b, byte(high<<4|low))
		i += 2
	}
	return string(b), nil
}

func nibble(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c - 'A' + 10)
	case c >= 'a' && c <= 'f':
		return int(c - 'a' + 10)
	}
	return -1
}

// shorten keeps what is for people from filling a message.
func shorten(s string) string {
	if len(s) <= maxHeader {
		return s
	}
	cut := maxHeader
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
