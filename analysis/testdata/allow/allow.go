package allow

import (
	"context"

	"github.com/asyncgen/asyncgen/loop"
)

var a, b = loop.New(), loop.New()

//asyncgen:spawn loop=a
func work() {}

//asyncgen:confined
var several int

//asyncgen:confined loop=c
var unknown int

func use(ctx context.Context) {
	workSpawn(ctx) //asyncgen:allow lost it does not matter
	//asyncgen:allow AV007 the comment may stand above,
	// with another behind it
	workSpawn(ctx)
}
