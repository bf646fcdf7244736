package main

import (
	"golang.org/x/tools/go/analysis/multichecker"

	"github.com/asyncgen/asyncgen/analysis"
)

func main() { multichecker.Main(analysis.All()...) }
