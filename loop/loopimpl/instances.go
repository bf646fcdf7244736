package loopimpl

import (
	"reflect"
	"sync"
)

// Instances holds the bridges of a generic handler, one for each instantiation, because each pools
// requests of another type. Its exported fields are those of each [Bridge].
// Generated code holds one per generic handler. It must not be copied after its first use.
type Instances struct {
	Name                                 string
	Abandon, NonReentrant, Same, InPlace bool
	Chunk                                int

	bridges sync.Map // reflect.Type of C → *Bridge
}

// Instance returns the bridge for requests of type C. The first call for a C makes it.
func Instance[C any](set *Instances) *Bridge { return set.bridge(reflect.TypeFor[C]()) }

func (s *Instances) bridge(key reflect.Type) *Bridge {
	if b, ok := s.bridges.Load(key); ok {
		return b.(*Bridge)
	}
	b, _ := s.bridges.LoadOrStore(key, &Bridge{
		Name: s.Name, Abandon: s.Abandon, NonReentrant: s.NonReentrant,
		Same: s.Same, InPlace: s.InPlace, Chunk: s.Chunk,
	})
	return b.(*Bridge)
}
