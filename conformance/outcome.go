package conformance

// A Class is a kind of result for a caller.
type Class string

// The classes, as the table spells them.
const (
	Raised  Class = "panics in the caller, value kept"
	Wrapped Class = "panics in the caller, value wrapped"
	Told    Class = "error"
	Ended   Class = "ends the caller's goroutine"
	Ran     Class = "runs"
	Refused Class = "error, does not run"
	Thrown  Class = "panics in the caller, does not run"
	TimeOut Class = "timeout"
	Later   Class = "error, runs all the same"
	Lost    Class = "returns as if done"
	Hangs   Class = "hangs"
	Dies    Class = "the process dies"
	Without Class = "has no stop"
)

// A Mark is how the table judges a class.
type Mark string

// The marks.
const (
	Right   Mark = "✓"
	Partial Mark = "◐"
	Wrong   Mark = "✗"
	None    Mark = "–"
)

// A Judgement is the table's mark for a class.
type Judgement struct {
	Class Class
	Mark  Mark
	Why   string
}

// Judgements returns all classes, best first.
func Judgements() []Judgement {
	return []Judgement{
		{Raised, Right, "the caller panics, and `errors.As` finds the handler's error in the value"},
		{Told, Right, "the call returns an error that says what happened"},
		{Ended, Right, "the caller's goroutine ends as the handler's did, so that `t.Fatal` in a handler ends the test"},
		{Ran, Right, "the handler ran and the caller was told so"},
		{Refused, Right, "the call returns an error, and the handler never runs: the caller may try again"},
		{Wrapped, Partial, "the caller panics, with the handler's error inside a value of the library's own that `errors.As` does not look into"},
		{Thrown, Partial, "the caller panics, although it has done nothing wrong but to come late; at least it knows"},
		{TimeOut, Wrong, "the caller waits for as long as it said it would and is not told what happened; without a time limit it would hang"},
		{Later, Wrong, "the caller was told of a failure, and the handler runs afterwards"},
		{Lost, Wrong, "the caller was told that the handler is done, but it has not run, or not to its end"},
		{Hangs, Wrong, "the caller waits for something that cannot happen any more"},
		{Dies, Wrong, "the caller is not told, and nobody can recover; errgroup documents this as its choice, " +
			"because it has no caller who waits for just this call (golang/go#53757)"},
		{Without, None, "there is nothing that could be stopped: each call has a goroutine of its own, or the caller's"},
	}
}

// MarkOf returns the mark of a class.
func MarkOf(c Class) Mark {
	for _, j := range Judgements() {
		if j.Class == c {
			return j.Mark
		}
	}
	return Wrong
}

// An Outcome is the result of a case.
type Outcome struct {
	Class Class
	// Dead reports that the owner ran no call afterwards.
	Dead bool
}

// Pass reports whether the caller got a true result and the owner lives on.
func (o Outcome) Pass() bool { return MarkOf(o.Class) == Right && !o.Dead }
