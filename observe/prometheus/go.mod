module github.com/asyncgen/asyncgen/observe/prometheus

go 1.26.0

require (
	github.com/asyncgen/asyncgen v0.0.0
	github.com/prometheus/client_golang v1.25.0
	github.com/stretchr/testify v1.12.1
)

replace github.com/asyncgen/asyncgen => ../..
