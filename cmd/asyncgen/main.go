package main

import (
	_ "embed"
	"os"

	"github.com/asyncgen/asyncgen/internal/cli"
)

// manual is the source of doc.go, whose package comment -h prints.
//
//go:embed doc.go
var manual string

func main() { os.Exit(cli.Main(manual)) }
