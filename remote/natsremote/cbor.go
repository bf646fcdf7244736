package natsremote

import (
	"github.com/asyncgen/asyncgen/remote"
	"github.com/fxamacker/cbor/v2"
)

// A CBOROption is a limit of [CBOR].
type CBOROption func(*cbor.DecOptions)

// WithMaxDepth sets how deep values may be nested. The default is 64, the least 4, the most 65535.
func WithMaxDepth(n int) CBOROption {
	return func(o *cbor.DecOptions) { o.MaxNestedLevels = min(max(n, 4), 65535) }
}

// WithMaxElements sets how many elements an array may have, and how many pairs a map. The default is
// 131072, the least 16.
func WithMaxElements(n int) CBOROption {
	return func(o *cbor.DecOptions) {
		n = min(max(n, 16), 1<<31-1)
		o.MaxArrayElements, o.MaxMapPairs = n, n
	}
}

// CBOR returns a codec for RFC 8949. It is loud: a field that the receiver does not have, a key
// that is there twice, text that is not UTF-8 and lengths that are not told beforehand are errors.
// What it allocates to decode a message is in proportion to the message. It keeps apart nil
// and empty slices and maps, keeps every bit of integers and floats, not-a-number too, and times to the nanosecond
// with their offset from UTC.
//
// Types that marshal themselves do so, as bytes or as text.
func CBOR(opts ...CBOROption) remote.Codec {
	enc := cbor.EncOptions{
		Time:          cbor.TimeRFC3339Nano,
		NaNConvert:    cbor.NaNConvertNone,
		IndefLength:   cbor.IndefLengthForbidden,
		TextMarshaler: cbor.TextMarshalerTextString,
	}
	dec := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   64,
		MaxArrayElements:  128 << 10,
		MaxMapPairs:       128 << 10,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsAllowed, // a big.Int that fits no machine word is a tag
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		TextUnmarshaler:   cbor.TextUnmarshalerTextString,
	}
	for _, o := range opts {
		o(&dec)
	}
	return &cborCodec{must(enc.EncMode()), must(dec.DecMode())}
}

type cborCodec struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

func (*cborCodec) Name() string { return codecCBOR }

func (c *cborCodec) Marshal(v any) ([]byte, error) { return c.enc.Marshal(v) }

func (c *cborCodec) Unmarshal(data []byte, v any) error { return c.dec.Unmarshal(data, v) }

// must returns what is wrong only if this file is.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
