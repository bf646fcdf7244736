package loophttp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// echo answers with the request's body.
func echo(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	fmt.Fprint(w, len(text), " ", string(text[:min(10, len(text))]), " ", err)
}

func TestBodyIsReadAheadOfTheLoop(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	s := serve(t, bridged(&loophttp.Bridge{}, l, echo), false)
	slow := s.dial(t)
	send(t, slow, "POST / HTTP/1.1\nHost: x\nContent-Length: 10\n\nfirst")
	for range 3 { // the slow one is in nobody's way
		_, body := s.ask(t, "POST", "/", strings.NewReader("quick"))
		require.Equal(t, "5 quick <nil>", body)
	}
	require.Equal(t, int64(3), l.Stats().Accepted)
	send(t, slow, "later")
	_, body := receive(t, slow, "POST")
	require.Equal(t, "10 firstlater <nil>", body)
}

func TestBodyOverTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	chunk := strings.Repeat("x", 11)
	tests := map[string]string{
		// The length is enough: not one byte of the body is there.
		"length":  "POST / HTTP/1.1\nHost: x\nContent-Length: 300000\n\n",
		"short":   "POST / HTTP/1.1\nHost: x\nContent-Length: 11\n\n" + chunk,
		"chunked": "POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\nb\n" + chunk + "\n0\n\n",
		"endless": "POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\nb\n" + chunk + "\n",
	}
	l := newLoop(t)
	s := serve(t, bridged(&loophttp.Bridge{Body: 10}, l, never(t)), false)
	for name, request := range tests {
		t.Run(name, func(t *testing.T) {
			conn := s.dial(t)
			send(t, conn, request)
			resp, body := receive(t, conn, "POST")
			require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
			require.Equal(t, "Request Entity Too Large\n", body)
		})
	}
	require.Zero(t, l.Stats().Accepted)
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	tests := []struct {
		limit  int64
		size   int
		status int
	}{
		{10, 10, http.StatusOK},
		{10, 11, http.StatusRequestEntityTooLarge},
		{10, 0, http.StatusOK},
		{0, 1 << 20, http.StatusOK},
		{0, 1<<20 + 1, http.StatusRequestEntityTooLarge},
		{-1, 3 << 20, http.StatusOK},
	}
	for _, test := range tests {
		h := bridged(&loophttp.Bridge{Body: test.limit}, l, echo)
		for _, known := range []bool{true, false} {
			body := io.Reader(bytes.NewReader(make([]byte, test.size)))
			if !known {
				body = io.MultiReader(body)
			}
			rec := httptest.NewRecorder()
			h(rec, httptest.NewRequest("POST", "/", body))
			require.Equal(t, test.status, rec.Code, "%+v %v", test, known)
			if test.status == http.StatusOK {
				require.Contains(t, rec.Body.String(), fmt.Sprint(test.size, " "))
			}
		}
	}
}

// A middleware that decompresses the body leaves the length as it was.
func TestBodyThatIsLongerThanItsLength(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for _, length := range []int64{0, 3, 100} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader("0123456789")))
		r.ContentLength = length
		bridged(&loophttp.Bridge{}, l, func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, length, r.ContentLength)
			echo(w, r)
		})(rec, r)
		require.Equal(t, "10 0123456789 <nil>", rec.Body.String())
	}
}

func TestBodyLimitOfAMiddlewareHolds(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	h := bridged(&loophttp.Bridge{}, l, never(t))
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 3)
		h(w, r)
	}), false)
	resp, _ := s.ask(t, "POST", "/", strings.NewReader("four"))
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	require.True(t, resp.Close)
}

func TestBodyThatCannotBeRead(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	for want, err := range map[int]error{
		http.StatusBadRequest:     errors.New("broken"),
		http.StatusRequestTimeout: fmt.Errorf("read: %w", os.ErrDeadlineExceeded),
	} {
		rec := httptest.NewRecorder()
		body := io.MultiReader(strings.NewReader("half"), failing{err})
		bridged(&loophttp.Bridge{}, l, never(t))(rec, httptest.NewRequest("POST", "/", body))
		require.Equal(t, want, rec.Code)
		require.NotContains(t, rec.Body.String(), "read:")
	}
	s := serve(t, bridged(&loophttp.Bridge{}, l, never(t)), false)
	conn := s.dial(t)
	send(t, conn, "POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\nnonsense\n")
	resp, _ := receive(t, conn, "POST")
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestBodyExpectContinue(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	s := serve(t, bridged(&loophttp.Bridge{Body: 10}, l, echo), false)

	conn := s.dial(t)
	send(t, conn, "POST / HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 4\n\n")
	resp, _ := receive(t, conn, "POST")
	require.Equal(t, http.StatusContinue, resp.StatusCode)
	require.Zero(t, l.Stats().Accepted)
	send(t, conn, "body")
	_, body := receive(t, conn, "POST")
	require.Equal(t, "4 body <nil>", body)

	conn = s.dial(t) // what is too large need not be sent
	send(t, conn, "POST / HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 11\n\n")
	resp, _ = receive(t, conn, "POST")
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
}

func TestBodyAfterClose(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	rec := httptest.NewRecorder()
	bridged(&loophttp.Bridge{}, l, func(_ http.ResponseWriter, r *http.Request) {
		require.NoError(t, r.Body.Close())
		_, err := r.Body.Read(make([]byte, 1))
		require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
	})(rec, httptest.NewRequest("POST", "/", strings.NewReader("body")))
	require.Equal(t, http.StatusOK, rec.Code)
}

// A middleware may look at the request when the handler has returned, and net/http
// removes the files of a form.
func TestRequestKeepsWhatTheHandlerParsed(t *testing.T) {
	t.Parallel()
	l := newLoop(t)
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	file, err := m.CreateFormFile("file", "name")
	require.NoError(t, err)
	_, err = file.Write(make([]byte, 100))
	require.NoError(t, err)
	require.NoError(t, m.WriteField("a", "b"))
	require.NoError(t, m.Close())
	var name string
	h := bridged(&loophttp.Bridge{}, l, func(_ http.ResponseWriter, r *http.Request) {
		require.NoError(t, r.ParseMultipartForm(0)) // nothing may stay in memory
		file, _, err := r.FormFile("file")
		require.NoError(t, err)
		onDisk, ok := file.(*os.File)
		require.True(t, ok)
		name = onDisk.Name()
		require.NoError(t, file.Close())
	})
	seen := make(chan string, 1)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h(w, r)
		seen <- r.PostFormValue("a")
	}), false)
	resp, err := s.Client().Post(s.URL, m.FormDataContentType(), &form)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "b", <-seen)
	require.Eventually(t, func() bool {
		_, err := os.Stat(name)
		return errors.Is(err, os.ErrNotExist)
	}, 10*time.Second, time.Millisecond)
}
