package loop

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// contents returns the tasks of q from the front, and checks the links to the back.
func contents(t *testing.T, q *list) (tasks []*task) {
	t.Helper()
	var prev *task
	for e := q.first; e != nil; e = e.links[q.link].next {
		require.Same(t, q, e.links[q.link].list)
		require.Equal(t, prev, e.links[q.link].prev)
		tasks, prev = append(tasks, e), e
	}
	require.Equal(t, prev, q.last)
	require.Equal(t, len(tasks) == 0, q.empty())
	return tasks
}

func TestListAgainstASlice(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	q := &list{link: linkSpawn}
	var model []*task
	for range 2000 {
		switch n := rnd.IntN(5); {
		case n < 2:
			e := new(task)
			q.push(e)
			model = append(model, e)
		case n < 3 && len(model) > 0:
			require.Same(t, model[0], q.pop())
			model = model[1:]
		case len(model) > 0:
			i := rnd.IntN(len(model))
			require.True(t, q.remove(model[i]))
			require.False(t, q.remove(model[i]), "it is not in it any more")
			model = slices.Delete(model, i, i+1)
		}
		got := contents(t, q)
		require.Len(t, got, len(model))
		for i := range got {
			require.Same(t, model[i], got[i])
		}
	}
}

func TestListOfOneLinkIgnoresTheOther(t *testing.T) {
	t.Parallel()
	queue, spawned, other := &list{link: linkQueue}, &list{link: linkSpawn}, &list{link: linkQueue}
	e := new(task)
	queue.push(e)
	spawned.push(e)
	require.False(t, other.remove(e))
	require.True(t, queue.remove(e))
	require.Same(t, e, spawned.pop())
	require.Nil(t, spawned.pop())
}
