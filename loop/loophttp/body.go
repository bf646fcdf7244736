package loophttp

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
)

const (
	// firstRead bounds the memory that a request gets for saying how long it will be.
	firstRead = 64 << 10
	// unknownRead is the first read of a body of unknown length.
	unknownRead = 512
)

// readAhead reads the body of r into memory. It returns nil if there is none.
func (b *Bridge) readAhead(w http.ResponseWriter, r *http.Request) (*memory, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body := io.Reader(r.Body)
	limit := b.Body
	if limit == 0 {
		limit = DefaultBody
	}
	if limit > 0 {
		if r.ContentLength > limit {
			return nil, &http.MaxBytesError{Limit: limit}
		}
		// It closes the connection of a client that goes on sending.
		body = http.MaxBytesReader(w, r.Body, limit)
	}
	data, err := readAll(body, r.ContentLength)
	if err != nil {
		return nil, err
	}
	m := &memory{}
	m.reader.Reset(data)
	return m, nil
}

// readAll reads to the end, and not only up to the length: the trailers follow the last byte,
// and where a middleware decompresses the body the length is another one.
func readAll(body io.Reader, length int64) ([]byte, error) {
	size := int64(unknownRead)
	if length >= 0 {
		size = min(length, firstRead) + 1 // so that a read can see the end
	}
	data := make([]byte, 0, size)
	for {
		n, err := body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// unreadable returns the status of a request whose body cannot be read.
func unreadable(err error) int {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// memory is a request's body in memory. As with the body that it replaces, one
// goroutine may close it while another reads: HTTP clients do that with the bodies
// they are given to pass on.
type memory struct {
	mu     sync.Mutex
	reader bytes.Reader
	closed bool
}

// Read reads from memory.
func (m *memory) Read(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return m.reader.Read(p)
}

// Close makes further reads fail.
func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
