// Package looptest tests executors of package loop, and helps to test programs
// that use loops.
//
// # Is this executor a loop
//
// [TestExecutor] runs a suite of cases, at least one for each guarantee of package loop, against an
// executor: one of package loop, or another event loop behind [loop.Adapt]. A test for a new
// adapter is
//
//	func TestExecutor(t *testing.T) {
//		looptest.TestExecutor(t, func(t testing.TB, opts ...loop.Option) *loop.Loop {
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
// do nothing for it, except that TestExecutor is called at most once in each test or
// subtest, so that a case has one name, and that whatever the test does before the
// call works when it is done again in every one of those processes.
//
// Run it with -race: some of the promises about order are visible to the race detector only.
//
// # Loops in tests
//
// [New] makes a loop that is shut down at the end of the test, which fails if
// something is still running then, and logs what the loop was doing if the test has failed.
// It works in a bubble of [testing/synctest] too, where a handler that sleeps for an hour takes
// no time:
//
//	synctest.Test(t, func(t *testing.T) {
//		l := looptest.New(t)
//		...
//	})
//
// [Dump] logs what every loop of the program is doing at the end of a test that has failed,
// for loops that New has not made.
//
// In a bubble, make every loop inside the bubble, and do not use [loop.Default]: a goroutine
// that waits for one outside of the bubble is not durably blocked, so time does not pass, and
// a channel that crosses the border is fatal.
package looptest
