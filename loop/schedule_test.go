package loop_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// scheduleOptions makes options out of what a fuzzer has thought up.
func scheduleOptions(executor, queue, overflow uint8) []loop.Option {
	opts := []loop.Option{
		loop.WithQueue(int(queue)%8 + 1),
		loop.WithOverflow(loop.Overflow(overflow%3) + loop.Wait),
		loop.WithPanicHandler(func(*loop.PanicError) {}),
	}
	switch executor % 3 {
	case 1:
		opts = append(opts, loop.WithInline())
	case 2:
		opts = append(opts, loop.WithThread())
	}
	return opts
}

// FuzzSchedule runs random programs on random loops: what the handlers saw must be
// what a sequential program would have seen, and the callers must have been told
// the truth. The schedule itself is the scheduler's; a seed is a program.
func FuzzSchedule(f *testing.F) {
	for seed := range uint64(6) {
		f.Add(seed, uint8(seed), uint8(seed), uint8(seed>>1))
	}
	f.Fuzz(func(t *testing.T, seed uint64, executor, queue, overflow uint8) {
		runProgram(t, seed, scheduleOptions(executor, queue, overflow))
	})
}

// TestStress runs random programs for as long as LOOP_STRESS says, for example
// "2m". make stress sets it.
func TestStress(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("LOOP_STRESS"))
	if err != nil {
		t.Skip("LOOP_STRESS is no duration; make stress sets it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	programs := uint64(0)
	for ; ctx.Err() == nil; programs++ {
		mix := programs * 0x9E3779B97F4A7C15 >> 32
		runProgram(t, programs, scheduleOptions(uint8(mix), uint8(mix>>8), uint8(mix>>16)))
	}
	t.Logf("%d programs", programs)
}
