package confined

import (
	"go/types"

	"github.com/asyncgen/asyncgen/analysis/internal/isolation"
)

// states classifies the types that share memory: a copy of a pointer, a map or a slice refers to
// the same memory, a copy of a number does not.
type states struct {
	result *isolation.Result
	known  map[types.Type]bool
}

func newStates(r *isolation.Result) *states {
	return &states{result: r, known: map[types.Type]bool{}}
}

// shared reports whether a copy of a value of type t shares state with it. Functions
// and empty interfaces may hold anything, and type parameters may be anything, so they
// count as harmless; so do types that look after themselves.
func (s *states) shared(t types.Type) bool {
	if t == nil {
		return false
	}
	t = types.Unalias(t)
	if known, ok := s.known[t]; ok {
		return known
	}
	s.known[t] = false
	s.known[t] = s.find(t)
	return s.known[t]
}

func (s *states) find(t types.Type) bool {
	if _, ok := t.(*types.TypeParam); ok || harmless[name(t)] {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return !harmless["*"+name(u.Elem())] && !s.guarded(u.Elem())
	case *types.Map, *types.Slice:
		return true
	case *types.Array:
		return s.shared(u.Elem())
	case *types.Interface:
		return u.NumMethods() > 0 && !s.guarded(t)
	case *types.Struct:
		return !s.guarded(t) && s.sharedField(t, u)
	}
	return false
}

// sharedField reports whether a struct has a field with shared state. Unexported
// fields of a struct of another package do not count.
func (s *states) sharedField(t types.Type, st *types.Struct) bool {
	named := isolation.NamedOf(t)
	foreign := named != nil && named.Obj().Pkg() != s.result.Pass.Pkg
	for i := range st.NumFields() {
		if f := st.Field(i); (!foreign || f.Exported()) && s.shared(f.Type()) {
			return true
		}
	}
	return false
}

// guarded reports whether a type looks after itself: it has bridges, or confined
// fields, which are checked wherever they are used, or a lock, an atomic, a channel or
// a loop.
func (s *states) guarded(t types.Type) bool {
	if isolation.Shared(t) {
		return true
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		for i := range named.NumMethods() {
			if s.result.Bridge(named.Method(i)) != nil {
				return true
			}
		}
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for i := range st.NumFields() {
		f := st.Field(i)
		if _, ok := s.result.Confined(f); ok || isolation.Shared(f.Type()) || name(f.Type()) == "*"+isolation.RuntimePath+".Loop" {
			return true
		}
		if _, ok := f.Type().Underlying().(*types.Struct); ok && s.guarded(f.Type()) {
			return true
		}
	}
	return false
}

// name returns the name of a type, or of the type that it points to, with its package.
func name(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return "*" + name(p.Elem())
	}
	named, ok := types.Unalias(t).(*types.Named)
	switch {
	case !ok:
		return ""
	case named.Obj().Pkg() == nil:
		return named.Obj().Name()
	}
	return named.Obj().Pkg().Path() + "." + named.Obj().Name()
}

// harmless are types whose values never change, or whose documentation allows any goroutine to
// use them, where the fields do not show it.
var harmless = map[string]bool{
	"error": true, "context.Context": true, "reflect.Type": true, "reflect.Value": true,
	"time.Time": true, "*time.Location": true, "*net/url.Userinfo": true, "io/fs.FileInfo": true,
	"net.Conn": true, "net.Listener": true, "net.PacketConn": true, "net.Addr": true, "fmt.Stringer": true,
	"*log/slog.Logger": true, "log/slog.Handler": true, "*regexp.Regexp": true, "*net/http.Client": true,
	"net/http.Handler": true, "net/http.RoundTripper": true, "*os.File": true, "*html/template.Template": true,
	"*text/template.Template": true, "crypto.PublicKey": true, "*net.TCPConn": true, "*net.UDPConn": true,
	"*net.UnixConn": true, "*database/sql.Tx": true, "*crypto/tls.Conn": true,
}
