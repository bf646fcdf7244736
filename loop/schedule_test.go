package loop_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/loop"
)

// scheduleOptions makes options out of what a fuzzer has thought up.
func scheduleOptions(executor, queue, overflow uint8) []loop.Option {
	opts := []loop.Option{
		loop.WithQueueSize(int(queue)%8 + 1),
		loop.WithOverflow(loop.Overflow(overflow%3) + loop.OverflowWait),
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

// A tape is a source of decisions that somebody else has thought up, one byte for
// each: which loop, which mode, how the handler ends, whether the context does. The
// byte comes first in the word, where [rand.Rand] looks, so that a changed byte
// changes one decision and nothing after it. A tape that is over goes on at random, the
// same each time.
type tape struct {
	bytes []byte
	after rand.Source
}

func (t *tape) Uint64() uint64 {
	if len(t.bytes) == 0 {
		return t.after.Uint64()
	}
	b := t.bytes[0]
	t.bytes = t.bytes[1:]
	return uint64(b) << 56
}

// FuzzSchedule runs the programs that a fuzzer has thought up on loops of all kinds:
// what the handlers saw must be what a sequential program would have seen, and the
// callers must have been told the truth. The schedule itself is the scheduler's.
func FuzzSchedule(f *testing.F) {
	for seed := range uint64(6) {
		program := make([]byte, 600)
		rnd := rand.New(rand.NewPCG(seed, 0))
		for i := range program {
			program[i] = byte(rnd.Uint32())
		}
		f.Add(program, uint8(seed), uint8(seed), uint8(seed>>1))
	}
	f.Fuzz(func(t *testing.T, program []byte, executor, queue, overflow uint8) {
		part := len(program)/callers + 1
		runProgram(t, func(caller uint64) rand.Source {
			from := min(int(caller)*part, len(program))
			return &tape{program[from:min(from+part, len(program))], rand.NewPCG(0, caller)}
		}, scheduleOptions(executor, queue, overflow))
	})
}

// TestStress runs random programs for as long as LOOP_STRESS says, for example
// "2m", beginning with the one whose number is LOOP_STRESS_FROM. make stress sets both.
func TestStress(t *testing.T) {
	d, err := time.ParseDuration(os.Getenv("LOOP_STRESS"))
	if err != nil {
		t.Skip("LOOP_STRESS is no duration; make stress sets it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	from, _ := strconv.ParseUint(os.Getenv("LOOP_STRESS_FROM"), 10, 64)
	programs := from
	for ; ctx.Err() == nil; programs++ {
		mix := programs * 0x9E3779B97F4A7C15 >> 32
		source := func(caller uint64) rand.Source { return rand.NewPCG(programs, caller) }
		runProgram(t, source, scheduleOptions(uint8(mix), uint8(mix>>8), uint8(mix>>16)))
	}
	t.Logf("%d programs from number %d on", programs-from, from)
}
