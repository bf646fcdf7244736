//go:build unix

package failure_test

import "strconv"

// nestRole is a process that starts another, and tells which.
func nestRole(config []byte, stop <-chan struct{}) error {
	c, err := decode[serverConfig](config)
	if err != nil {
		return err
	}
	p, err := launch("server", c)
	if err != nil {
		return err
	}
	<-p.said
	say(strconv.Itoa(p.cmd.Process.Pid))
	<-stop
	return nil
}
