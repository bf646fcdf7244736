package smtpsink

import (
	"bufio"
	"errors"
	"io"
	"net/textproto"
	"strings"
)

// maxLine is what RFC 5321 section 4.5.3.1.6 allows, with the line's end.
const maxLine = 1000

var (
	errTooLong = errors.New("line too long")
	// A server that takes a bare LF for the end of a line lets a client smuggle
	// mails past servers that do not, so textproto.DotReader will not do.
	errBareLF = errors.New("lines end in CR LF")
)

// lines reads lines of limited length.
type lines struct {
	r *bufio.Reader
}

func newLines(r io.Reader) *lines { return &lines{bufio.NewReaderSize(r, maxLine)} }

// next returns the next line without its end. A line that is wrong has been read
// completely when next returns errTooLong or errBareLF.
func (l *lines) next() (string, error) {
	var last byte // of the part before
	chunk, err := l.r.ReadSlice('\n')
	long := errors.Is(err, bufio.ErrBufferFull)
	for errors.Is(err, bufio.ErrBufferFull) {
		last = chunk[len(chunk)-1]
		chunk, err = l.r.ReadSlice('\n')
	}
	if err != nil {
		return "", err
	}
	line, ok := strings.CutSuffix(string(chunk), "\r\n")
	switch {
	case !ok && (last != '\r' || len(chunk) > 1):
		return "", errBareLF
	case long:
		return "", errTooLong
	}
	return line, nil
}

// data reads up to the line that consists of a dot, and removes the dots that were
// put before others. What cannot be accepted is read to its end all the same,
// and returned as a refusal. An error means that the end never came.
func (l *lines) data(limit int) (body []byte, refusal *textproto.Error, err error) {
	whole := true // whether the line before ended in CR LF
	for {
		line, err := l.next()
		switch {
		case errors.Is(err, errTooLong):
			refusal, whole = &textproto.Error{Code: 500, Msg: err.Error()}, true
			continue
		case errors.Is(err, errBareLF):
			refusal, whole = &textproto.Error{Code: 554, Msg: err.Error()}, false
			continue
		case err != nil:
			return nil, nil, err
		case whole && line == ".":
			return body, refusal, nil
		}
		if whole {
			line = strings.TrimPrefix(line, ".")
		}
		whole = true
		if len(body)+len(line)+2 > limit {
			refusal = &textproto.Error{Code: 552, Msg: "mail too large"}
		}
		if refusal == nil {
			body = append(append(body, line...), "\r\n"...)
		}
	}
}
