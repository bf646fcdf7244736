package engine

// A Codec turns values into bytes and back. Unmarshal has to expect anything: whoever may
// send a message may send a hostile one. It must report what it cannot decode, never panic,
// and never allocate out of proportion to the length of data.
//
// A codec must be safe for use by several goroutines.
type Codec interface {
	// Name says in a word, on the wire, what was used.
	Name() string
	Marshal(v any) ([]byte, error)
	// Unmarshal decodes all of data into v, a pointer. What is left over, and a field that
	// v does not have, is an error.
	Unmarshal(data []byte, v any) error
}
