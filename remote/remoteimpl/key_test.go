package remoteimpl_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/remote/remoteimpl"
)

func TestKeyOf(t *testing.T) {
	type name string
	require.Equal(t, "x", remoteimpl.KeyOf(name("x")))
	require.Equal(t, "-3", remoteimpl.KeyOf(int8(-3)))
	require.Equal(t, "18446744073709551615", remoteimpl.KeyOf(^uint64(0)))
	require.Equal(t, "true", remoteimpl.KeyOf(true))
	require.Equal(t, "::1", remoteimpl.KeyOf(netip.MustParseAddr("::1")))
	require.Equal(t, `{"A":"a b","B":"c"}`, remoteimpl.KeyOf(struct{ A, B string }{"a b", "c"}))
	require.Equal(t, "null", remoteimpl.KeyOf[any](nil))
	require.Panics(t, func() { remoteimpl.KeyOf(make(chan int)) })
}
