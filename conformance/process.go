package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Limit is how long the process of a case may take.
const Limit = 3 * time.Second

// Variable is the environment variable that names the case to a process of one. A
// program that calls Run must, at its start, call [Observe] with its value and exit.
const Variable = "CONFORMANCE_CASE"

// Run runs a case in a process of its own, which is the calling program again.
func Run(s Subject, c Case) (Outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Limit)
	defer cancel()
	binary, err := os.Executable()
	if err != nil {
		return Outcome{}, err
	}
	cmd := exec.CommandContext(ctx, binary)
	// Under the race detector, a process sleeps for a second at its end.
	cmd.Env = append(os.Environ(), Variable+"="+s.Name+"/"+c.Name, "GORACE="+os.Getenv("GORACE")+" atexit_sleep_ms=0")
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return outcome(ctx.Err() != nil, err, stdout.String(), stderr.String())
}

// outcome parses the report of a process.
func outcome(late bool, err error, stdout, stderr string) (Outcome, error) {
	if late {
		return Outcome{Class: Hangs, Dead: true}, nil
	}
	if err != nil {
		exit := new(exec.ExitError)
		if errors.As(err, &exit) && strings.Contains(stderr, "\ngoroutine ") {
			return Outcome{Class: Dies, Dead: true}, nil
		}
		return Outcome{}, fmt.Errorf("%w:\n%s%s", err, stdout, stderr)
	}
	_, report, ok := strings.Cut(stdout, "\n"+sign)
	dead, class, _ := strings.Cut(strings.TrimSpace(report), " ")
	class, _, _ = strings.Cut(class, "\n")
	if !ok {
		return Outcome{}, fmt.Errorf("the process reports nothing:\n%s%s", stdout, stderr)
	}
	return Outcome{Class: Class(class), Dead: dead == "true"}, nil
}

// A Row is a subject with the outcomes of all cases, in their order.
type Row struct {
	Subject
	Outcomes []Outcome
}

// RunAll runs all cases of the subjects.
func RunAll(subjects []Subject) ([]Row, error) {
	rows := make([]Row, len(subjects))
	cases := Cases()
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		fails []error
		room  = make(chan struct{}, 4) // processes at a time; most only wait
	)
	for i, s := range subjects {
		rows[i] = Row{s, make([]Outcome, len(cases))}
		for j, c := range cases {
			wg.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				var err error
				if rows[i].Outcomes[j], err = Run(s, c); err != nil {
					mu.Lock()
					defer mu.Unlock()
					fails = append(fails, fmt.Errorf("%s/%s: %w", s.Name, c.Name, err))
				}
			})
		}
	}
	wg.Wait()
	return rows, errors.Join(fails...)
}
