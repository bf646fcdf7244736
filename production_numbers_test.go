package asyncgen_test

import (
	"context"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert/yaml"
	"github.com/stretchr/testify/require"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/loop/loopimpl"
	"github.com/asyncgen/asyncgen/loop/loopz"
)

// The last in a full queue waits for as many handlers as there are places.
func TestProductionQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const places, lasts = 1024, time.Millisecond
		l := loop.New(loop.WithOverflow(loop.OverflowReject))
		begun, end := make(chan struct{}), make(chan struct{})
		require.NoError(t, l.Spawn(t.Context(), func(context.Context) error { close(begun); <-end; return nil }))
		<-begun
		var waits []time.Duration
		start := time.Now()
		for range places {
			require.NoError(t, l.Spawn(t.Context(), func(context.Context) error {
				waits = append(waits, time.Since(start))
				time.Sleep(lasts)
				return nil
			}))
		}
		require.ErrorIs(t, l.Spawn(t.Context(), func(context.Context) error { return nil }), loop.ErrFull)
		close(end)
		require.NoError(t, l.Shutdown(t.Context()))
		require.Len(t, waits, places)
		require.Equal(t, (places-1)*lasts, waits[places-1], "a second, says the page")
	})
}

// payOrder is a handler of the program in trouble.
type payOrder struct{ lasts time.Duration }

func (o *payOrder) Run(context.Context) error {
	time.Sleep(o.lasts)
	return nil
}

func (*payOrder) Handler() any { return (*orders).pay }

type orders struct{}

func (*orders) pay() {}

// The page shows what a loop in trouble looks like in a terminal.
func TestProductionDebug(t *testing.T) {
	t.Parallel()
	want := blockOf(t, "docs/production.md")
	synctest.Test(t, func(t *testing.T) {
		pay := loopimpl.Bridge{Name: "shop.Orders.Pay"}
		l := loop.New(loop.WithName("orders"), loop.WithQueueSize(4))
		for range 100 {
			require.NoError(t, loopimpl.Do(t.Context(), l, &pay, payOrder{3 * time.Millisecond}))
		}
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if err := loopimpl.Do(t.Context(), l, &pay, payOrder{10 * time.Second}); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			time.Sleep(500 * time.Millisecond)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/debug/loops?loop="+strconv.FormatUint(l.ID(), 10), nil)
		r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost:8080"
		loopz.Handler().ServeHTTP(w, r)
		// How many loops other tests have made before does not matter.
		got := regexp.MustCompile(`(?m)^ID +`).ReplaceAllString(w.Body.String(), "ID  ")
		got = regexp.MustCompile(`(?m)^\d+ +orders`).ReplaceAllString(got, "1   orders")
		got = regexp.MustCompile(`(?m)^QUEUE OF \d+`).ReplaceAllString(got, "QUEUE OF 1")
		all.Wait()
		require.NoError(t, l.Shutdown(t.Context()))
		require.Equal(t, want, got)
	})
}

