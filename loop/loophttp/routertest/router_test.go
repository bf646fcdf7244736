package routertest_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// A shop has handlers on a loop. Their bridges are what asyncgen generates.
type shop struct {
	loop *loop.Loop
	sold int // only the loop touches it
}

func (s *shop) sell(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.sold++
	w.Header().Set("X-Sold", fmt.Sprint(s.sold))
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "sold %q to %q", text, item(r))
}

func (s *shop) page(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "<html>"+strings.Repeat("page ", 10_000))
}

func (s *shop) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	for i := range 3 {
		_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
		if err := control.Flush(); err != nil {
			panic(err)
		}
		if err := loop.Sleep(r.Context(), 0); err != nil {
			return
		}
	}
}

func (s *shop) fail(w http.ResponseWriter, r *http.Request) {
	if r.URL.RawQuery == "half" {
		_, _ = io.WriteString(w, "half")
	}
	panic("boom")
}

func (s *shop) abort(http.ResponseWriter, *http.Request) {
	panic(http.ErrAbortHandler)
}

func (s *shop) sellOnLoop(w http.ResponseWriter, r *http.Request) {
	shopSell.Serve(w, r, s.loop, s.sell, (*shop).sell)
}

func (s *shop) pageOnLoop(w http.ResponseWriter, r *http.Request) {
	shopPage.Serve(w, r, s.loop, s.page, (*shop).page)
}

func (s *shop) eventsOnLoop(w http.ResponseWriter, r *http.Request) {
	shopEvents.Serve(w, r, s.loop, s.events, (*shop).events)
}

func (s *shop) failOnLoop(w http.ResponseWriter, r *http.Request) {
	shopFail.Serve(w, r, s.loop, s.fail, (*shop).fail)
}

func (s *shop) abortOnLoop(w http.ResponseWriter, r *http.Request) {
	shopAbort.Serve(w, r, s.loop, s.abort, (*shop).abort)
}

var (
	shopSell   = loophttp.Bridge{Name: "shop.sell"}
	shopPage   = loophttp.Bridge{Name: "shop.page", Buffer: 10_000}
	shopEvents = loophttp.Bridge{Name: "shop.events"}
	shopFail   = loophttp.Bridge{Name: "shop.fail"}
	shopAbort  = loophttp.Bridge{Name: "shop.abort"}
)

// A choice is the handlers of a shop, with or without their loop.
type choice struct{ sell, page, events, fail, abort http.HandlerFunc }

func newShop(t *testing.T) *shop {
	l := loop.New()
	t.Cleanup(func() { _ = l.Close() })
	return &shop{loop: l}
}

func (s *shop) plain() choice { return choice{s.sell, s.page, s.events, s.fail, s.abort} }

func (s *shop) onLoop() choice {
	return choice{s.sellOnLoop, s.pageOnLoop, s.eventsOnLoop, s.failOnLoop, s.abortOnLoop}
}

// item is the path's wildcard, wherever the router has put it.
func item(r *http.Request) string {
	if v := r.PathValue("item"); v != "" {
		return v
	}
	return chi.URLParam(r, "item")
}

// routers are the ways to serve a shop.
func routers() map[string]func(choice) http.Handler {
	return map[string]func(choice) http.Handler{
		"mux": func(c choice) http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("POST /sell/{item}", c.sell)
			mux.Handle("GET /page", c.page)
			mux.HandleFunc("GET /events", c.events)
			mux.HandleFunc("GET /fail", c.fail)
			mux.HandleFunc("GET /abort", c.abort)
			return mux
		},
		"mux with a timeout": func(c choice) http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("POST /sell/{item}", c.sell)
			mux.Handle("GET /page", c.page)
			mux.HandleFunc("GET /fail", c.fail)
			mux.HandleFunc("GET /abort", c.abort)
			return http.TimeoutHandler(mux, time.Hour, "too late")
		},
		"chi": func(c choice) http.Handler {
			r := chi.NewRouter()
			r.Use(middleware.RequestSize(100), middleware.Compress(5), middleware.Recoverer)
			r.Post("/sell/{item}", c.sell)
			r.Method("GET", "/page", c.page)
			r.Get("/events", c.events)
			r.Get("/fail", c.fail)
			r.Get("/abort", c.abort)
			return r
		},
		"gin": func(c choice) http.Handler {
			r := gin.New()
			r.Use(gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.AbortWithStatus(500) }))
			r.POST("/sell/:item", func(g *gin.Context) {
				g.Request.SetPathValue("item", g.Param("item"))
				gin.WrapF(c.sell)(g)
			})
			r.GET("/page", gin.WrapF(c.page))
			r.GET("/events", gin.WrapF(c.events))
			r.GET("/fail", gin.WrapF(c.fail))
			r.GET("/abort", gin.WrapF(c.abort))
			return r
		},
	}
}

// ask sends a request and returns what a client sees of the response.
func ask(t *testing.T, s *httptest.Server, method, path, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	resp, err := s.Client().Do(req)
	if err != nil {
		return "no response"
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	return fmt.Sprint(resp.Status, resp.Header, resp.ContentLength, string(text), err)
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func TestBridgesAreHandlersLikeAnyOther(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	requests := []struct{ method, path, body string }{
		{"POST", "/sell/cup", "tea"},
		{"POST", "/sell/pot", "coffee"},
		{"GET", "/page", ""},
		{"GET", "/events", ""},
		{"GET", "/fail", ""},
		{"GET", "/abort", ""},
		{"GET", "/nowhere", ""},
	}
	for name, router := range routers() {
		t.Run(name, func(t *testing.T) {
			plain := serve(t, router(newShop(t).plain()))
			looped := serve(t, router(newShop(t).onLoop()))
			for _, r := range requests {
				want := ask(t, plain, r.method, r.path, r.body)
				require.Equal(t, want, ask(t, looped, r.method, r.path, r.body), r.path)
			}
		})
	}
}

// What the tests above compare must be what it is meant to be.
func TestBridgesGetThePathAndTheBody(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	for name, router := range routers() {
		t.Run(name, func(t *testing.T) {
			s := serve(t, router(newShop(t).onLoop()))
			got := ask(t, s, "POST", "/sell/cup", "tea")
			require.Contains(t, got, "201 Created")
			require.Contains(t, got, `sold "tea" to "cup"`)
			require.Contains(t, got, "X-Sold:[1]")
		})
	}
}

// Without a loop, half a response becomes a whole one here.
func TestBridgesLetAMiddlewareAnswerForAPanic(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	for _, name := range []string{"chi", "gin"} {
		s := serve(t, routers()[name](newShop(t).onLoop()))
		got := ask(t, s, "GET", "/fail?half", "")
		require.Contains(t, got, "500 Internal Server Error")
		require.NotContains(t, got, "half")
	}
}

func TestBridgesHonourTheLimitOfAMiddleware(t *testing.T) {
	s := serve(t, routers()["chi"](newShop(t).onLoop()))
	require.Contains(t, ask(t, s, "POST", "/sell/cup", strings.Repeat("x", 101)), "413 Request Entity Too Large")
}

func TestBridgesAreUnavailableWithTheirLoop(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	for name, router := range routers() {
		t.Run(name, func(t *testing.T) {
			shop := newShop(t)
			require.NoError(t, shop.loop.Close())
			got := ask(t, serve(t, router(shop.onLoop())), "GET", "/page", "")
			require.Contains(t, got, "503 Service Unavailable")
			require.Contains(t, got, "Retry-After:[1]")
		})
	}
}
