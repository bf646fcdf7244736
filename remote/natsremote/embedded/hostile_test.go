package embedded_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded/internal/natstest"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// where returns the subject that a shop's worker listens on.
func where(t *testing.T, s *shop) string {
	t.Helper()
	route, err := s.price.Route()
	require.NoError(t, err)
	return subject.Names{}.Call(route.Service, route.Method, route.Schema)
}

// TestPeopleCanCall does what "nats req" does.
func TestPeopleCanCall(t *testing.T) {
	t.Parallel()
	s := open(t, cents)
	nc := bare(t, s.node)
	m, err := nc.Request(where(t, s), []byte(`{"symbol":"ACME"}`), natstest.Patience)
	require.NoError(t, err)
	require.JSONEq(t, `{"cents":4200}`, string(m.Data))

	m, err = nc.Request(where(t, s), []byte(`{"symbol":`), natstest.Patience)
	require.NoError(t, err)
	require.Equal(t, "malformed", m.Header.Get("Nats-Service-Error-Code"))
	require.NotEmpty(t, m.Header.Get("Nats-Service-Error"))
	require.Equal(t, "w1", m.Header.Get("Ag-Worker"))

	m, err = nc.Request("ag.v."+service, nil, natstest.Patience)
	require.NoError(t, err)
	var found struct {
		Worker  string
		Methods []struct{ Method, Schema string }
	}
	require.NoError(t, json.Unmarshal(m.Data, &found))
	require.Equal(t, "w1", found.Worker)
	require.Equal(t, "Price", found.Methods[0].Method)
}

func TestHostileMessages(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	s := open(t, func(context.Context, priceRequest) (priceReply, error) { return priceReply{runs.Add(1)}, nil })
	to, nc := where(t, s), bare(t, s.node)
	deep := strings.Repeat("\x81", 100_000)
	for name, m := range map[string]*nats.Msg{
		"no JSON":            {Data: []byte("\xff\xfe")},
		"no CBOR":            {Data: []byte("\xff\xfe"), Header: header("Ag-Codec", "cbor")},
		"deep CBOR":          {Data: []byte(deep), Header: header("Ag-Codec", "cbor")},
		"deep JSON":          {Data: []byte(strings.Repeat("[", 100_000))},
		"huge length":        {Data: []byte("\xbb\x7f\xff\xff\xff\xff\xff\xff\xff"), Header: header("Ag-Codec", "cbor")},
		"unknown field":      {Data: []byte(`{"symbol":"A","x":1}`)},
		"same field twice":   {Data: []byte("\xa2\x66symbol\x61A\x66symbol\x61B"), Header: header("Ag-Codec", "cbor")},
		"unknown codec":      {Header: header("Ag-Codec", strings.Repeat("x", 100_000))},
		"timeout":            {Header: header("Ag-Timeout", "soon")},
		"timeout in past":    {Header: header("Ag-Timeout", "-1s")},
		"two IDs":            {Header: nats.Header{"Ag-Id": {"1", "2"}}},
		"ID that is no text": {Header: header("Ag-Id", "%zz")},
		"value's name":       {Header: header("Ag-Meta-%q", "x")},
		"too many values":    {Header: many()},
	} {
		m.Subject = to
		reply, err := nc.RequestMsg(m, natstest.Patience)
		require.NoError(t, err, name)
		require.Equal(t, "malformed", reply.Header.Get("Ag-Status"), name)
		require.LessOrEqual(t, len(reply.Header.Get("Ag-Message")), 2048, name)
	}
	require.Zero(t, runs.Load())
	_, err := s.call(t.Context())
	require.NoError(t, err)
}

