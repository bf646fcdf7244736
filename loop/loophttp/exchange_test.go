package loophttp_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// loopEpoch is when the files of the tests were changed.
var loopEpoch = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

// exchangeRaw sends the request on a connection of its own and shows the response.
func exchangeRaw(t *testing.T, s server, request string) shown {
	t.Helper()
	conn := s.dial(t)
	defer conn.Close()
	send(t, conn, request)
	method, _, _ := strings.Cut(request, " ")
	reader := bufio.NewReader(conn)
	var informed []string
	for {
		resp, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			return shown{Informed: informed, Err: err.Error()}
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			informed = append(informed, fmt.Sprint(resp.StatusCode, resp.Header))
			continue
		}
		s := show(resp)
		s.Informed = informed
		return s
	}
}

// exchangeTwo sends a request over HTTP/2 and shows the response.
func exchangeTwo(t *testing.T, s server, method, name string) shown {
	t.Helper()
	var informed []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			informed = append(informed, fmt.Sprint(code, header))
			return nil
		},
	})
	var body io.Reader
	if method == "POST" {
		body = io.MultiReader(strings.NewReader("b=2")) // of no known length
	}
	req, err := http.NewRequestWithContext(ctx, method, s.URL+"/path?a=1", body)
	require.NoError(t, err)
	req.Host = "test"
	req.Header.Set("X-Case", name)
	if body != nil {
		req.Trailer = http.Header{"X-Sum": {"3"}}
	}
	resp, err := s.Client().Transport.RoundTrip(req) // does not follow redirects
	if err != nil {
		return shown{Informed: informed, Err: "no response"}
	}
	got := show(resp)
	got.Informed = informed
	return got
}
