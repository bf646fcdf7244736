package right

import (
	"context"

	"example.com/vet/cycles/loops"
)

//asyncgen:bridge loop=loops.Right
func Do(ctx context.Context) error { return loops.OnLeftOnLoop(ctx) }
