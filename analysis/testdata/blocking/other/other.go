package other

import (
	"github.com/asyncgen/asyncgen/loop"

	"example.com/vet/blocking"
)

var own = loop.New()

//asyncgen:bridge
func locks() {
	blocking.Shared.Lock() // want `locks on own: blocking.Shared is held elsewhere while Box.locksOnLoop is waited for \(blocking.go:\d+\)`
	blocking.Shared.Unlock()
}
