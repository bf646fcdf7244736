package uses

import (
	"example.com/vet/isolation/places"
	"github.com/asyncgen/asyncgen/loop"
)

func Use(s *places.Store) { // want `^Use runs outside$`
	s.Exported() // want `^a call of a helper of Store\.loop$`
	s.Pure()
	_ = s.Get() // want `^a call of a handler of Store\.loop$`
}

var a, b = loop.New(), loop.New()

func get() *loop.Loop { return a } // want `^get runs outside, because of a call$`

type own struct{ loop *loop.Loop }

func newOwn() *own { return &own{loop: loop.New()} } // want `^newOwn runs outside$`

type other struct{ loop *loop.Loop }

func newOther() *other { return &other{loop: loop.New()} } // want `^newOther runs outside$`

type given struct{ loop, second *loop.Loop }

func newGiven(l *loop.Loop) *given { return &given{l, a} } // want `^newGiven runs outside$`

// Open has a field that other packages may fill.
type Open struct{ Loop *loop.Loop }

func compare(x, y *loop.Loop) {} // want `^compare runs outside, because of a call$`

func compareAll(o, p *own, q *other, g *given, x *Open, l *loop.Loop) { // want `^compareAll runs outside$`
	compare(a, a)                           // want `^same$`
	compare(a, b)                           // want `^different$`
	compare(a, loop.Default())              // want `^different$`
	compare(loop.Default(), loop.Default()) // want `^same$`
	compare(get(), get())                   // want `^same$`
	compare(get(), a)                       // want `^unknown$`
	compare(o.loop, p.loop)                 // want `^same$`
	compare(o.loop, q.loop)                 // want `^different$`
	compare(o.loop, a)                      // want `^different$`
	compare(o.loop, g.loop)                 // want `^unknown$`
	compare(g.loop, a)                      // want `^unknown$`
	compare(g.loop, g.second)               // want `^unknown$`
	compare(x.Loop, a)                      // want `^unknown$`
	compare(l, l)                           // want `^unknown$`
	compare(l, a)                           // want `^unknown$`
	compare(pick(1), pick(1))               // want `^unknown$`
}

func pick(int) *loop.Loop { return a } // want `^pick runs outside, because of a call$`
