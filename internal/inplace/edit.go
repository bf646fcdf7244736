package inplace

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/asyncgen/asyncgen/internal/model"
)

// An Edit replaces a piece of a file, without a change of lines.
type Edit struct {
	Offset, Length int
	Text           string
}

// Apply returns src with the edits, which do not overlap.
func Apply(src []byte, edits []Edit) []byte {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Offset, b.Offset) })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(src[at:e.Offset])
		out.WriteString(e.Text)
		at = e.Offset + e.Length
	}
	out.Write(src[at:])
	return out.Bytes()
}

// Renames returns the edits that give handlers their other names, by path.
func Renames(bridges []model.Bridge) map[string][]Edit {
	edits := map[string][]Edit{}
	for _, b := range bridges {
		h := b.Source
		edits[h.Pos.Filename] = append(edits[h.Pos.Filename], Edit{h.Pos.Offset, len(h.Name), h.Body})
	}
	return edits
}

// bom is what some editors put before a file. The compiler accepts it there and nowhere else.
const bom = "\xef\xbb\xbf"

// Positioned returns src with a comment before it that tells every tool where its lines are from. The
// column makes it speak of columns, too.
func Positioned(path string, src []byte) []byte {
	line := "//line " + path + ":1:1\n"
	return append([]byte(line), bytes.TrimPrefix(src, []byte(bom))...)
}

// Mentions reports whether src has the word name.
func Mentions(src []byte, name string) bool {
	for rest := src; ; {
		i := bytes.Index(rest, []byte(name))
		if i < 0 {
			return false
		}
		end := i + len(name)
		before := i > 0 && wordByte(rest[i-1])
		after := end < len(rest) && wordByte(rest[end])
		if !before && !after {
			return true
		}
		rest = rest[end:]
	}
}

func wordByte(b byte) bool {
	return b == '_' || b >= 0x80 || strconv.IsPrint(rune(b)) && (b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z')
}
