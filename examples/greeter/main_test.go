package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asGreeter makes the test binary behave as the program, for tests that need a
// process of its own.
const asGreeter = "GREETER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asGreeter) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestDemo allows more time than the demo itself: it says that greetings share
// their seconds (one after the other they take 200), not that the machine is idle.
func TestDemo(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.pause = time.Second
	var arrived inbox
	cfg.deliver = arrived.deliver
	s, err := start(t.Context(), cfg)
	require.NoError(t, err)
	r := load(t.Context(), s.url, demoRequests)
	state, err := s.greeter.stateOnLoop(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.stop(t.Context()))
	r.visits, r.arrived = state.Visits, arrived.subjects()
	require.NoError(t, r.verify(20*time.Second))
	var out bytes.Buffer
	r.print(&out)
	require.Contains(t, out.String(), "200 of 200 greeted")
	require.Contains(t, out.String(), "counter    200")
	require.Contains(t, out.String(), "200 of 200 accepted, 200 delivered")
}

// TestDemoCanFail breaks each promise of the demo once.
func TestDemoCanFail(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*report)
		want  string
	}{
		"nothing":        {func(*report) {}, ""},
		"slow":           {func(r *report) { r.took = demoLimit }, "the limit is 2s"},
		"wrong counter":  {func(r *report) { r.visits-- }, "the counter is 1 after 2 greetings"},
		"mail missing":   {func(r *report) { delete(r.arrived, subject(1)) }, "mail 1 arrived 0 times"},
		"mail twice":     {func(r *report) { r.arrived[subject(0)]++ }, "mail 0 arrived 2 times"},
		"unknown mail":   {func(r *report) { r.arrived["?"]++ }, "3 mails were delivered, 2 were sent"},
		"request failed": {func(r *report) { r.greetings[0] = errors.New("refused") }, "refused"},
		"mail refused":   {func(r *report) { r.mails[0] = errors.New("busy") }, "busy"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := report{
				sent: 2, took: time.Second, visits: 2,
				greetings: make([]error, 2), mails: make([]error, 2),
				arrived: map[string]int{subject(0): 1, subject(1): 1},
			}
			tt.spoil(&r)
			if err := r.verify(demoLimit); tt.want != "" {
				require.ErrorContains(t, err, tt.want)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() }) // the subtests run after this function has returned
	tests := map[string]struct {
		args   []string
		status int
		text   string
	}{
		"help":         {[]string{"-h"}, 0, "-demo"},
		"unknown flag": {[]string{"-x"}, 2, "-x"},
		"argument":     {[]string{"x"}, 2, `unexpected argument "x"`},
		"port taken":   {[]string{"-addr", taken.Addr().String()}, 1, "address already in use"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			require.Equal(t, tt.status, run(context.Background(), tt.args, &out, &errs))
			require.Contains(t, errs.String(), tt.text)
		})
	}
}
