package remote

import (
	"errors"
	"fmt"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote/engine"
)

// A failure is an error, or a panic, on the wire.
type failure struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Stack   string  `json:"stack,omitempty"`
	Result  []byte  `json:"result,omitempty"` // what the handler returned besides
	Known   []known `json:"known,omitempty"`
}

// known is a registered error that is in it.
type known struct {
	Name  string `json:"name"`
	Value []byte `json:"value,omitempty"` // the contents of an error that has some
	Exact bool   `json:"exact,omitempty"` // it is the error itself, and not wrapped in it
}

// maxText bounds messages and stacks, in bytes. What is longer is cut.
const maxText = 32 << 10

// describe puts err into a form that travels.
func describe(c Codec, err error, defs []ErrorDef) failure {
	f := failure{Message: textOfError(err), Type: fmt.Sprintf("%T", err)}
	for _, list := range [...][]ErrorDef{defs, wellKnown()} {
		for _, d := range list {
			if k, ok := d.within(c, err); ok {
				f.Known = append(f.Known, k)
			}
		}
	}
	return f
}

// within finds what d registers in err.
func (d ErrorDef) within(c Codec, err error) (known, bool) {
	if d.typ == nil {
		return known{Name: d.name, Exact: same(err, d.sentinel)}, errors.Is(err, d.sentinel)
	}
	found, exact := d.find(err)
	if found == nil {
		return known{}, false
	}
	value, failed := c.Marshal(found)
	return known{Name: d.name, Value: value, Exact: exact}, failed == nil
}

// same reports whether two errors are one. Errors that cannot be compared are not.
func same(a, b error) (equal bool) {
	defer func() { _ = recover() }()
	return a == b
}

// restore makes the error that the caller gets.
func (f failure) restore(c Codec, call *engine.Call, r *engine.Reply, defs []ErrorDef) error {
	out := &HandlerError{Method: call.String(), Worker: r.Worker, Type: f.Type, Message: f.Message}
	for _, k := range f.Known {
		err := k.restore(c, defs)
		if err == nil {
			continue
		}
		// An error that denies that a call has run is about another call, one that this handler made.
		if k.Exact && !loop.NotRun(err) {
			return err
		}
		out.Wrapped = append(out.Wrapped, err)
	}
	return out
}

// restore returns the error that was registered, or nil if this program does not know it.
func (k known) restore(c Codec, defs []ErrorDef) error {
	for _, list := range [...][]ErrorDef{defs, wellKnown()} {
		for _, d := range list {
			if d.name != k.Name {
				continue
			}
			if d.typ == nil {
				return d.sentinel
			}
			err, failed := d.decode(c, k.Value)
			if failed != nil {
				return nil // the text is there all the same
			}
			return err
		}
	}
	return nil
}

// textOfError returns the text of an error whose method may panic.
func textOfError(err error) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprintf("%T, whose method Error panics", err)
		}
	}()
	return cut(err.Error())
}

// cut shortens a text that is too long.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return text[:maxText] + "… (cut)"
}
