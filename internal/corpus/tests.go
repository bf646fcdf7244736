package corpus

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Tests counts the tests of a module, without their subtests, as they ended
// before anything was generated. Those that passed must pass afterwards.
type Tests struct {
	Limit   time.Duration // how long those of a package could take; 0 if they were left out
	Passed  int
	Failed  int
	Skipped int
	Failing []string // those that failed, with their packages
	Broken  []string // packages whose tests do not build
	Stopped []string // packages whose tests took too long; what ended in time counts
	Against []string // those that forbid what generating does, with the reason; they were not compared
}

// testName is a test of a package, or the package itself if it has no name.
type testName struct{ pkg, name string }

// top returns the test that n is a subtest of, or n itself.
func (n testName) top() testName {
	name, _, _ := strings.Cut(n.name, "/")
	return testName{n.pkg, name}
}

// The ways in which the go command says that a test ends.
const (
	passed  = "pass"
	failed  = "fail"
	skipped = "skip"
)

// results are how tests ended.
type results struct {
	ended   map[testName]string
	stopped map[string]bool   // packages whose time was up
	broken  map[string]bool   // packages whose tests do not build
	said    map[string]string // what a test that failed has printed, or the compiler, by package
	against contradictions    // tests that are not compared
}

// event is one line of "go test -json", as far as it matters here.
type event struct {
	Action      string
	Package     string
	ImportPath  string // in place of Package, for what the compiler says
	Test        string
	Output      string
	FailedBuild string
}

// readResults reads what "go test -json" prints.
func readResults(r io.Reader) (results, error) {
	res := results{map[testName]string{}, map[string]bool{}, map[string]bool{}, map[string]string{}, nil}
	printed := map[testName][]byte{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		// The go command itself may say something in between, such as what it downloads.
		if json.Unmarshal(line, &e) == nil {
			res.add(e, printed)
		}
		if err == io.EOF {
			return res, nil
		}
		if err != nil {
			return res, fmt.Errorf("read the results of tests: %w", err)
		}
	}
}

func (r *results) add(e event, printed map[testName][]byte) {
	name := testName{e.Package, e.Test}
	switch e.Action {
	case "output":
		printed[name] = append(printed[name], e.Output...)
		if strings.HasPrefix(e.Output, "panic: test timed out after ") {
			r.stopped[e.Package] = true
		}
	case "build-output":
		pkg, _, _ := strings.Cut(e.ImportPath, " ")
		r.said[pkg] += e.Output
	case passed, skipped, failed:
		r.ended[name] = e.Action
		if e.Action == failed {
			r.said[e.Package] += string(printed[name])
		}
		if e.FailedBuild != "" {
			r.broken[e.Package] = true
		}
		delete(printed, name)
	}
}

// count sums up.
func (r results) count() Tests {
	t := Tests{Broken: slices.Sorted(maps.Keys(r.broken)), Stopped: slices.Sorted(maps.Keys(r.stopped))}
	for n, how := range r.ended {
		switch {
		case n.name == "" || n != n.top():
		case how == passed && r.against.reason(n) != "":
			t.Against = append(t.Against, n.pkg+" "+n.name+": "+r.against.reason(n))
		case how == passed:
			t.Passed++
		case how == failed:
			t.Failed++
			t.Failing = append(t.Failing, n.pkg+" "+n.name)
		case how == skipped:
			t.Skipped++
		}
	}
	slices.Sort(t.Failing)
	slices.Sort(t.Against)
	return t
}

// worse returns the tests that passed in r and do not in now. The names of some
// subtests are never the same twice: one that is missing is none the worse if the
// test that it belongs to has ended.
func (r results) worse(now results) []testName {
	var list []testName
	for n, how := range r.ended {
		if how != passed || n.name == "" || r.against.reason(n) != "" || now.ended[n] == passed {
			continue
		}
		_, ran := now.ended[n]
		if _, topRan := now.ended[n.top()]; n != n.top() && !ran && topRan {
			continue
		}
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b testName) int {
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.name, b.name))
	})
	return list
}

