package names_test

import (
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/internal/names"
)

func TestPickTakesTheFirstFreeCandidate(t *testing.T) {
	t.Parallel()
	outer := names.Universe()
	outer.Take("get")
	s := names.NewScope(outer)
	require.Equal(t, "getBridge", s.Pick("get", "getBridge"))
	require.Equal(t, "getBridge2", s.Pick("get", "getBridge"))
	require.Equal(t, "getBridge3", s.Pick("get", "getBridge"))
	require.Equal(t, "len2", s.Pick("len"))
	require.Equal(t, "func2", s.Pick("func"))
	require.False(t, outer.Taken("getBridge"))
}

// FuzzPick demands that a picked name is an identifier, was free, and is free
// only once.
func FuzzPick(f *testing.F) {
	f.Add("a", "b", "a")
	f.Add("func", "nil", "世界")
	f.Fuzz(func(t *testing.T, taken, first, last string) {
		if !token.IsIdentifier(last) {
			t.Skip()
		}
		s := names.NewScope(names.Universe())
		s.Take(taken)
		one := s.Pick(first, last)
		two := s.Pick(first, last)
		require.NotEqual(t, one, two)
		require.NotEqual(t, taken, one)
		require.True(t, token.IsIdentifier(one) && token.IsIdentifier(two))
	})
}
