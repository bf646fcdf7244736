package templates

import (
	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/internal/model"
)

// stream renders the function that returns a sequence whose producer runs on the
// loop:
//
//	func (s *Store) RowsOnLoop(ctx context.Context, table string) iter.Seq2[Row, error] {
//		return loopimpl.StreamErr(ctx, s.loop, &storeRows, &storeRowsCall{s: s, table: table})
//	}
func stream(f model.File, b model.Bridge, w model.Wrapper) jen.Code {
	return function(b, w, jen.Return(invoke(f, b, w, w.Stream.Call(w.Same, w.InPlace))))
}
