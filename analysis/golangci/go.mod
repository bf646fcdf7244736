module github.com/asyncgen/asyncgen/analysis/golangci

go 1.26.0

replace github.com/asyncgen/asyncgen => ../..

require (
	github.com/asyncgen/asyncgen v0.0.0
	github.com/golangci/plugin-module-register v0.1.2
	github.com/stretchr/testify v1.12.1
	golang.org/x/tools v0.52.0
)

require (
	github.com/dave/jennifer v1.7.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
