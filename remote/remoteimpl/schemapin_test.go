package remoteimpl_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/remote/remoteimpl"
)

// TestSchemaIsThatOfEveryVersion has the hashes of some methods. A program that was built with another
// version of this package calls methods by the same hashes, so they must never change.
func TestSchemaIsThatOfEveryVersion(t *testing.T) {
	type item struct {
		Name  string            `json:"name"`
		Count *int32            `json:"count"`
		Tags  []string          `json:"tags"`
		Of    map[string][]byte `json:"of"`
		At    time.Time         `json:"at"`
		For   time.Duration     `json:"for"`
		Part  [2]float64        `json:"part"`
	}
	require.Equal(t, "633d7f40c6ba5010", schema[struct{}](t))
	require.Equal(t, "22f6e86e24b96657", schema[item](t))
	require.Equal(t, "b63d8260d6ddfa0f", schema(t, func(m *remoteimpl.Method[item, struct{}]) { m.Serial = true }))
	require.Equal(t, "e217aecfc1c58253", schema(t, func(m *remoteimpl.Method[item, struct{}]) { m.Durable = true }))
	require.Equal(t, "cb25a831c5d74485", schema(t, func(m *remoteimpl.Method[item, struct{}]) {
		m.Errors = []remoteimpl.ErrorDef{remoteimpl.ErrorType[*limitError]("limit")}
	}))
}
