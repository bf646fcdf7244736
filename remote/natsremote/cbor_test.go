package natsremote_test

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/remote/natsremote"
	"github.com/stretchr/testify/require"
)

// text marshals itself as text.
type text struct{ inner string }

func (x text) MarshalText() ([]byte, error) { return []byte("<" + x.inner + ">"), nil }

func (x *text) UnmarshalText(b []byte) error {
	s := string(b)
	if !strings.HasPrefix(s, "<") || !strings.HasSuffix(s, ">") {
		return fmt.Errorf("%q has no brackets", s)
	}
	x.inner = strings.Trim(s, "<>")
	return nil
}

type everything struct {
	Bool       bool
	Int        int64
	Uint       uint64
	Small      int8
	Float      float64
	Single     float32
	Text       string
	Bytes      []byte
	Array      [3]int
	Slice      []string
	Map        map[string]int
	Keys       map[int64]string
	Structs    map[[2]int]bool
	Pointer    *int
	Time       time.Time
	Duration   time.Duration
	Marshaled  text
	Marshaleds []text
	Addr       netip.Addr
	URL        url.URL
	Big        *big.Int
	Nested     *everything
	Deep       [][]map[string][]int
	Embedded
	Renamed int `json:"other_name"`
	Skipped int `json:"-"`
}

type Embedded struct{ Inner string }

// TestFidelity: what a handler gets is what the caller gave, or there is an error.
func TestFidelity(t *testing.T) {
	t.Parallel()
	zero, seven := 0, 7
	huge, ok := new(big.Int).SetString("-123456789012345678901234567890", 10)
	require.True(t, ok)
	for name, v := range map[string]everything{
		"zero": {},
		"empty is not nil": {
			Bytes: []byte{}, Slice: []string{}, Map: map[string]int{}, Keys: map[int64]string{}, Pointer: &zero,
			Deep: [][]map[string][]int{{}, nil, {nil, {}, {"a": nil, "b": {}}}}, Nested: &everything{},
		},
		"largest":       {Int: math.MaxInt64, Uint: math.MaxUint64, Small: 127, Float: math.MaxFloat64, Single: math.MaxFloat32},
		"smallest":      {Int: math.MinInt64, Small: -128, Float: math.SmallestNonzeroFloat64, Single: math.SmallestNonzeroFloat32},
		"infinite":      {Float: math.Inf(-1), Single: float32(math.Inf(1))},
		"negative zero": {Float: math.Copysign(0, -1)},
		"texts":         {Text: "\x00\n\"ü\U0001F600", Bytes: []byte{0, 0xff}, Duration: -time.Nanosecond, Renamed: 3},
		"keys":          {Keys: map[int64]string{math.MinInt64: "a", math.MaxInt64: "b"}, Structs: map[[2]int]bool{{1, 2}: true}},
		"times": {
			Time:   time.Date(2026, 11, 23, 13, 0, 0, 1, time.FixedZone("", 5*3600+1800)),
			Nested: &everything{Time: time.Date(1, 1, 1, 0, 0, 0, 999999999, time.UTC)},
		},
		"marshalers": {
			Marshaled: text{"a"}, Marshaleds: []text{{}, {"ü"}}, Addr: netip.MustParseAddr("fe80::1%eth0"),
			URL: url.URL{Scheme: "https", User: url.UserPassword("ada", "secret"), Host: "example.com"}, Big: huge,
		},
		"nested": {Pointer: &seven, Nested: &everything{Nested: &everything{Text: "deep", Embedded: Embedded{"x"}}}},
	} {
		c := natsremote.CBOR(natsremote.CBOROptions{})
		b, err := c.Marshal(v)
		require.NoError(t, err, name)
		var got everything
		require.NoError(t, c.Unmarshal(b, &got), name)
		require.True(t, v.Time.Equal(got.Time), name)
		_, before := v.Time.Zone()
		_, after := got.Time.Zone()
		require.Equal(t, before, after, name)
		got.Time, v.Time = time.Time{}, time.Time{}
		if v.Nested != nil {
			require.True(t, v.Nested.Time.Equal(got.Nested.Time), name)
			got.Nested.Time, v.Nested.Time = time.Time{}, time.Time{}
		}
		require.Equal(t, v, got, name)
		require.Equal(t, math.Signbit(v.Float), math.Signbit(got.Float), name)
	}
}

func TestNotANumberKeepsItsBits(t *testing.T) {
	t.Parallel()
	for _, bits := range []uint64{0x7ff8000000000001, 0xfff8000000000000, 0x7ff4000000000001} {
		b, err := natsremote.CBOR(natsremote.CBOROptions{}).Marshal(math.Float64frombits(bits))
		require.NoError(t, err)
		var got float64
		require.NoError(t, natsremote.CBOR(natsremote.CBOROptions{}).Unmarshal(b, &got))
		require.Equal(t, bits, math.Float64bits(got))
	}
}

func TestTextMarshalersTravelAsText(t *testing.T) {
	t.Parallel()
	b, err := natsremote.CBOR(natsremote.CBOROptions{}).Marshal(text{"a"})
	require.NoError(t, err)
	require.Equal(t, "\x63<a>", string(b))
	require.ErrorContains(t, natsremote.CBOR(natsremote.CBOROptions{}).Unmarshal([]byte("\x61a"), new(text)), "no brackets")
}

