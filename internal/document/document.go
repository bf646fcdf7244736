// Package document writes what programs measure into documents that people write.
package document

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Write puts a report into a document, in place of the one that the same make target
// has written before. It stands between two lines:
//
//	<!-- make TARGET writes from here -->
//	<!-- to here -->
func Write(document, target, report string) error {
	doc, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	if doc, err = insert(doc, target, report); err != nil {
		return err
	}
	return os.WriteFile(document, doc, 0o600)
}

func insert(doc []byte, target, report string) ([]byte, error) {
	begin, end := "<!-- make "+target+" writes from here -->\n", "<!-- to here -->\n"
	before, rest, ok := bytes.Cut(doc, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed {
		return nil, fmt.Errorf("the document has no line %q before a line %q", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return slices.Concat(before, []byte(begin), []byte(report), []byte(end), after), nil
}
