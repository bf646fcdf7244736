package loop

import (
	"reflect"
	"sync"
)

// Instances holds the bridges of a generic handler, one for each instantiation.
// The zero value is empty and ready. Generated code holds one per generic
// handler. It must not be copied after its first use.
type Instances struct {
	// Abandon, Chunk and NonReentrant are those of each [Bridge].
	Abandon, NonReentrant bool
	Chunk                 int

	bridges sync.Map // reflect.Type of In → *Bridge[In, Out]
}

// Instance returns the bridge for In, which must identify the instantiation. The
// first call for an In makes it, with the given name.
func Instance[In Request[Out], Out any](set *Instances, name string) *Bridge[In, Out] {
	key := reflect.TypeFor[In]()
	if b, ok := set.bridges.Load(key); ok {
		return b.(*Bridge[In, Out])
	}
	b, _ := set.bridges.LoadOrStore(key, &Bridge[In, Out]{
		Name:         name,
		Abandon:      set.Abandon,
		Chunk:        set.Chunk,
		NonReentrant: set.NonReentrant,
	})
	return b.(*Bridge[In, Out])
}
