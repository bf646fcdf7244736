package remote

import (
	"errors"
	"fmt"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/remote/engine"
	"github.com/asyncgen/asyncgen/remote/internal/door"
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
func describe(c Codec, err error, defs []door.ErrorDef) failure {
	f := failure{Message: textOfError(err), Type: fmt.Sprintf("%T", err)}
	for _, list := range [...][]door.ErrorDef{defs, wellKnown()} {
		for _, d := range list {
			if k, ok := within(c, d, err); ok {
				f.Known = append(f.Known, k)
			}
		}
	}
	return f
}

// within finds in err what d registers.
func within(c Codec, d door.ErrorDef, err error) (known, bool) {
	if d.Type == nil {
		return known{Name: d.Name, Exact: same(err, d.Sentinel)}, errors.Is(err, d.Sentinel)
	}
	found, exact := d.Find(err)
	if found == nil {
		return known{}, false
	}
	value, failed := c.Marshal(found)
	return known{Name: d.Name, Value: value, Exact: exact}, failed == nil
}

// same reports whether two errors are one. Errors that cannot be compared are not.
func same(a, b error) (equal bool) {
	defer func() { _ = recover() }()
	return a == b
}

// restore makes the error that the caller gets.
func (f failure) restore(c Codec, call *engine.Call, r *engine.Reply, defs []door.ErrorDef) error {
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
func (k known) restore(c Codec, defs []door.ErrorDef) error {
	for _, list := range [...][]door.ErrorDef{defs, wellKnown()} {
		for _, d := range list {
			if d.Name != k.Name {
				continue
			}
			if d.Type == nil {
				return d.Sentinel
			}
			err, failed := d.Decode(c, k.Value)
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
