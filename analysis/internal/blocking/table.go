package blocking

import (
	"go/types"
	"strings"
)

// The functions that block until something outside of the program happens. Left out on purpose:
// database/sql, because a loop that owns a database is there to wait for it; io.Reader
// and its like, which may be anything; logging and printing; os.Getenv and other calls
// that only look like files.

// sleeps are functions that only pass the time.
var sleeps = set("time.Sleep")

// joins wait for other goroutines.
var joins = set(
	"(*sync.WaitGroup).Wait", "(*sync.Cond).Wait", "(*golang.org/x/sync/errgroup.Group).Wait",
	"(*os/exec.Cmd).Wait", "(*os.Process).Wait",
)

// transfers wait for the network, the disk or another process.
var transfers = set(
	"net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm",
	"(*net/http.Client).Do", "(*net/http.Client).Get", "(*net/http.Client).Head",
	"(*net/http.Client).Post", "(*net/http.Client).PostForm",
	"net/http.ListenAndServe", "net/http.ListenAndServeTLS", "net/http.Serve",
	"(*net/http.Server).ListenAndServe", "(*net/http.Server).ListenAndServeTLS", "(*net/http.Server).Serve",
	"(*net/http.Server).Shutdown",
	"net.Dial", "net.DialTimeout", "(*net.Dialer).Dial", "(*net.Dialer).DialContext", "net.Listen",
	"net.LookupHost", "net.LookupIP", "net.LookupAddr", "(*net.Resolver).LookupHost",
	"(net.Conn).Read", "(net.Conn).Write", "(net.Listener).Accept", "(net.PacketConn).ReadFrom", "(net.PacketConn).WriteTo",
	"(*net.TCPConn).Read", "(*net.TCPConn).Write", "(*net.TCPListener).Accept", "(*net.UDPConn).Read", "(*net.UDPConn).Write",
	"crypto/tls.Dial", "(*crypto/tls.Conn).Read", "(*crypto/tls.Conn).Write", "(*crypto/tls.Conn).Handshake",
	"os.ReadFile", "os.WriteFile", "os.Open", "os.OpenFile", "os.Create", "os.CreateTemp", "os.ReadDir", "os.RemoveAll",
	"os.Rename", "os.MkdirAll", "path/filepath.Walk", "path/filepath.WalkDir",
	"(*os.File).Read", "(*os.File).ReadAt", "(*os.File).ReadFrom", "(*os.File).Write", "(*os.File).WriteAt",
	"(*os.File).WriteString", "(*os.File).Sync",
	"(*os/exec.Cmd).Run", "(*os/exec.Cmd).Output", "(*os/exec.Cmd).CombinedOutput",
)

// locks are methods that wait for a mutex.
var locks = set("(*sync.Mutex).Lock", "(*sync.RWMutex).Lock", "(*sync.RWMutex).RLock", "(sync.Locker).Lock")

// unlocks give it back.
var unlocks = set("(*sync.Mutex).Unlock", "(*sync.RWMutex).Unlock", "(*sync.RWMutex).RUnlock", "(sync.Locker).Unlock")

func set(names ...string) map[string]bool {
	all := make(map[string]bool, len(names))
	for _, n := range names {
		all[n] = true
	}
	return all
}

// short is a function's name as code spells it: "http.Get", "(*os.File).Read".
func short(fn *types.Func) string {
	full := fn.FullName()
	if recv, method, ok := strings.Cut(full, ")."); ok {
		star := ""
		if strings.HasPrefix(recv, "(*") {
			star = "*"
		}
		return "(" + star + recv[strings.LastIndexAny(recv, "/*(")+1:] + ")." + method
	}
	return full[strings.LastIndexByte(full, '/')+1:]
}
