// Package looptest tests executors of package loop, and helps to test programs
// that use loops.
//
// # Is this executor a loop
//
// [Conform] runs a suite of cases, at least one for each guarantee of package loop, against an
// executor: one of package loop, or another event loop behind [loop.Adapt]. A test for a new
// adapter is
//
//	func TestConform(t *testing.T) {
//		looptest.Conform(t, func(t testing.TB, opts ...loop.Option) *loop.Loop {
//			foreign := startForeignLoop()
//			t.Cleanup(foreign.Stop)
//			l := loop.Adapt(foreign.Post, opts...)
//			t.Cleanup(func() { _ = l.Close() })
//			return l
//		})
//	}
//
// An executor that is wrong does not fail politely: callers wait for ever, or the
// process dies. Therefore each case runs in a process of its own, which is the test
// binary again, and a case that hangs is reported as one that hangs. Callers need to
// do nothing for it, except that Conform is called at most once in each test or
// subtest, so that a case has one name, and that whatever the test does before the
// call works when it is done again in every one of those processes.
//
// Run it with -race: some of the promises about order are visible to the race detector only.
//
// # Loops in tests
//
// [New] makes a loop that is shut down at the end of the test, which fails if
// something is still running then. [Bubble] does the same within a
// [testing/synctest] bubble, where a handler that sleeps for an hour takes no time.
//
// [Dump] logs what every loop is doing at the end of a test that has failed.
//
// In a bubble, make every loop inside the bubble, and do not use [loop.Default]: a goroutine
// that waits for one outside of the bubble is not durably blocked, so time does not pass, and
// a channel that crosses the border is fatal.
package looptest
