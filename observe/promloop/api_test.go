package promloop_test

import (
	"flag"
	"testing"

	"github.com/asyncgen/asyncgen/internal/apitext"
)

var updateAPI = flag.Bool("update", false, "write what the packages of this module export into the folder api")

// TestAPI compares what the public packages of this module export with the files in api.
func TestAPI(t *testing.T) { apitext.Check(t, "../..", *updateAPI) }
