package remote_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/remote"
)

type document struct {
	A int
	B []document
	C map[string]int
}

func TestJSONIsStrict(t *testing.T) {
	deep := strings.Repeat(`{"B":[`, 33) + strings.Repeat(`]}`, 33)
	for data, want := range map[string]string{
		`{"A":1}`:               "",
		` {"A":1} `:             "",
		`{"A":1}{"A":2}`:        "something follows the JSON value",
		`{"A":1} x`:             "something follows the JSON value",
		`{"A":1,"A":2}`:         `JSON with the field "A" twice`,
		`{"C":{"x":1,"x":2}}`:   `JSON with the field "x" twice`,
		`{"C":{"x":1,"y":2}}`:   "",
		`{"D":1}`:               `json: unknown field "D"`,
		"{\"C\":{\"\xff\":1}}":  "JSON that is not UTF-8",
		`{"A":`:                 "unexpected EOF",
		``:                      "unexpected EOF",
		`{"B":[{},{},{"A":1}]}`: "",
		deep:                    "JSON nested more than 64 deep",
	} {
		var d document
		err := remote.JSON().Unmarshal([]byte(data), &d)
		if want == "" {
			require.NoError(t, err, data)
		} else {
			require.EqualError(t, err, want, data)
		}
	}
	long := `{"B":[` + strings.Repeat("{},", 1<<17) + `{}]}`
	var d document
	require.EqualError(t, remote.JSON().Unmarshal([]byte(long), &d), "JSON with more than 131072 elements in one place")
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"A":1,"B":[{"C":{"x":1}}]}`))
	f.Add([]byte(`[[],{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d document
		if remote.JSON().Unmarshal(data, &d) != nil {
			return
		}
		again, err := remote.JSON().Marshal(d)
		require.NoError(t, err)
		var e document
		require.NoError(t, remote.JSON().Unmarshal(again, &e))
		require.Equal(t, d, e)
	})
}
