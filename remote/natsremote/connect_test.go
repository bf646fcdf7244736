package natsremote_test

import (
	"crypto/tls"
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
	for name, o := range map[string]natsremote.Option{
		"beat":     natsremote.WithBeat(0),
		"silence":  natsremote.WithSilence(-time.Second),
		"grace":    natsremote.WithGrace(0),
		"codec":    natsremote.WithCodec(nil),
		"warnings": natsremote.WithWarnings(nil),
		"prefix":   natsremote.WithPrefix("A b"),
	} {
		_, err := natsremote.Connect("nats://127.0.0.1:1", o)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, nats.ErrNoServers, name)
	}
	_, err := natsremote.Connect("nats://127.0.0.1:1", natsremote.WithPrefix("ag.>"))
	require.ErrorIs(t, err, subject.ErrName)
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, url string
		opts      nats.Options
		tls       bool
		want      []string
	}{
		{name: "loopback", url: "nats://127.0.0.1:4222"},
		{name: "loopback 6", url: "nats://[::1]:4222"},
		{name: "localhost", url: "nats://localhost:4222"},
		{
			name: "nothing", url: "nats://10.0.0.1:4222",
			want: []string{"natsremote: connected to 10.0.0.1:4222 without TLS and without credentials; see natsremote.WithNATS"},
		},
		{
			name: "no TLS", url: "nats://nats.example.com:4222", opts: nats.Options{User: "u"},
			want: []string{"natsremote: connected to nats.example.com:4222 without TLS; see natsremote.WithNATS"},
		},
		{
			name: "no credentials", url: "tls://nats.example.com:4222", tls: true,
			want: []string{"natsremote: connected to nats.example.com:4222 without credentials; see natsremote.WithNATS"},
		},
		{name: "in the URL", url: "tls://user:secret@nats.example.com:4222", tls: true},
		{name: "certificate", url: "tls://nats.example.com:4222", tls: true, opts: nats.Options{
			TLSConfig: &tls.Config{Certificates: make([]tls.Certificate, 1)},
		}},
	} {
		require.Equal(t, c.want, natsremote.Warnings(c.url, c.opts, c.tls), c.name)
	}
}
