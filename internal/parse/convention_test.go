package parse_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConventions checks which generated methods keep the signatures of their
// handlers.
func TestConventions(t *testing.T) {
	t.Parallel()
	const head = "package p\n\nimport (\n\t\"context\"\n\tx \"encoding/xml\"\n)\n\ntype T struct{}\n\ntype Failure struct{}\n\nfunc (Failure) Error() string { return \"\" }\n\ntype bytes = []byte\n\ntype text = string\n\ntype fault = error\n\nvar _ context.Context\n\nvar _ x.Encoder\n\n"
	tests := map[string]struct {
		source string
		same   bool
		want   []string
	}{
		"ReadByte":              {"//asyncgen:bridge name=ReadByte loop=default\nfunc (T) f() (byte, error) { panic(0) }", true, nil},
		"by another name":       {"//asyncgen:bridge name=ReadByte loop=default\nfunc (T) f() (b uint8, err fault) { panic(0) }", true, nil},
		"ReadRune":              {"//asyncgen:bridge name=ReadRune loop=default\nfunc (T) f() (r int32, n int, err error) { panic(0) }", true, nil},
		"MarshalXML":            {"//asyncgen:bridge name=MarshalXML loop=default\nfunc (T) f(e *x.Encoder, s x.StartElement) error { panic(0) }", true, nil},
		"UnmarshalXML":          {"//asyncgen:bridge name=UnmarshalXML loop=default\nfunc (T) f(e *x.Encoder, s x.StartElement) error { panic(0) }", false, []string{"p.go:24:24 AG126"}},
		"GobDecode":             {"//asyncgen:bridge name=GobDecode loop=default\nfunc (t *T) f(b []uint8) error { panic(0) }", true, nil},
		"function":              {"//asyncgen:bridge name=ReadByte loop=default\nfunc f() (byte, error) { panic(0) }", false, nil},
		"Seek":                  {"//asyncgen:bridge name=Seek loop=default\nfunc (T) f(n int64, w int) (int64, error) { panic(0) }", false, nil},
		"Is":                    {"//asyncgen:bridge name=Is loop=default\nfunc (T) f(err error) bool { panic(0) }", false, nil},
		"Is of an error":        {"//asyncgen:bridge name=Is loop=default\nfunc (Failure) f(err error) bool { panic(0) }", true, nil},
		"As of an error":        {"//asyncgen:bridge name=As loop=default\nfunc (Failure) f(target interface{}) bool { panic(0) }", true, nil},
		"Unwrap of an error":    {"//asyncgen:bridge name=Unwrap loop=default\nfunc (Failure) f() error { panic(0) }", true, nil},
		"wrong Is of an error":  {"//asyncgen:bridge name=Is loop=default\nfunc (Failure) f(n int) bool { panic(0) }", false, []string{"p.go:24:24 AG126"}},
		"more parameters":       {"//asyncgen:bridge name=ReadByte loop=default\nfunc (T) f(n int) (byte, error) { panic(0) }", false, []string{"p.go:24:24 AG126"}},
		"context":               {"//asyncgen:bridge name=ReadByte loop=default\nfunc (T) f(ctx context.Context) (byte, error) { panic(0) }", false, []string{"p.go:24:24 AG126"}},
		"no error":              {"//asyncgen:bridge name=WriteByte loop=default\nfunc (T) f(c byte) { panic(0) }", false, []string{"p.go:24:24 AG126"}},
		"future":                {"//asyncgen:async name=WriteByte loop=default\nfunc (T) f(c byte) error { panic(0) }", false, []string{"p.go:24:23 AG126"}},
		"spawned":               {"//asyncgen:spawn name=UnreadByte loop=default\nfunc (T) f() error { panic(0) }", false, []string{"p.go:24:23 AG126"}},
		"in place":              {"//asyncgen:bridge inplace loop=default\nfunc (T) ReadByte() (byte, error) { panic(0) }", true, nil},
		"default name":          {"//asyncgen:bridge loop=default\nfunc (T) ReadByte() (byte, error) { panic(0) }", false, nil},
		"front":                 {"//asyncgen:bridge\ntype F struct{}\nfunc (F) MarshalJSON() ([]byte, error) { panic(0) }", true, nil},
		"front, own signature":  {"//asyncgen:bridge\ntype F struct{}\nfunc (F) MarshalJSON(n int) ([]byte, error) { panic(0) }", false, nil},
		"front, other method":   {"//asyncgen:bridge\ntype F struct{}\nfunc (F) MarshalText() ([]byte, error) { panic(0) }", false, nil},
		"front of an error":     {"//asyncgen:bridge\ntype F struct{}\nfunc (F) Unwrap() error { panic(0) }", false, nil},
		"front of an interface": {"//asyncgen:bridge\ntype F interface{ ReadByte(n int) }", true, nil},
		"remote front":          {"//asyncgen:remote\ntype F struct{}\nfunc (F) WriteByte(byte) error { panic(0) }", true, nil},
		"remote method":         {"//asyncgen:remote name=WriteByte loop=default\nfunc (T) f(byte) error { panic(0) }", false, nil},
	}
	for name, tt := range tests {
		pkgs, diags := newWorld(head + tt.source).read()
		if tt.want != nil {
			require.Equal(t, tt.want, problems(diags), name)
			require.Contains(t, diags[0].Message, "have the signature", name)
			continue
		}
		require.Empty(t, problems(diags), name)
		require.Equal(t, tt.same, sole(t, pkgs).Directives[0].Same, name)
	}
}
