package loophttp

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Flush is FlushError for [http.Flusher].
func (r *response) Flush() { _ = r.FlushError() }

// FlushError sends what there is to the client, while other handlers run.
func (r *response) FlushError() error {
	if r.over {
		return errOver
	}
	if r.status == 0 {
		r.begin(http.StatusOK)
	}
	return r.outside(func() error {
		if err := r.send(nil); err != nil {
			return err
		}
		return r.below().Flush()
	})
}

// SetReadDeadline is that of the connection.
func (r *response) SetReadDeadline(t time.Time) error { return r.below().SetReadDeadline(t) }

// SetWriteDeadline is that of the connection.
func (r *response) SetWriteDeadline(t time.Time) error { return r.below().SetWriteDeadline(t) }

// EnableFullDuplex has nothing to do: the request has been read to its end.
func (r *response) EnableFullDuplex() error { return nil }

// Hijack refuses: the owner of the connection would do network I/O on the loop.
func (r *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, fmt.Errorf("loophttp: the response of %s is buffered, only a direct bridge can be hijacked: %w",
		r.e.bridge.Name, http.ErrNotSupported)
}

// below controls the writer below. There is no Unwrap, so that no code writes to it past the
// held bytes.
func (r *response) below() *http.ResponseController { return http.NewResponseController(r.e.w) }
