package main

import (
	"context"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/asyncgen/asyncgen/loop"
	"github.com/asyncgen/asyncgen/observe/otelloop"
	"github.com/asyncgen/asyncgen/observe/promloop"
)

// telemetry is the optional export of metrics and traces of the service.
type telemetry struct {
	metrics http.Handler // nil without -metrics
	tracer  trace.Tracer
	options []loop.Option // for the loop
	stop    func(context.Context) error
}

// newTelemetry opens the exports that the flags select.
func newTelemetry(cfg config) (*telemetry, error) {
	t := &telemetry{
		tracer: noop.NewTracerProvider().Tracer(""),
		stop:   func(context.Context) error { return nil },
	}
	if cfg.metrics {
		registry := prometheus.NewRegistry()
		registry.MustRegister(promloop.New(promloop.Options{}))
		t.metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	}
	if cfg.spans == "" {
		return t, nil
	}
	return t, t.trace(cfg.spans)
}

// trace writes spans to a file. A service that is more than an example would have an
// exporter for a collector in the place of this one.
func (t *telemetry) trace(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(file))
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	t.tracer = provider.Tracer("greeter")
	t.options = []loop.Option{loop.WithObserver(otelloop.Tracing(provider))}
	t.stop = func(ctx context.Context) error {
		if err := provider.Shutdown(ctx); err != nil {
			return err
		}
		return file.Close()
	}
	return nil
}

// routes adds the metrics to next, and a span to each request, whose children are those
// of the loop.
func (t *telemetry) routes(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	if t.metrics != nil {
		mux.Handle("GET /metrics", t.metrics)
	}
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		ctx, span := t.tracer.Start(r.Context(), r.Method+" "+r.URL.Path, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		next.ServeHTTP(rw, r.WithContext(ctx))
	})
	return mux
}
