package about

import (
	"errors"
	"fmt"
	"go/doc/comment"
	"go/parser"
	"go/token"
)

// Manual renders the package comment in source the way "go doc" does, so that the manual of a
// command exists once.
func Manual(source string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", source, parser.PackageClauseOnly|parser.ParseComments)
	if err == nil && file.Doc == nil {
		err = errors.New("there is no package comment")
	}
	if err != nil {
		return "", fmt.Errorf("reading the manual: %w", err)
	}
	var parser comment.Parser
	printer := comment.Printer{TextCodePrefix: "    "}
	return string(printer.Text(parser.Parse(file.Doc.Text()))), nil
}
