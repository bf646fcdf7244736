package natstest

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// freePorts returns ports that nobody listens on. Somebody else may take one before the test does, which is
// unlikely: the system hands out others first.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