// TestLoud is about what would be lost or guessed, and is an error instead.
func TestLoud(t *testing.T) {
	t.Parallel()
	type pair struct{ A, B int }
	for name, c := range map[string]struct {
		data string
		to   any
	}{
		"unknown field":       {"\xa1\x61C\x01", new(pair)},
		"field in other case": {"\xa1\x61a\x01", new(pair)},
		"field twice":         {"\xa2\x61A\x01\x61A\x02", new(pair)},
		"key twice":           {"\xa2\x01\x01\x01\x02", new(map[int]int)},
		"indefinite array":    {"\x9f\x01\xff", new([]int)},
		"indefinite text":     {"\x7f\x61a\xff", new(string)},
		"not UTF-8":           {"\x61\xff", new(string)},
		"does not fit":        {"\x19\x01\x00", new(int8)},
		"negative":            {"\x20", new(uint)},
		"left over":           {"\x01\x02", new(int)},
		"nothing":             {"", new(int)},
		"other type":          {"\x61a", new(int)},
		"too deep":            {strings.Repeat("\x81", 65) + "\x01", new(any)},
		"too long":            {"\x9a\x00\x02\x00\x01", new([]int)},
		"too many":            {"\xba\x00\x02\x00\x01", new(map[int]int)},
		"long and not there":  {"\x9a\x00\x01\x00\x00", new([]int)},
		"text and not there":  {"\x7b\x7f\xff\xff\xff\xff\xff\xff\xff", new(string)},
	} {
		require.Error(t, natsremote.CBOR(natsremote.CBOROptions{}).Unmarshal([]byte(c.data), c.to), name)
	}
	_, err := natsremote.CBOR(natsremote.CBOROptions{}).Marshal(make(chan int))
	require.Error(t, err)
	b, err := natsremote.CBOR(natsremote.CBOROptions{}).Marshal("\xff")
	if err == nil { // then whoever gets it says so
		require.Error(t, natsremote.CBOR(natsremote.CBOROptions{}).Unmarshal(b, new(string)))
	}
}

func TestLimitsCanBeMoved(t *testing.T) {
	t.Parallel()
	deep := []byte(strings.Repeat("\x81", 100) + "\x01")
	require.Error(t, natsremote.CBOR(natsremote.CBOROptions{}).Unmarshal(deep, new(any)))
	require.NoError(t, natsremote.CBOR(natsremote.CBOROptions{MaxDepth: 200}).Unmarshal(deep, new(any)))
	long, err := natsremote.CBOR(natsremote.CBOROptions{}).Marshal(make([]int, 20))
	require.NoError(t, err)
	require.NoError(t, natsremote.CBOR(natsremote.CBOROptions{}).Unmarshal(long, new([]int)))
	require.Error(t, natsremote.CBOR(natsremote.CBOROptions{MaxElements: 16}).Unmarshal(long, new([]int)))
	natsremote.CBOR(natsremote.CBOROptions{MaxDepth: 65535, MaxElements: math.MaxInt})
	for want, o := range map[string]natsremote.CBOROptions{
		"natsremote: CBOROptions.MaxDepth is 3, it must be 4 to 65535":      {MaxDepth: 3},
		"natsremote: CBOROptions.MaxDepth is 65536, it must be 4 to 65535":  {MaxDepth: 65536},
		"natsremote: CBOROptions.MaxDepth is -1, it must be 4 to 65535":     {MaxDepth: -1},
		"natsremote: CBOROptions.MaxElements is 15, it must be 16 at least": {MaxElements: 15},
	} {
		require.PanicsWithValue(t, want, func() { natsremote.CBOR(o) })
	}
}

// FuzzCBOR decodes anything into types of all kinds: no panic, no allocation out of proportion, and what was decoded
// is the same after another round.
func FuzzCBOR(f *testing.F) {
	for _, v := range []any{
		everything{},
		everything{Nested: &everything{Slice: []string{"a"}}, Map: map[string]int{"a": 1}, Big: big.NewInt(1)},
		[]everything{{}, {}},
		map[string][]byte{"a": nil},
	} {
		b, err := natsremote.CBOR(natsremote.CBOROptions{}).Marshal(v)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte("\x9a\x00\x01\x00\x00"))
	f.Add([]byte("\xbb\x7f\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("\xc2\x5a\x00\x01\x00\x00"))
	f.Add([]byte(strings.Repeat("\x81", 63) + "\x01"))
	codec := natsremote.CBOR(natsremote.CBOROptions{})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, kind := range []reflect.Type{
			reflect.TypeFor[everything](), reflect.TypeFor[any](), reflect.TypeFor[[]everything](),
			reflect.TypeFor[map[string][]everything](), reflect.TypeFor[[][]int](), reflect.TypeFor[map[int64]struct{}](),
			reflect.TypeFor[text](), reflect.TypeFor[time.Time](), reflect.TypeFor[*big.Int](),
		} {
			v := reflect.New(kind)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := codec.Unmarshal(data, v.Interface())
			runtime.ReadMemStats(&after)
			// A byte can be an element of a slice of everything, which is the largest there is here. Others
			// allocate as well meanwhile, but not that much.
			most := 1<<20 + uint64(len(data))*4*uint64(reflect.TypeFor[everything]().Size())
			if got := after.TotalAlloc - before.TotalAlloc; got > most {
				t.Fatalf("%d bytes have %d allocated for %s, more than %d", len(data), got, kind, most)
			}
			if err != nil {
				continue
			}
			b, err := codec.Marshal(v.Interface())
			if err != nil {
				continue // a time with a year of five digits, for example
			}
			require.NoError(t, codec.Unmarshal(b, reflect.New(kind).Interface()), "%s: %x", kind, b)
		}
	})
}
