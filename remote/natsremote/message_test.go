package natsremote_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestCallsArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	route := engine.Route{Address: engine.Address{Service: "s", Method: "M", Schema: "1"}}
	for _, c := range []engine.Call{
		{},
		{Codec: "cbor", Body: []byte{0xa0}},
		{Codec: "json", Body: []byte{0xbf}},
		{ID: "1", Codec: "cbor", Timeout: 1500 * time.Millisecond, Body: []byte("x")},
		{ID: " \x00\r\n%41ü ", Key: "\x7f key", Codec: "json", Timeout: 1},
		{Meta: map[string]string{"traceparent": "00-1-2-01", "baggage": "a=b%20c", "user: ü": "\n", "": "empty name"}},
	} {
		c.Route = route
		got, err := natsremote.DecodeCall(route, &nats.Msg{Header: natsremote.EncodeCall(&c), Data: c.Body})
		require.NoError(t, err)
		require.Equal(t, &c, got)
	}
}

// TestPlainCallsHaveNoHeader: what reads them is most of what a small message costs.
func TestPlainCallsHaveNoHeader(t *testing.T) {
	t.Parallel()
	body, err := natsremote.CBOR(natsremote.CBOROptions{}).Marshal(struct{ A, B string }{"a", "b"})
	require.NoError(t, err)
	require.Empty(t, natsremote.EncodeCall(&engine.Call{Codec: "cbor", Body: body}))
	require.Equal(t, nats.Header{"Ag-Codec": {"json"}}, natsremote.EncodeCall(&engine.Call{Codec: "json", Body: []byte("{}")}))
}

// TestTraceHeadersCannotBeForged: what is no header's value is left out rather than changed.
func TestTraceHeadersCannotBeForged(t *testing.T) {
	t.Parallel()
	h := natsremote.EncodeCall(&engine.Call{Meta: map[string]string{"traceparent": "x\r\nAg-Id: 1"}})
	require.Empty(t, h)
}

func TestRepliesArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, r := range []engine.Reply{
		{Status: engine.StatusOK, Codec: "cbor", Body: []byte("x")},
		{Status: engine.StatusOK, Codec: "json", Worker: "w"},
		{Status: engine.StatusFailed, Codec: "cbor", Worker: "w", Body: []byte("x")},
		{Status: engine.StatusOverloaded, Codec: "cbor", Worker: " w\n", Message: "two\nlines"},
	} {
		h := natsremote.EncodeReply("cbor", &r)
		got, err := natsremote.DecodeReply("cbor", &nats.Msg{Header: h, Data: r.Body})
		require.NoError(t, err)
		require.Equal(t, &r, got)
		require.Equal(t, r.Status != engine.StatusOK, h.Get("Nats-Service-Error") != "")
	}
	require.Empty(t, natsremote.EncodeReply("cbor", &engine.Reply{Status: engine.StatusOK, Codec: "cbor"}), "results cost no header")
	long := natsremote.EncodeReply("", &engine.Reply{Status: engine.StatusFailed, Message: strings.Repeat("ü", 5000)})
	require.Less(t, len(long.Get("Ag-Message")), 2048)
}

func TestSizeIsThatOfNATS(t *testing.T) {
	t.Parallel()
	require.Equal(t, 3, natsremote.Size(&nats.Msg{Data: []byte("abc")}))
	m := &nats.Msg{Header: nats.Header{"A": {"b"}, "Cd": {"e", ""}}, Data: []byte("abc")}
	require.Equal(t, len("NATS/1.0\r\nA: b\r\nCd: e\r\nCd: \r\n\r\nabc"), natsremote.Size(m))
}

func TestTooManyValues(t *testing.T) {
	t.Parallel()
	c := engine.Call{Meta: map[string]string{}}
	for i := range natsremote.MaxMeta {
		c.Meta[fmt.Sprint(i)] = "x"
	}
	_, err := natsremote.DecodeCall(c.Route, &nats.Msg{Header: natsremote.EncodeCall(&c)})
	require.NoError(t, err)
	c.Meta["one more"] = "x"
	_, err = natsremote.DecodeCall(c.Route, &nats.Msg{Header: natsremote.EncodeCall(&c)})
	require.ErrorIs(t, err, remote.ErrMalformed)
}

