module github.com/asyncgen/asyncgen/observe/benchmark

go 1.26.0

require (
	github.com/asyncgen/asyncgen v0.0.0
	github.com/asyncgen/asyncgen/benchmark v0.0.0
	github.com/asyncgen/asyncgen/observe/otelloop v0.0.0
	go.opentelemetry.io/otel/sdk v1.47.0
	go.opentelemetry.io/otel/sdk/metric v1.47.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/go-logr/logr v1.4.4 // indirect
	github.com/go-logr/stdr v1.2.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	go.opentelemetry.io/auto/sdk v1.2.1 // indirect
	go.opentelemetry.io/otel v1.47.0 // indirect
	go.opentelemetry.io/otel/log v1.47.0 // indirect
	go.opentelemetry.io/otel/metric v1.47.0 // indirect
	go.opentelemetry.io/otel/trace v1.47.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace (
	github.com/asyncgen/asyncgen => ../..
	github.com/asyncgen/asyncgen/benchmark => ../../benchmark
	github.com/asyncgen/asyncgen/observe/otelloop => ../otelloop
)