// TestProductionKubernetes does the sums of the page.
func TestProductionKubernetes(t *testing.T) {
	t.Parallel()
	const page = "docs/production.md"
	type probe struct {
		HTTPGet struct {
			Path string `yaml:"path"`
			Port int    `yaml:"port"`
		} `yaml:"httpGet"`
		PeriodSeconds    int `yaml:"periodSeconds"`
		FailureThreshold int `yaml:"failureThreshold"`
	}
	var pod struct {
		Spec struct {
			Grace      int `yaml:"terminationGracePeriodSeconds"`
			Containers []struct {
				Lifecycle struct {
					PreStop struct {
						Sleep struct {
							Seconds int `yaml:"seconds"`
						} `yaml:"sleep"`
					} `yaml:"preStop"`
				} `yaml:"lifecycle"`
				Readiness probe `yaml:"readinessProbe"`
				Liveness  probe `yaml:"livenessProbe"`
			} `yaml:"containers"`
		} `yaml:"spec"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(blockOf(t, page)), &pod))
	c := pod.Spec.Containers[0]
	text := read(t, page)
	deadline := regexp.MustCompile(`deadline of the group\n\((\d+) s here\)`).FindStringSubmatch(text)
	require.NotNil(t, deadline)
	limit, err := strconv.Atoi(deadline[1])
	require.NoError(t, err)
	// A group cuts off for a second each what hangs: three parts, one after the other.
	require.GreaterOrEqual(t, pod.Spec.Grace, c.Lifecycle.PreStop.Sleep.Seconds+limit+3)
	require.Positive(t, c.Lifecycle.PreStop.Sleep.Seconds)
	require.Positive(t, c.Readiness.PeriodSeconds)
	require.Equal(t, []int{10, 3}, []int{c.Liveness.PeriodSeconds, c.Liveness.FailureThreshold}, "the text says so")
	for _, p := range []probe{c.Readiness, c.Liveness} {
		require.Contains(t, text, `mux.Handle("`+p.HTTPGet.Path+`"`)
		require.Equal(t, c.Readiness.HTTPGet.Port, p.HTTPGet.Port)
	}
}

// TestProductionUnitFiles holds the unit files of the example to what the page says of them.
func TestProductionUnitFiles(t *testing.T) {
	t.Parallel()
	unit := read(t, "examples/activated/systemd/ledger@.service")
	for _, line := range []string{"Sockets=ledger.socket", "NonBlocking=true", "Type=notify", "KillSignal=SIGTERM"} {
		require.Contains(t, unit, "\n"+line+"\n")
	}
	seconds := func(pattern string) int {
		found := regexp.MustCompile(pattern).FindStringSubmatch(unit)
		require.NotNil(t, found, pattern)
		n, err := strconv.Atoi(found[1])
		require.NoError(t, err)
		return n
	}
	stop, grace, idle := seconds(`(?m)^TimeoutStopSec=(\d+)$`), seconds(`-grace (\d+)s`), seconds(`-idle (\d+)s`)
	require.Greater(t, stop, grace)
	require.Greater(t, grace, idle)
	require.Contains(t, read(t, "examples/activated/systemd/ledger.socket"), "\nAccept=no\n")
	for name := range strings.FieldsSeq("ledger.socket ledger@.service") {
		require.Contains(t, read(t, "docs/production.md"), "(../examples/activated/systemd/"+name+")")
	}
}

// TestRecipesPreCommit looks at what the framework runs the command for.
func TestRecipesPreCommit(t *testing.T) {
	t.Parallel()
	var config struct {
		Repos []struct {
			Repo  string `yaml:"repo"`
			Hooks []struct {
				ID            string `yaml:"id"`
				Name          string `yaml:"name"`
				Entry         string `yaml:"entry"`
				Language      string `yaml:"language"`
				Files         string `yaml:"files"`
				PassFilenames *bool  `yaml:"pass_filenames"`
			} `yaml:"hooks"`
		} `yaml:"repos"`
	}
	text := sourceOf(t, "testdata/script/recipes_hook.txtar: .pre-commit-config.yaml")
	require.NoError(t, yaml.Unmarshal([]byte(text), &config))
	require.Len(t, config.Repos, 1)
	require.Equal(t, "local", config.Repos[0].Repo)
	h := config.Repos[0].Hooks[0]
	require.NotEmpty(t, h.ID)
	require.NotEmpty(t, h.Name)
	require.Equal(t, "system", h.Language)
	require.False(t, *h.PassFilenames, "names of files are not names of packages")
	files := regexp.MustCompile(h.Files)
	for name, runs := range map[string]bool{
		"a.go": true, "b/c_test.go": true, "go.mod": true, "b/go.sum": true,
		"README.md": false, "cargo.mod": false, "a.go.txt": false, "go.modern": false,
	} {
		require.Equal(t, runs, files.MatchString(name), name)
	}
}