// FuzzMessage decodes what anybody may send, as nats.go gives it to us: there is no panic, each error
// says what it is, and a call that was decoded means the same when it is sent on.
func FuzzMessage(f *testing.F) {
	f.Add([]byte("NATS/1.0\r\nAg-Id: 1\r\nAg-Codec: cbor\r\nAg-Timeout: 1s\r\nAg-Key: k%20\r\n\r\n"), []byte("x"))
	f.Add([]byte("NATS/1.0 503\r\n\r\n"), []byte(""))
	f.Add([]byte("NATS/1.0\r\nAg-Status: failed\r\nAg-Worker: w\r\nAg-Message: m%0A\r\n\r\n"), []byte("x"))
	f.Add([]byte("NATS/1.0\r\nAg-Meta-a%3A: b\r\ntraceparent: 00-0-0-00\r\nAg-Id: %\r\n\r\n"), []byte(""))
	f.Add([]byte("NATS/1.0\r\nAg-Id: 1\r\nAg-Id: 2\r\n\r\n"), []byte(`{"worker":"w","methods":[{"method":"M","schema":"1"}]}`))
	f.Fuzz(func(t *testing.T, head, body []byte) {
		h, err := nats.DecodeHeadersMsg(head)
		if err != nil {
			h = nil // as nats.go has it
		}
		m := &nats.Msg{Header: h, Data: body}
		if c, err := natsremote.DecodeCall(engine.Route{}, m); err != nil {
			require.ErrorIs(t, err, remote.ErrMalformed)
		} else {
			// Values that are no trace context are not sent on, and none that is empty.
			maps.DeleteFunc(c.Meta, func(name, value string) bool {
				return value == "" || name == "traceparent" || name == "tracestate" || name == "baggage"
			})
			if len(c.Meta) == 0 {
				c.Meta = nil
			}
			c.Codec = strings.TrimSpace(c.Codec)
			again, err := natsremote.DecodeCall(engine.Route{}, &nats.Msg{Header: natsremote.EncodeCall(c), Data: body})
			require.NoError(t, err)
			require.Equal(t, c, again)
		}
		if _, err := natsremote.DecodeReply("cbor", m); err != nil {
			require.ErrorIs(t, err, remote.ErrMalformed)
		}
		if err := natsremote.NewSurvey().Add(body); err != nil {
			require.ErrorIs(t, err, remote.ErrMalformed)
		}
	})
}

func FuzzEscape(f *testing.F) {
	f.Add(" a%\r\n\x00ü ")
	f.Fuzz(func(t *testing.T, s string) {
		for _, escaped := range []string{natsremote.Escape(s), natsremote.EscapeName(s)} {
			require.False(t, strings.ContainsAny(escaped, "\r\n\x00"))
			require.Equal(t, strings.TrimSpace(escaped), strings.Trim(escaped, " \t"))
			got, err := natsremote.Unescape(escaped)
			require.NoError(t, err)
			require.Equal(t, s, got)
		}
	})
}

func TestWorkersCannotFillTheSurvey(t *testing.T) {
	t.Parallel()
	s := natsremote.NewSurvey()
	for w := range 100 {
		var b strings.Builder
		b.WriteString(`{"methods":[`)
		for i := range 1000 {
			fmt.Fprintf(&b, `{"method":"M%d","schema":"%d"},`, w, i)
		}
		b.WriteString(`{}]}`)
		require.NoError(t, s.Add([]byte(b.String())))
	}
	require.LessOrEqual(t, s.Found(), 4096)
	require.ErrorIs(t, s.Add(make([]byte, 1<<20)), remote.ErrMalformed)
}

func TestFinishedForgets(t *testing.T) {
	t.Parallel()
	var f natsremote.Finished
	for i := range 3 * natsremote.MaxFinished {
		f.Add(fmt.Sprint(i), &engine.Reply{Message: fmt.Sprint(i)})
		require.Equal(t, fmt.Sprint(i), f.Find(fmt.Sprint(i)).Message)
	}
	require.Nil(t, f.Find(fmt.Sprint(2*natsremote.MaxFinished-1)))
	require.NotNil(t, f.Find(fmt.Sprint(2*natsremote.MaxFinished)))

	for i := range natsremote.MaxFinished + 10 {
		f.Add(fmt.Sprint("more", i), &engine.Reply{Body: make([]byte, natsremote.MaxFinishedBytes/2/natsremote.MaxFinished)})
	}
	f.Add("three quarters", &engine.Reply{Body: make([]byte, natsremote.MaxFinishedBytes*3/4)})
	for i := range natsremote.MaxFinished { // half of them had to go: the oldest
		require.Equal(t, i >= natsremote.MaxFinished/2, f.Find(fmt.Sprint("more", i+10)) != nil, "%d", i)
	}

	for i := range 100 { // large ones are fewer
		f.Add(fmt.Sprint("large", i), &engine.Reply{Body: make([]byte, natsremote.MaxFinishedBytes/4)})
	}
	for i := range 100 {
		require.Equal(t, i >= 96, f.Find(fmt.Sprint("large", i)) != nil, "%d", i)
	}
	f.Add("too large", &engine.Reply{Body: make([]byte, 2*natsremote.MaxFinishedBytes)})
	require.Nil(t, f.Find("too large"))
	f.Add("small", &engine.Reply{})
	require.NotNil(t, f.Find("small"))
}
