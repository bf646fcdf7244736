package refused

import "github.com/asyncgen/asyncgen/loop"

var a, b *loop.Loop

//asyncgen:bridge // want `asyncgen cannot generate this`
func Get() int { return 0 }
