package loophttp

import "net/http"

// Health answers with 200 and "ok" if check returns nil, and with 503 and the text of the
// error otherwise: for the liveness and readiness probes of the program's operators.
//
//	mux.Handle("/livez", loophttp.Health(func() error { return group.Live(30 * time.Second) }))
//	mux.Handle("/readyz", loophttp.Health(group.Ready))
//
// check is called once for each request, by many at the same time. The errors of a loop name
// handlers and source files, so the handler should not be public.
func Health(check func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		err := check()
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n")) // a client that has gone needs no answer
	})
}