// TestWorkersPublishNothingForStrangers is about callers that have a worker send something to where they may
// not publish themselves.
func TestWorkersPublishNothingForStrangers(t *testing.T) {
	t.Parallel()
	s := open(t, cents)
	nc := bare(t, s.node)
	tapped := make(chan *nats.Msg, 16) // room for all that may be sent
	for _, tap := range []string{"$JS.API.>", "ag.c.other.>", "ag.x.>"} {
		_, err := nc.ChanSubscribe(tap, tapped)
		require.NoError(t, err)
	}
	for _, reply := range []string{"", "$JS.API.STREAM.DELETE.X", "ag.c.other.Do.1", "ag.x." + service, strings.Repeat("x", 2000)} {
		require.NoError(t, nc.PublishMsg(&nats.Msg{Subject: where(t, s), Reply: reply, Data: []byte(`{"symbol":"A"}`)}))
		require.NoError(t, nc.PublishMsg(&nats.Msg{Subject: "ag.v." + service, Reply: reply}))
	}
	require.NoError(t, nc.PublishMsg(&nats.Msg{Subject: "ag.x." + service, Data: make([]byte, 5000)}))
	for range 3 {
		require.NoError(t, nc.PublishMsg(&nats.Msg{Subject: "ag.x." + service})) // two of them are ours to see
	}
	require.Eventually(t, func() bool { return s.served.Stats().Malformed == 5+4 }, natstest.Patience, 1e6)
	require.NoError(t, nc.Flush())
	for len(tapped) > 0 {
		require.Equal(t, "ag.x."+service, (<-tapped).Subject)
	}
	_, err := s.call(t.Context())
	require.NoError(t, err)
}

// TestBytesThatAreNoMessage speaks the protocol itself, with headers that nats.go would not send.
func TestBytesThatAreNoMessage(t *testing.T) {
	t.Parallel()
	s := open(t, cents)
	c, err := net.Dial("tcp", s.node.Addr())
	require.NoError(t, err)
	defer c.Close()
	head := "NATS/1.0 x\r\nAg-Id\r\n\r\n"
	_, err = fmt.Fprintf(c, "CONNECT {\"headers\":true,\"verbose\":false}\r\nHPUB %s _INBOX.x %d %d\r\n%s{}\r\nPING\r\n",
		where(t, s), len(head), len(head)+2, head)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.served.Stats().Malformed > 0 }, natstest.Patience, 1e6)
	_, err = s.call(t.Context())
	require.NoError(t, err)
}

// TestHostileReplies answers in place of a worker.
func TestHostileReplies(t *testing.T) {
	t.Parallel()
	node := natstest.Start(t)
	price := newPrice()
	route, err := price.Route()
	require.NoError(t, err)
	caller, nc := attach(t, node), bare(t, node)
	replies := []*nats.Msg{
		{Data: []byte("\xff")},
		{Header: nats.Header{"Ag-Status": {"ok", "failed"}}},
		{Header: header("Ag-Status", "nonsense")},
		{Header: header("Ag-Message", "%")},
		{Header: header("Ag-Codec", "nonsense")},
		{Header: header("Status", "400")},
		{Header: header("Ag-Status", "failed"), Data: []byte("\xff")},
		{Header: header("Ag-Status", "panicked")},
	}
	next := 0
	_, err = nc.QueueSubscribe(subject.Names{}.Call(route.Service, route.Method, route.Schema), subject.Queue, func(m *nats.Msg) {
		reply := replies[next]
		next++
		if err := m.RespondMsg(reply); err != nil {
			t.Error(err)
		}
	})
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	client := remote.NewClient(caller)
	for i := range replies {
		_, err := price.Call(t.Context(), client, priceRequest{})
		var e *remote.Error
		require.ErrorAs(t, err, &e, "%d", i)
		require.NotEqual(t, remote.FateNotRun, e.Fate, "%d: %v", i, err)
	}
}

func header(name, value string) nats.Header { return nats.Header{name: {value}} }

func many() nats.Header {
	h := nats.Header{}
	for i := range 1000 {
		h[fmt.Sprint("Ag-Meta-", i)] = []string{"x"}
	}
	return h
}
