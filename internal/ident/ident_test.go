package ident_test

import (
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/ident"
)

func TestCapitals(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Deposit": "deposit", "HTTPGet": "httpGet", "ID": "id", "already": "already",
		"X": "x", "Überweisen": "überweisen", "世界": "世界", "_x": "_x", "": "", "DBs": "dbs",
		"IDs": "ids", "URLsOf": "urlsOf", "HTTPs2": "https2", "HTTPServer2": "httpServer2", "ABcs": "aBcs", "Is": "is", "IsID": "isID",
	} {
		require.Equal(t, want, ident.Lower(in), in)
	}
	require.Equal(t, "Über", ident.Upper("über"))
	require.Equal(t, "世界", ident.Upper("世界"))
	require.Empty(t, ident.Upper(""))
}

func TestJoined(t *testing.T) {
	t.Parallel()
	require.Equal(t, "httpStoreFetch", ident.Words("HTTPStore", "fetch"))
	require.Equal(t, "get", ident.Words("Get"))
	require.Equal(t, "NewStore", ident.Prefixed("new", "Store"))
	require.Equal(t, "newStore", ident.Prefixed("new", "store"))
	require.Equal(t, "registerHTTPStore", ident.Prefixed("register", "hTTPStore"))
	require.Equal(t, "R0", ident.Exported("世界", "r0"))
	require.Equal(t, "Value", ident.Exported("value", "r0"))
	require.Equal(t, "R0", ident.Exported("_value", "r0"))
}

func TestPackages(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][2]string{
		"context":                    {"context", "context"},
		"example.com/dep/v2":         {"dep", "dep"},
		"gopkg.in/yaml.v3":           {"yaml", "yaml"},
		"example.com/go-redis":       {"redis", "redis"},
		"example.com/redis-go":       {"redis_go", "redis"},
		"example.com/two-words":      {"two_words", "twowords"},
		"v2":                         {"v2", "v2"},
		"example.com/2d":             {"2d", "pkg2d"},
		"example.com/select":         {"select", "pkgselect"},
		"github.com/x/y.z~a/version": {"version", "version"},
	} {
		require.Equal(t, want[0], ident.Package(path), path)
		require.Equal(t, want[1], ident.PackageWord(path), path)
	}
}

// FuzzWords demands that words which are identifiers make one.
func FuzzWords(f *testing.F) {
	f.Add("HTTPStore", "fetch")
	f.Add("_", "世界")
	f.Fuzz(func(t *testing.T, first, second string) {
		if !token.IsIdentifier(first) || !token.IsIdentifier(second) {
			t.Skip()
		}
		require.True(t, token.IsIdentifier(ident.Words(first, second)+"X"))
		require.True(t, token.IsExported(ident.Upper("x"+first)))
	})
}
