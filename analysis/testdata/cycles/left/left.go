package left

import (
	"context"

	"example.com/vet/cycles/loops"
)

//asyncgen:bridge loop=loops.Left
func Do(ctx context.Context) error { return loops.OnRightOnLoop(ctx) }
