package loop

import (
	"reflect"
	"sync"
)

// Instances holds the bridges of a generic handler, one for each instantiation.
// The zero value is empty and ready. Generated code holds one per generic
// handler. It must not be copied after its first use.
type Instances struct {
	bridges sync.Map // reflect.Type of In → *Bridge[In, Out]
}

// Instance returns the bridge for In, which is made by make when it is first
// asked for. In must identify the instantiation.
func Instance[In, Out any](set *Instances, make func() *Bridge[In, Out]) *Bridge[In, Out] {
	key := reflect.TypeFor[In]()
	if b, ok := set.bridges.Load(key); ok {
		return b.(*Bridge[In, Out])
	}
	b, _ := set.bridges.LoadOrStore(key, make())
	return b.(*Bridge[In, Out])
}