// explain says how the tests in list ended, and what they printed.
func (r results) explain(list []testName) string {
	var text strings.Builder
	told := map[string]bool{}
	for _, n := range list {
		fmt.Fprintf(&text, "%s %s passed before, now: %s\n", n.pkg, n.name, cmp.Or(r.ended[n], "no result"))
		if !told[n.pkg] {
			told[n.pkg] = true
			text.WriteString(head(r.said[n.pkg]) + "\n")
		}
	}
	return head(text.String())
}

// runs returns the arguments of "go test" that run the tests in list: one call
// for all packages that are run as a whole, and one for each of which some tests
// are left out.
func runs(list []testName, whole func(pkg string) bool) [][]string {
	var all []string
	some := map[string][]string{}
	for _, n := range list {
		switch {
		case whole(n.pkg):
			all = append(all, n.pkg)
		default:
			some[n.pkg] = append(some[n.pkg], regexp.QuoteMeta(n.top().name))
		}
	}
	var calls [][]string
	if len(all) > 0 {
		slices.Sort(all)
		calls = append(calls, slices.Compact(all))
	}
	for _, pkg := range slices.Sorted(maps.Keys(some)) {
		slices.Sort(some[pkg])
		calls = append(calls, []string{"-run=^(" + strings.Join(slices.Compact(some[pkg]), "|") + ")$", pkg})
	}
	return calls
}

// passing lists the tests that passed and are to be compared.
func (r results) passing() []testName {
	var list []testName
	for n, how := range r.ended {
		if how == passed && n.name != "" && r.against.reason(n) == "" {
			list = append(list, n)
		}
	}
	return list
}

// test runs tests in the tree. That some fail is no error. What vet has to say is
// asked for elsewhere; here it would keep tests from running that build.
func (t tree) test(ctx context.Context, limit time.Duration, calls ...[]string) (results, error) {
	var out bytes.Buffer
	for _, args := range calls {
		cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-short", "-vet=off", "-timeout=" + limit.String(), fmt.Sprintf("-race=%t", t.race)}, args...)...)
		cmd.Dir, cmd.Env, cmd.Stdout = t.dir, t.env, &out
		// The go command takes the tests along when it is interrupted.
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 5 * time.Second
		err := cmd.Run()
		if ctx.Err() != nil {
			return results{}, fmt.Errorf("go test: %w", ctx.Err())
		}
		if _, exited := err.(*exec.ExitError); err != nil && !exited {
			return results{}, fmt.Errorf("go test: %w", err)
		}
	}
	return readResults(&out)
}

// known returns the tests that cannot pass.
func (t *trial) known() contradictions {
	if t.InPlace || t.Switch {
		return inPlace
	}
	return beside
}

// testBefore runs the module's own tests as far as they come in time.
func (t *trial) testBefore(ctx context.Context) error {
	if t.TestTime == 0 {
		return nil
	}
	var err error
	t.results, err = t.test(ctx, t.TestTime, []string{"./..."})
	t.results.against = t.known()
	t.Tests = t.results.count()
	t.Tests.Limit = t.TestTime
	return err
}

// demandTests fails if a test that passed does not pass any more. It has more
// time than before, and a second chance: other people's tests are sometimes at
// odds with a busy machine.
func (t *trial) demandTests(ctx context.Context) error {
	if t.TestTime == 0 {
		return nil
	}
	const patience = 4
	calls := runs(t.results.passing(), func(pkg string) bool { return !t.results.stopped[pkg] && !t.known().among(pkg) })
	now, err := t.test(ctx, patience*t.TestTime, calls...)
	if err != nil {
		return err
	}
	worse := t.results.worse(now)
	if len(worse) == 0 {
		return nil
	}
	t.Note(fmt.Sprintf("%s: %d tests failed, again", t.Module, len(worse)))
	again, err := t.test(ctx, patience*t.TestTime, runs(worse, func(string) bool { return false })...)
	if err != nil {
		return err
	}
	worse = slices.DeleteFunc(worse, func(n testName) bool { return !slices.Contains(t.results.worse(again), n) })
	if len(worse) > 0 {
		return fmt.Errorf("%d tests passed before and do not now:\n%s", len(worse), again.explain(worse))
	}
	return nil
}
