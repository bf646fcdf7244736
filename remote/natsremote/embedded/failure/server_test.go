//go:build unix

package failure_test

import (
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote/embedded"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// serverConfig is a server's. It keeps its port and its directory when it is started again.
type serverConfig struct {
	Dir  string
	Port int // -1 for any
	Fast bool
}

// serverRole is a process with a server, as a program has it that uses package embedded.
func serverRole(config []byte, stop <-chan struct{}) error {
	c, err := decode[serverConfig](config)
	if err != nil {
		return err
	}
	s, err := embedded.Start(embedded.WithDir(c.Dir), embedded.WithPort(c.Port),
		embedded.WithServerOptions(func(o *server.Options) { o.SyncAlways = !c.Fast }))
	if err != nil {
		return err
	}
	say(s.URL())
	<-stop
	return s.Close()
}

// A node is a server that can be killed and started again.
type node struct {
	t       *testing.T
	config  serverConfig
	process *process
	url     string
}

func startNode(t *testing.T, fast bool) *node {
	t.Helper()
	n := &node{t: t, config: serverConfig{Dir: t.TempDir(), Port: -1, Fast: fast}}
	n.up()
	u, err := url.Parse(n.url)
	require.NoError(t, err)
	n.config.Port, err = strconv.Atoi(u.Port())
	require.NoError(t, err)
	return n
}

// up starts the server. It may have to wait for its port, which something else can have for a moment.
func (n *node) up() {
	n.t.Helper()
	n.process, n.url = start(n.t, "server", n.config)
}

// outage kills the server and starts it again, with something to do between.
func (n *node) outage(during func()) {
	n.t.Helper()
	n.process.kill()
	during()
	n.up()
}

func pause(d time.Duration) { <-time.After(d) }
