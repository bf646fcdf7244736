package remoteimpl_test

import (
	"io"
	"math/big"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/remote/remoteimpl"
)

type limitError struct{ Limit int }

func (e *limitError) Error() string { return "limit" }

func schema[Req any](t *testing.T, edit ...func(*remoteimpl.Method[Req, struct{}])) string {
	t.Helper()
	m := &remoteimpl.Method[Req, struct{}]{Service: "s", Name: "M"}
	for _, e := range edit {
		e(m)
	}
	r, err := m.Route()
	require.NoError(t, err)
	require.Len(t, r.Schema, 16)
	return r.Schema
}

func TestSchemaIsWhatTravels(t *testing.T) {
	type a struct {
		X int    `json:"x"`
		Y string `json:"y"`
	}
	type turned struct {
		Y string `json:"y"`
		X int    `json:"x"`
	}
	require.Equal(t, schema[a](t), schema[turned](t), "the order of fields and names of types do not matter")

	type renamed struct {
		X int    `json:"z"`
		Y string `json:"y"`
	}
	type retyped struct {
		X int32  `json:"x"`
		Y string `json:"y"`
	}
	type optional struct {
		X *int   `json:"x"`
		Y string `json:"y"`
	}
	type more struct {
		X int    `json:"x"`
		Y string `json:"y"`
		Z string `json:"z"`
	}
	seen := map[string]bool{schema[a](t): true}
	for _, s := range []string{
		schema[renamed](t), schema[retyped](t), schema[optional](t), schema[more](t),
		schema(t, func(m *remoteimpl.Method[a, struct{}]) { m.Serial = true }),
		schema(t, func(m *remoteimpl.Method[a, struct{}]) { m.Durable = true }),
		schema(t, func(m *remoteimpl.Method[a, struct{}]) {
			m.Errors = []remoteimpl.ErrorDef{remoteimpl.ErrorType[*limitError]("limit")}
		}),
	} {
		require.False(t, seen[s])
		seen[s] = true
	}
	require.Equal(t, schema[a](t), schema(t, func(m *remoteimpl.Method[a, struct{}]) {
		m.Errors = []remoteimpl.ErrorDef{remoteimpl.Sentinel("e", io.EOF)}
	}), "a new sentinel is no new version")
}

func TestSchemaOfTypesThatEncodeThemselves(t *testing.T) {
	type times struct {
		At   time.Time
		For  time.Duration
		From netip.Addr
		Sum  *big.Int
		By   map[netip.Addr][]byte
		Grid [2][]float64
	}
	schema[times](t)
}

type list struct{ Next *list }

type hidden struct{ secret int }

type Ring struct{ *Ring }

func TestSchemaRefuses(t *testing.T) {
	_ = hidden{}.secret
	refused[chan int](t, "M.F: chan int cannot travel")
	refused[func()](t, "M.F: func() cannot travel")
	refused[any](t, "M.F: interface {} cannot travel")
	refused[complex64](t, "M.F: complex64 cannot travel")
	refused[uintptr](t, "M.F: uintptr cannot travel")
	refused[map[string][]chan int](t, "M.F[][]: chan int cannot travel")
	refused[hidden](t, "M.F.secret: the field is not exported, and would be lost")
	refused[list](t, "M.F.Next: the type remoteimpl_test.list contains itself, so a value may have no end")
	refused[Ring](t, "M.F.Ring: the type remoteimpl_test.Ring contains itself, so a value may have no end")
	refused[big.Int](t, "M.F.neg: the field is not exported, and would be lost")
	refused[struct {
		A int `json:"-"`
	}](t, `M.F.A: the field is tagged "-", and would be lost`)
}

func refused[T any](t *testing.T, want string) {
	t.Helper()
	type request struct{ F T }
	m := &remoteimpl.Method[request, struct{}]{Service: "s", Name: "M"}
	_, err := m.Route()
	require.EqualError(t, err, want)
}

type inner struct{ ID int }

type Embedded struct{ ID int }

func TestSchemaOfEmbeddedStructs(t *testing.T) {
	type plain struct {
		ID   int
		Name string
	}
	type outer struct {
		Embedded
		Name string
	}
	require.Equal(t, schema[plain](t), schema[outer](t), "on the wire they are the same")
	refused[struct {
		Embedded
		Two int `json:"ID"`
	}](t, "M.F.Two: there are two fields called ID, and one would be lost")
	refused[struct{ inner }](t, "M.F.inner: the field is not exported, and would be lost")
	refused[map[float64]int](t, "M.F[key]: float64 cannot be a key on the wire")
	refused[map[time.Time]int](t, "M.F[key]: time.Time cannot be a key on the wire")
}
