module github.com/asyncgen/asyncgen/examples/script

go 1.26.0

require (
	github.com/asyncgen/asyncgen v0.0.0
	github.com/dop251/goja v0.0.0-20250309171923-bcd7cc6bf64c
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/dave/jennifer v1.7.1 // indirect
	github.com/dlclark/regexp2 v1.11.4 // indirect
	github.com/go-sourcemap/sourcemap v2.1.3+incompatible // indirect
	github.com/google/pprof v0.0.0-20230207041349-798e818bf904 // indirect
	github.com/rogpeppe/go-internal v1.16.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.3.8 // indirect
	golang.org/x/tools v0.52.0 // indirect
)

replace github.com/asyncgen/asyncgen => ../..

tool github.com/asyncgen/asyncgen/cmd/asyncgen
