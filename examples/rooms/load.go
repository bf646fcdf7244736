package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
)

// spareFiles is the number of files of a process that are no connections.
const spareFiles = 100

// loadTest serves clients that live in a second process, and prints what each costs.
func loadTest(ctx context.Context, cfg config, stdout, stderr io.Writer) (err error) {
	clients := cfg.load
	limit, err := fileLimit()
	if err != nil {
		return err
	}
	if room := limit - spareFiles; clients > room {
		fmt.Fprintf(stdout, "a process may have %d files open here, so there will be %d clients instead of %d; raise the limit with ulimit -n\n", limit, room, clients)
		clients = room
	}
	s, err := start("127.0.0.1:0", cfg.loops)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop(context.WithoutCancel(ctx))) }()
	before := memory()

	exe, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, exe, "-to", s.url, "-clients", strconv.Itoa(clients),
		"-rooms", strconv.Itoa(cfg.crowd.rooms), "-messages", strconv.Itoa(cfg.crowd.messages))
	cmd.Stderr = stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	if lines.Scan() { // all are there
		fmt.Fprintln(stdout, lines.Text())
		used := memory() - before
		fmt.Fprintf(stdout, "the service uses %.1f KB for each: stacks, buffers of net/http and a seat\n", used/float64(clients)/1024)
		fmt.Fprintln(in, "go")
	}
	for lines.Scan() {
		fmt.Fprintln(stdout, lines.Text())
	}
	return cmd.Wait()
}

// fileLimit returns how many files this process may have open.
func fileLimit() (int, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	return int(min(limit.Cur, 1<<20)), nil
}

// memory returns the bytes of heap and stacks in use.
func memory() float64 {
	runtime.GC()
	runtime.GC() // what was in pools is freed by the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse)
}
