package noimport

import (
	"context"
	"time"
)

//asyncgen:bridge loop=default
func sleeps(ctx context.Context) {
	time.Sleep(time.Second) // want `sleeps on the default loop: time.Sleep blocks the loop`
}

//asyncgen:bridge loop=default
func hidden(ctx context.Context, loop int) {
	time.Sleep(time.Second) // want `hidden on the default loop: time.Sleep blocks the loop`
}
