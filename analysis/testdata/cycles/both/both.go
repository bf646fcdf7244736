package both

import (
	_ "example.com/vet/cycles/left" // want `loops wait for each other in a circle: Do on loops.Left waits for OnRightOnLoop on loops.Right \(left.go:10\); Do on loops.Right waits for OnLeftOnLoop on loops.Left \(right.go:10\): wait inside loop.Await, or let one of them not wait \[AV004\]`
	_ "example.com/vet/cycles/right"
)
