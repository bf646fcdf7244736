package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/asyncgen/asyncgen/generator"
)

// The times of a progress line.
const (
	progressAfter = 2 * time.Second        // of a run, before the first line
	progressEvery = 500 * time.Millisecond // on a terminal, where the line is replaced
	progressLog   = 10 * time.Second       // elsewhere, where lines are added
)

// progress shows the current step of a long run. On a terminal, it is one line that is replaced
// and finally removed. Elsewhere there is a line now and then, and only with -v.
type progress struct {
	out      io.Writer
	terminal bool

	mu    sync.Mutex
	step  generator.Progress
	began time.Time // of the step
	width int       // of the line on the terminal

	stop chan struct{}
	done chan struct{}
}

// startProgress returns nil if no progress is to be shown. A nil progress is valid.
func (r run) startProgress() *progress {
	if !r.Terminal && !r.Verbose {
		return nil
	}
	p := &progress{out: r.Stderr, terminal: r.Terminal, stop: make(chan struct{}), done: make(chan struct{})}
	go p.run()
	return p
}

// report returns the function that the generator calls, nil for a nil progress.
func (p *progress) report() func(generator.Progress) {
	if p == nil {
		return nil
	}
	return func(step generator.Progress) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if step.Step != p.step.Step {
			p.began = time.Now()
		}
		p.step = step
	}
}

func (p *progress) run() {
	defer close(p.done)
	every := progressLog
	if p.terminal {
		every = progressEvery
	}
	for timer := time.NewTimer(progressAfter); ; timer.Reset(every) {
		select {
		case <-timer.C:
			p.show()
		case <-p.stop:
			timer.Stop()
			return
		}
	}
}

// show prints the current step.
func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.step.Step == "" {
		return
	}
	line := fmt.Sprintf("asyncgen: %s (%d s)", p.step, int(time.Since(p.began).Seconds()))
	if !p.terminal {
		fmt.Fprintln(p.out, line)
		return
	}
	p.replace(line)
}

// replace writes line over the one that is on the terminal. Blanks cover the rest of
// a longer one; not every terminal has a control sequence for that.
func (p *progress) replace(line string) {
	width := utf8.RuneCountInString(line)
	blanks := strings.Repeat(" ", max(p.width-width, 0))
	fmt.Fprintf(p.out, "\r%s%s\r%s", line, blanks, line)
	p.width = width
}

// end removes the line. Nothing is shown after that.
func (p *progress) end() {
	if p == nil {
		return
	}
	close(p.stop)
	<-p.done
	if p.width > 0 {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", p.width))
	}
}
