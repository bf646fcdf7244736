//go:build !race

package loophttp_test

const raceEnabled = false
