package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// JSON returns the codec that every worker accepts, named "json", of encoding/json. It is there
// for people and for programs in other languages. It is strict: fields that are not known,
// fields that come twice, text that is not UTF-8, and anything behind the value are errors, and
// values may be nested 64 deep and have 131,072 elements or fields in one list or object.
//
// Not every value survives it: NaN and infinities are refused, and so are map keys that have
// no text.
func JSON() Codec { return jsonCodec{} }

type jsonCodec struct{}

// The limits of JSON.
const (
	maxDepth    = 64
	maxElements = 1 << 17
)

func (jsonCodec) Name() string { return "json" }

func (jsonCodec) Marshal(v any) ([]byte, error) { return json.Marshal(v) }

func (jsonCodec) Unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("JSON that is not UTF-8")
	}
	if err := inspect(data); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	if len(bytes.TrimRight(data[d.InputOffset():], " \t\r\n")) > 0 {
		return errors.New("something follows the JSON value")
	}
	return nil
}
