package embedded_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func TestOpensNoPort(t *testing.T) {
	s, err := embedded.Start()
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	require.Empty(t, s.URL())
	require.Nil(t, s.NATS().Addr())
	require.Nil(t, s.NATS().ClusterAddr())
	require.Nil(t, s.NATS().MonitorAddr())
	e, err := s.Connect()
	require.NoError(t, err)
	require.NoError(t, e.Close())
	varz, err := s.NATS().Varz(nil)
	require.NoError(t, err)
	require.True(t, varz.JetStream.Config.SyncAlways)
}

func TestTemporaryDirectoryIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s, err := embedded.Start()
	require.NoError(t, err)
	found, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	info, err := os.Stat(found[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.NoDirExists(t, found[0])
}

func TestDirectorySurvives(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "store")
	s, err := embedded.Start(embedded.WithDir(dir), embedded.WithPort(-1))
	require.NoError(t, err)
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())

	_, err = embedded.Start(embedded.WithDir(dir))
	require.ErrorContains(t, err, "used by another server")

	js := streams(t, s)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "s", []byte("x"))
	require.NoError(t, err)
	require.NoError(t, s.Close())

	s, err = embedded.Start(embedded.WithDir(dir), embedded.WithPort(-1))
	require.NoError(t, err)
	defer s.Close()
	stream, err := streams(t, s).Stream(t.Context(), "S")
	require.NoError(t, err)
	m, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "x", string(m.Data))
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := embedded.Start(embedded.WithDir(file))
	require.ErrorContains(t, err, "embedded: ")
}

func TestMistakesWithOptionsPanic(t *testing.T) {
	t.Parallel()
	for want, mistake := range map[string]func(){
		"embedded: Start got a nil option":             func() { _, _ = embedded.Start(nil) },
		"embedded: WithServerOptions needs a function": func() { embedded.WithServerOptions(nil) },
		"embedded: WithPort(-2) is no port":            func() { embedded.WithPort(-2) },
		"embedded: WithPort(65536) is no port":         func() { embedded.WithPort(65536) },
	} {
		require.PanicsWithValue(t, want, mistake)
	}
}

func TestServersThatNobodyStarted(t *testing.T) {
	t.Parallel()
	for _, s := range []*embedded.Server{nil, {}} {
		require.NoError(t, s.Close())
		for _, call := range []func(){func() { _, _ = s.Connect() }, func() { s.URL() }, func() { s.NATS() }} {
			require.PanicsWithValue(t, "embedded: the server is nil or was not made by Start", call)
		}
	}
}

// The options of one call are not changed by another one that has the same array behind its own.
func TestConnectLeavesItsOptionsAlone(t *testing.T) {
	t.Parallel()
	s, err := embedded.Start()
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	opts := make([]natsremote.Option, 2)
	opts[0], opts[1] = natsremote.WithSubjectPrefix("a"), natsremote.WithCancelGrace(time.Second)
	e, err := s.Connect(opts[:1]...)
	require.NoError(t, err)
	require.NoError(t, e.Close())
	require.Equal(t, "WithCancelGrace", fmt.Sprint(opts[1]))
}

func streams(t *testing.T, s *embedded.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(s.URL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}
