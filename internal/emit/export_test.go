package emit

// Internals for the tests.
var (
	Formatted = formatted
	Settled   = settled
)
