package parse

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
)

// region is a top-level declaration that does not parse, with the comment above
// it.
type region struct {
	from, to int // offsets
	message  string
	at       int // offset of the first error
}

// isolate blanks the declarations of a broken file that do not parse by
// themselves, so that an error in one of them cannot hide the others: the
// parser alone would take a function behind an unclosed brace for a part of the
// one before. Offsets stay as they are.
//
// A declaration begins with a keyword in the first column. In sources
// that are not formatted that way a region is merely larger.
func isolate(src []byte) ([]byte, []region) {
	starts := declarationStarts(src)
	cleaned := slices.Clone(src)
	var broken []region
	for i, from := range starts {
		to := len(src)
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		at, message, ok := parseAlone(src[from:to])
		if ok {
			continue
		}
		broken = append(broken, region{from: from, to: to, at: from + at, message: message})
		for j := from; j < to; j++ {
			if cleaned[j] != '\n' {
				cleaned[j] = ' '
			}
		}
	}
	return cleaned, broken
}

// parseAlone parses one declaration and returns the place of the first error.
func parseAlone(decl []byte) (at int, message string, ok bool) {
	const clause = "package p;"
	_, err := parser.ParseFile(token.NewFileSet(), "", append([]byte(clause), decl...), parser.SkipObjectResolution)
	list, _ := readable(err)
	if len(list) == 0 {
		return 0, "", true
	}
	return min(max(list[0].Pos.Offset-len(clause), 0), len(decl)), list[0].Msg, false
}

// declarationStarts returns the offsets at which top-level declarations begin,
// the comment directly above included.
func declarationStarts(src []byte) []int {
	var (
		s       scanner.Scanner
		starts  []int
		comment = -1 // where the comment begins that ends on the line above
		endLine = -2
	)
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	s.Init(file, src, func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, text := s.Scan()
		p := file.PositionFor(pos, false)
		switch {
		case tok == token.EOF:
			return starts
		case tok == token.COMMENT && p.Column == 1:
			if p.Line != endLine+1 {
				comment = p.Offset
			}
			endLine = file.PositionFor(pos+token.Pos(len(text)), false).Line
		case p.Column == 1 && declares(tok):
			if p.Line != endLine+1 {
				comment = p.Offset
			}
			starts = append(starts, comment)
		}
	}
}

func declares(tok token.Token) bool {
	switch tok {
	case token.FUNC, token.TYPE, token.VAR, token.CONST, token.IMPORT:
		return true
	}
	return false
}
