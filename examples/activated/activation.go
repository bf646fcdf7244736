package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// firstSocket is the file descriptor of the first socket that systemd passes. The
// others follow.
const firstSocket = 3

// inherited returns the listeners that systemd has passed to this process, and none if
// it was started in another way. It is called once, before anything else opens files.
func inherited() ([]net.Listener, error) {
	n, err := passed(os.Getenv, os.Getpid())
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name) // not for programs that this one starts; fails for no valid name
	}
	if err != nil {
		return nil, err
	}
	var listeners []net.Listener
	for fd := firstSocket; fd < firstSocket+n; fd++ {
		ln, err := listener(fd)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("socket %d of systemd: %w", fd, err), closeAll(listeners))
		}
		listeners = append(listeners, ln)
	}
	return listeners, nil
}

// passed returns the number of sockets that systemd has passed to the process pid, from the
// environment.
func passed(getenv func(string) string, pid int) (int, error) {
	recipient := getenv("LISTEN_PID")
	if recipient == "" {
		return 0, nil
	}
	switch to, err := strconv.Atoi(recipient); {
	case err != nil:
		return 0, fmt.Errorf("LISTEN_PID: %w", err)
	case to != pid:
		// They are for a parent that did not clean up. Descriptor 3 is something else here.
		return 0, nil
	}
	n, err := strconv.Atoi(getenv("LISTEN_FDS"))
	if err != nil {
		return 0, fmt.Errorf("LISTEN_FDS: %w", err)
	}
	if n < 1 {
		return 0, fmt.Errorf("LISTEN_FDS: no sockets: %d", n)
	}
	return n, nil
}

// listener takes over a descriptor. It returns a duplicate, which is closed on exec and does not
// block, and closes the original.
func listener(fd int) (net.Listener, error) {
	file := os.NewFile(uintptr(fd), fmt.Sprintf("LISTEN_FD_%d", fd))
	ln, err := net.FileListener(file)
	if err != nil {
		return nil, err // the program ends; what the descriptor is, nobody knows, so it stays as it is
	}
	return ln, file.Close()
}

// closeAll closes listeners. A listener may be closed already.
func closeAll(listeners []net.Listener) error {
	var errs []error
	for _, ln := range listeners {
		if err := ln.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// notify sends the state of this process to systemd, if NOTIFY_SOCKET is set.
func notify(state string) error {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return nil
	}
	// A name that begins with @ is in the abstract namespace: package net knows.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	if _, err := conn.Write([]byte(state)); err != nil {
		return errors.Join(fmt.Errorf("NOTIFY_SOCKET: %w", err), conn.Close())
	}
	return conn.Close()
}
