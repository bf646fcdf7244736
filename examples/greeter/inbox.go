package main

import (
	"bytes"
	"fmt"
	"maps"
	"net/mail"
	"sync"

	"github.com/asyncgen/asyncgen/examples/greeter/internal/smtpsink"
)

// inbox counts the mails that arrive in the sink. Several sessions deliver at the
// same time and each needs the map for an instant: a case for a mutex, not for a loop.
type inbox struct {
	mu    sync.Mutex
	count map[string]int // by subject
}

func (in *inbox) deliver(e smtpsink.Envelope) error {
	m, err := mail.ReadMessage(bytes.NewReader(e.Data))
	if err != nil {
		return fmt.Errorf("not a mail: %w", err)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.count == nil {
		in.count = map[string]int{}
	}
	in.count[m.Header.Get("Subject")]++
	return nil
}

func (in *inbox) subjects() map[string]int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return maps.Clone(in.count)
}
