package loophttp

import (
	"fmt"
	"log"
	"net/http"
	"path"
	"runtime"
	"strings"
)

// logger returns the logger that net/http uses for the request.
func logger(r *http.Request) *log.Logger {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil || server.ErrorLog == nil {
		return log.Default()
	}
	return server.ErrorLog
}

// caller names the caller of the method of a response that calls it, "main.handle
// (main.go:12)". Helpers of net/http, such as [http.Error], are not meant.
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if !more || !strings.HasPrefix(f.Function, "net/http.") {
			return fmt.Sprintf("%s (%s:%d)", f.Function, path.Base(f.File), f.Line)
		}
	}
}
