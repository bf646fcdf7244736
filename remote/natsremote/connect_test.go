package natsremote_test

import (
	"crypto/tls"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/internal/subject"
	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestConnectToNobody(t *testing.T) {
	t.Parallel()
	_, err := natsremote.Connect("nats://127.0.0.1:1")
	require.ErrorIs(t, err, nats.ErrNoServers)
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]natsremote.Option{
		"natsremote: WithHeartbeat: the duration 0s is not positive":         natsremote.WithHeartbeat(0),
		"natsremote: WithHeartbeatTimeout: the duration -1s is not positive": natsremote.WithHeartbeatTimeout(-time.Second),
		"natsremote: WithCancelGrace: the duration 0s is not positive":       natsremote.WithCancelGrace(0),
		"natsremote: WithSubjectPrefix: ":                                    natsremote.WithSubjectPrefix("A b"),
	} {
		_, err := natsremote.Connect("nats://127.0.0.1:1", o)
		require.ErrorContains(t, err, want)
	}
	_, err := natsremote.Connect("nats://127.0.0.1:1", natsremote.WithSubjectPrefix("ag.>"))
	require.ErrorIs(t, err, subject.ErrName)
}

func TestOptionsThatContradictEachOther(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]natsremote.Option{
		{natsremote.WithHeartbeat(time.Minute), natsremote.WithHeartbeatTimeout(time.Minute)},
		{natsremote.WithHeartbeatTimeout(time.Minute), natsremote.WithHeartbeat(time.Minute)},
	} {
		_, err := natsremote.Connect("nats://127.0.0.1:1", opts...)
		require.EqualError(t, err, "natsremote: WithHeartbeat(1m0s) and WithHeartbeatTimeout(1m0s) exclude each other: no heartbeat comes in time")
	}
	// The callers of this worker may have more patience than the default.
	_, err := natsremote.Connect("nats://127.0.0.1:1", natsremote.WithHeartbeat(time.Minute))
	require.ErrorIs(t, err, nats.ErrNoServers)
}

func TestMistakesWithOptionsPanic(t *testing.T) {
	t.Parallel()
	for want, mistake := range map[string]func(){
		"natsremote: Connect got a nil option": func() { _, _ = natsremote.Connect("", nil) },
		"natsremote: New got a nil option":     func() { _, _ = natsremote.New(new(nats.Conn), nil) },
		"natsremote: New needs a connection":   func() { _, _ = natsremote.New(nil) },
		"natsremote: WithCodec needs a codec":  func() { natsremote.WithCodec(nil) },
		"natsremote: New and WithNATS exclude each other: the connection has been made; nats.Connect takes its options": func() {
			_, _ = natsremote.New(new(nats.Conn), natsremote.WithNATS(nats.Name("n")))
		},
	} {
		require.PanicsWithValue(t, want, mistake)
	}
}

func TestEnginesThatNobodyMade(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]*natsremote.Engine{"nil": nil, "zero": {}} {
		require.NoError(t, e.Close(), name)
		require.Zero(t, e.Stats(), name)
		for method, call := range map[string]func(){
			"Codec":       func() { e.Codec() },
			"MaxMessage":  func() { e.MaxMessage() },
			"Call":        func() { _, _ = e.Call(t.Context(), nil) },
			"Store":       func() { _ = e.Store(t.Context(), nil) },
			"Serve":       func() { _, _ = e.Serve(t.Context(), nil) },
			"Backlog":     func() { _, _ = e.Backlog(t.Context(), "") },
			"DeadLetters": func() { e.DeadLetters(t.Context(), "") },
			"Requeue":     func() { _ = e.Requeue(t.Context(), natsremote.DeadLetter{}) },
			"Discard":     func() { _ = e.Discard(t.Context(), natsremote.DeadLetter{}) },
		} {
			require.PanicsWithValue(t, "natsremote: the engine is nil or was not made by Connect or New", call, "%s of %s", method, name)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	const text = `level=WARN msg="the connection to NATS is not protected; see natsremote.WithNATS" `
	for _, c := range []struct {
		name, url string
		opts      nats.Options
		tls       bool
		want      string
	}{
		{name: "loopback", url: "nats://127.0.0.1:4222"},
		{name: "loopback 6", url: "nats://[::1]:4222"},
		{name: "localhost", url: "nats://localhost:4222"},
		{
			name: "nothing", url: "nats://10.0.0.1:4222",
			want: text + "server=10.0.0.1:4222 tls=false credentials=false\n",
		},
		{
			name: "no TLS", url: "nats://nats.example.com:4222", opts: nats.Options{User: "u"},
			want: text + "server=nats.example.com:4222 tls=false credentials=true\n",
		},
		{
			name: "no credentials", url: "tls://nats.example.com:4222", tls: true,
			want: text + "server=nats.example.com:4222 tls=true credentials=false\n",
		},
		{name: "in the URL", url: "tls://user:secret@nats.example.com:4222", tls: true},
		{name: "certificate", url: "tls://nats.example.com:4222", tls: true, opts: nats.Options{
			TLSConfig: &tls.Config{Certificates: make([]tls.Certificate, 1)},
		}},
	} {
		var log strings.Builder
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
		natsremote.Warn(logger, c.url, c.opts, c.tls)
		require.Equal(t, c.want, log.String(), c.name)
	}
}

// Without a logger, records go to the default one of that moment.
func TestWarningsWithoutLogger(t *testing.T) { // not parallel: it replaces the default logger
	defer slog.SetDefault(slog.Default())
	var log strings.Builder
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	natsremote.Warn(nil, "nats://10.0.0.1:4222", nats.Options{}, false)
	require.Contains(t, log.String(), "server=10.0.0.1:4222")
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
