package loophttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loophttp"
)

// A counter needs no lock: only its loop touches it.
type counter struct {
	loop  *loop.Loop
	count int
}

// visit is the handler.
func (c *counter) visit(w http.ResponseWriter, _ *http.Request) {
	c.count++
	fmt.Fprintf(w, "You are visitor number %d.", c.count)
}

// visitOnLoop is what asyncgen generates for visit.
func (c *counter) visitOnLoop(w http.ResponseWriter, r *http.Request) {
	counterVisit.Serve(w, r, c.loop, c.visit, (*counter).visit)
}

var counterVisit = loophttp.Bridge{Name: "loophttp_test.counter.visit"}

func ExampleBridge() {
	c := &counter{loop: loop.New()}
	defer c.loop.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /visit", c.visitOnLoop)

	for range 2 {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest("GET", "/visit", nil))
		fmt.Println(answer.Body)
	}
	// Output:
	// You are visitor number 1.
	// You are visitor number 2.
}
