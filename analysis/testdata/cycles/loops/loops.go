package loops

import "github.com/asyncgen/asyncgen/loop"

// Left and Right belong to packages that do not know each other.
var Left, Right = loop.New(), loop.New()

type Base struct{}

//asyncgen:bridge loop=Left
func OnLeft() {}

//asyncgen:bridge loop=Right
func OnRight() {}
