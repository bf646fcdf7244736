package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// stream renders the function that returns a sequence whose producer runs on the
// loop:
//
//	func (s *Store) RowsOnLoop(ctx context.Context, table string) iter.Seq2[Row, error] {
//		return loop.StreamErr(ctx, s.loop, &storeRows, storeRowsArgs{s, table})
//	}
func stream(f model.File, b model.Bridge, w model.Wrapper) jen.Code {
	start := string(w.Stream)
	if w.InPlace {
		start += "InPlace"
	}
	produced := jen.Id(f.Runtime).Dot(start).Call(jen.Id(w.Ctx), jen.Id(w.Loop), jen.Id(w.Descriptor), carried(b))
	return function(b, w, jen.Return(produced))
}
