package remote

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote/internal/door"
)

// wellKnown are errors that every process has.
func wellKnown() []door.ErrorDef {
	return []door.ErrorDef{
		{Name: "context.Canceled", Sentinel: context.Canceled},
		{Name: "context.DeadlineExceeded", Sentinel: context.DeadlineExceeded},
		{Name: "errors.ErrUnsupported", Sentinel: errors.ErrUnsupported},
		{Name: "io.EOF", Sentinel: io.EOF},
		{Name: "io.ErrUnexpectedEOF", Sentinel: io.ErrUnexpectedEOF},
		{Name: "io/fs.ErrExist", Sentinel: fs.ErrExist},
		{Name: "io/fs.ErrNotExist", Sentinel: fs.ErrNotExist},
		{Name: "io/fs.ErrPermission", Sentinel: fs.ErrPermission},
		{Name: "loop.ErrAbandoned", Sentinel: loop.ErrAbandoned},
		{Name: "loop.ErrCanceled", Sentinel: loop.ErrCanceled},
		{Name: "loop.ErrClosed", Sentinel: loop.ErrClosed},
		{Name: "loop.ErrFull", Sentinel: loop.ErrFull},
		{Name: "remote.ErrLost", Sentinel: ErrLost},
		{Name: "remote.ErrNoWorker", Sentinel: ErrNoWorker},
		{Name: "remote.ErrUnreachable", Sentinel: ErrUnreachable},
	}
}
