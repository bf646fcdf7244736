package remote

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// inspect reads data once and keeps nothing of it, so that what breaks a limit is found before
// memory is spent on it. It looks at brackets, commas and names alone: whether they are JSON, the decoder finds
// out.
func inspect(data []byte) error {
	var open []level
	for at := 0; at < len(data); at++ {
		switch data[at] {
		case '{', '[':
			if len(open) == maxDepth {
				return fmt.Errorf("JSON nested more than %d deep", maxDepth)
			}
			open = append(open, level{object: data[at] == '{', name: true})
		case '}', ']':
			open = open[:max(0, len(open)-1)]
		case ',':
			if len(open) > 0 && !open[len(open)-1].next() {
				return fmt.Errorf("JSON with more than %d elements in one place", maxElements)
			}
		case '"':
			size := textSize(data[at:])
			if size == 0 {
				return io.ErrUnexpectedEOF
			}
			if len(open) > 0 && !open[len(open)-1].text(data[at:at+size]) {
				return fmt.Errorf("JSON with the field %.40q twice", unquoted(data[at:at+size]))
			}
			at += size - 1
		}
	}
	return nil
}

// textSize returns how long the text is that data begins with, with its quotes, or 0 if it does not end.
func textSize(data []byte) int {
	end := bytes.IndexByte(data[1:], '"')
	if end < 0 {
		return 0
	}
	if bytes.IndexByte(data[1:end+1], '\\') < 0 {
		return end + 2 // with both quotes
	}
	for at := 1; at < len(data); at++ {
		switch data[at] {
		case '"':
			return at + 1
		case '\\':
			at++
		}
	}
	return 0
}

// unquoted returns the text of a name. If it has none, the decoder will say so.
func unquoted(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var name string
	_ = json.Unmarshal(quoted, &name)
	return name
}

// level is an object or list that has not ended.
type level struct {
	object bool
	name   bool // the next text of an object is a name
	count  int  // of elements that have ended
	few    []string
	many   map[string]bool
}

// maxFew is how many names are looked through one by one.
const maxFew = 16

// next counts an element or field, and reports whether there may be another.
func (l *level) next() bool {
	l.count++
	l.name = true
	return l.count < maxElements
}

// text takes note of a name, and reports whether it is the first of its kind.
func (l *level) text(quoted []byte) bool {
	if !l.object || !l.name {
		return true
	}
	l.name = false
	name := unquoted(quoted)
	for _, have := range l.few {
		if have == name {
			return false
		}
	}
	if l.many[name] {
		return false
	}
	if len(l.few) < maxFew {
		l.few = append(l.few, name)
		return true
	}
	if l.many == nil {
		l.many = map[string]bool{}
	}
	l.many[name] = true
	return true
}
