package document

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInsert(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- make x writes from here -->\n", "<!-- to here -->\n"
	doc, err := insert([]byte("a\n"+begin+"old\n"+end+"z\n"), "x", "new\n")
	require.NoError(t, err)
	require.Equal(t, "a\n"+begin+"new\n"+end+"z\n", string(doc))
	_, err = insert([]byte(end+begin), "x", "new\n")
	require.ErrorContains(t, err, "has no line")
}
