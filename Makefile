# Everything a contributor or the CI runs. "make help" lists the targets.

GO ?= go

# Tools are run through the module proxy, pinned here, and never enter go.mod:
# users of the runtime should not download what only we need.
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

FUZZTIME ?= 10s

# The repository is several modules: integrations that need more than the
# standard library have their own. Modules in testdata are test input.
MODULE_DIRS := $(shell find . -name go.mod -not -path '*/testdata/*' -not -path './.git/*' | sort | xargs -n1 dirname)

# Modules with generated code have asyncgen as a tool, built from this tree.
WITH_TOOL := $(shell grep -l '^tool .*asyncgen' $(MODULE_DIRS:=/go.mod) | xargs -r -n1 dirname)

# Type-checking the standard library over and over takes minutes under the race detector.
NO_RACE := /asyncgen/(analysis(/.*)?|cmd/asyncvet|internal/vetproof/cmd/vetbench)$$

# A program that measures everything once in its test: the race detector triples the time and has little to see.
MEASURES := ./remote/natsremote/benchmark

# $(call in,modules,command) runs a command in each module and stops at the first failure.
in = @set -e; for module in $(1); do echo "$$module: $(2)"; (cd "$$module" && $(2)); done
each = $(call in,$(MODULE_DIRS),$(1))

# $(call empty,command,message) fails with the message if the command prints anything.
empty = @out=$$($(1)) || exit 1; if [ -n "$$out" ]; then echo "$(2):"; echo "$$out"; exit 1; fi

# Revisions are stamped into release builds only: asking git fails in a checkout
# that belongs to another user, as it does in many CI containers.
ASYNCGEN = $(GO) run -buildvcs=false ./cmd/asyncgen

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the commands into bin/
	$(GO) build -o bin/ ./cmd/...

.PHONY: test
test: ## run every test of every module with the race detector
	@# Side by side, because many tests wait more than they work.
	@$(MAKE) --no-print-directory -j3 test-root test-checks test-modules
	@# What a call allocates is counted without the race detector, which adds to it.
	$(GO) test -run '^TestCost' ./loop ./loop/loophttp
	cd benchmark && $(GO) test -run '^TestCallsDoNotAllocate' .

.PHONY: test-root test-checks test-modules
test-root:
	$(GO) test -race $$($(GO) list ./... | grep -vE '$(NO_RACE)')

# The checks of asyncvet are functions of their input. What could race is many of them at once.
test-checks:
	$(GO) test $$($(GO) list ./... | grep -E '$(NO_RACE)')
	$(GO) test -race -run '^TestSame$$' ./analysis

# -short leaves out what make test-remote does at length.
test-modules:
	$(call in,$(filter-out . $(MEASURES),$(MODULE_DIRS)),$(GO) test -race -short ./...)
	$(call in,$(MEASURES),$(GO) test ./...)

.PHONY: test-remote
test-remote: ## fail servers, workers and networks under remote calls, at length (4 minutes; REMOTE_SEED=n repeats)
	cd remote/natsremote/embedded/failure && $(GO) test -race -count=1 .
	cd remote/natsremote/embedded/failure && REMOTE_SLOW=1 $(GO) test -count=1 -timeout 20m -v ./...
	cd examples/quotes && REMOTE_SLOW=1 $(GO) test -count=1 -timeout 5m .

# The next release of Go, downloaded by the one that is installed.
NEXT_GO ?= go1.27.2

.PHONY: test-platforms
test-platforms: test-next-go test-purego test-386 test-wasm test-arm64 ## test the runtime with the next Go, on 32 bits, WebAssembly and ARM (wants Node and qemu-user)

# None of these has the race detector: most platforms have none, and what it sees does not depend on them.
.PHONY: test-next-go test-purego test-386 test-wasm test-arm64
test-next-go:
	GOTOOLCHAIN=$(NEXT_GO) $(GO) test -short ./loop/...
	GOTOOLCHAIN=$(NEXT_GO) $(GO) test -run '^TestScript$$/^generic_methods$$' ./cmd/asyncgen

test-purego:
	$(GO) test -short -tags purego ./loop/...

test-386:
	GOARCH=386 CGO_ENABLED=0 $(GO) test -short ./loop/...

# Where a test binary cannot be started again, LOOPTEST_CASE has the cases of looptest run in the process that
# there is. Left out are the case that must end it, the one that no loop with WithInline claims, and
# TestReports, which is about the processes of cases.
TOGETHER := -skip '^TestReports$$|^TestExecutors$$/./^panic$$/^spawn_kills$$|^TestExecutors$$/^inline$$/^abandon$$' ./loop/looptest

# Node passes the environment on, which must fit into 12 kB together with the arguments.
WASM = GOOS=js GOARCH=wasm CGO_ENABLED=0 $(GO) test -short -exec="env -i PATH=$$PATH $(1) $$($(GO) env GOROOT)/lib/wasm/go_js_wasm_exec"

test-wasm:
	$(call WASM) $$($(GO) list ./loop/... | grep -v /looptest$$)
	$(call WASM,LOOPTEST_CASE=all) $(TOGETHER)

# Emulated. LOOP_TEST_EMULATOR is what the tests of package loop start themselves with.
ARM64 = GOARCH=arm64 CGO_ENABLED=0 LOOP_TEST_EMULATOR=qemu-aarch64 $(GO) test -short -exec=qemu-aarch64

test-arm64:
	$(ARM64) $$($(GO) list ./loop/... | grep -v /looptest$$)
	LOOPTEST_CASE=all $(ARM64) $(TOGETHER)

.PHONY: lint
lint: bin/asyncvet ## check formatting and run the static checkers, asyncvet among them
	$(call empty,find . -name '*.go' -not -path '*/testdata/*' -not -path './.git/*' -exec gofmt -l {} +,not formatted (run make fmt))
	$(call empty,$(GO) run $(GOFUMPT) -l .,not formatted (run make fmt))
	$(call empty,git ls-tree -r -l HEAD | awk '$$4 > 1000000 {print $$5}',too large to be a source (a binary?))
	$(call each,$(GO) vet ./...)
	$(call each,$(GO) run $(STATICCHECK) ./...)
	$(call each,$(CURDIR)/bin/asyncvet ./...)

.PHONY: bin/asyncvet
bin/asyncvet:
	$(GO) build -buildvcs=false -o $@ ./cmd/asyncvet

.PHONY: fmt
fmt: ## format every Go file
	$(GO) run $(GOFUMPT) -w .

.PHONY: tidy
tidy: ## check that every go.mod lists exactly what is needed
	$(call each,$(GO) mod tidy -diff)

.PHONY: check
check: ## check that the generated files of this repository are up to date
	$(ASYNCGEN) -check ./...
	@set -e; for module in $(WITH_TOOL); do echo "$$module: asyncgen -check"; (cd "$$module" && $(GO) tool asyncgen -check ./...); done

.PHONY: generate
generate: ## bring the generated files of this repository up to date
	$(ASYNCGEN) ./...

# The modules with public packages, which have a test of them.
WITH_API := $(patsubst %/,%,$(dir $(wildcard $(MODULE_DIRS:=/api_test.go))))

.PHONY: api
api: ## bring the files of the exported API up to date
	$(call in,$(WITH_API),$(GO) test . -run '^TestAPI$$' -update)

.PHONY: demo
demo: ## regenerate the greeter example, start it and put it under load
	cd examples/greeter && $(GO) tool asyncgen ./...
	cd examples/greeter && $(GO) run . -demo

.PHONY: load
load: ## serve ten thousand chat clients on loopback (seconds)
	$(GO) run -buildvcs=false ./examples/rooms -load 10000

.PHONY: bench
bench: ## measure the runtime beside other ways and print the tables (minutes)
	cd benchmark && $(GO) run ./cmd/performance -print

.PHONY: bench-report
bench-report: ## measure the runtime and write docs/performance.md; wants an idle machine
	cd benchmark && $(GO) run ./cmd/performance -o ../docs/performance.md

.PHONY: bench-observe
bench-observe: ## measure what observers cost, into docs/performance-observe.md; wants an idle machine
	cd observe/benchmark && $(GO) run -buildvcs=false . -o ../../docs/performance-observe.md

.PHONY: bench-remote
bench-remote: ## measure remote calls and codecs, into docs/performance-remote.md and docs/remote.md; wants an idle machine
	cd remote/natsremote/benchmark && $(GO) run -buildvcs=false . -o ../../../docs/performance-remote.md -codecs ../../../docs/remote.md

STRESS ?= 2m

# In slices of a minute, each a process with programs of its own: the memory that the race detector
# keeps for objects that are gone grows by some gigabytes a minute.
.PHONY: stress
stress: ## run random programs against the runtime for STRESS (2m), in minutes
	$(GO) test -race -c -o bin/stress.test ./loop
	@set -e; cd loop; for minute in $$(seq $(STRESS:m=)); do \
		LOOP_STRESS=30s LOOP_STRESS_FROM=$${minute}000000 ../bin/stress.test -test.timeout 10m -test.run '^Test(Crowd)?Stress$$' -test.v; \
	done

.PHONY: comparison
comparison: ## run the basic cases against other libraries into docs/comparison.md
	cd conformance && $(GO) run ./cmd/comparison ../docs/comparison.md

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (10s)
	@set -e; for module in . remote/natsremote; do cd $(CURDIR)/$$module; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg; \
		done; \
	done; done

# Modules that nobody here wrote. Two of them are small enough for every change.
MODULES_SHORT := github.com/samber/lo@v1.53.0 github.com/spf13/cobra
MODULES := $(MODULES_SHORT) github.com/dop251/goja github.com/nats-io/nats.go@v1.55.0 golang.org/x/tools@v0.52.0
TRY = $(GO) run -buildvcs=false ./internal/corpus/cmd/corpus $(CORPUSFLAGS)

.PHONY: corpus
corpus: ## annotate every function of published modules and see what happens (MODULES="path ...")
	$(TRY) $(MODULES)

.PHONY: corpus-short
corpus-short: ## the same with the two modules that are quick
	$(TRY) $(MODULES_SHORT)

# Each at a version whose contradicting tests are known.
MODULES_INPLACE := github.com/samber/lo@v1.53.0 github.com/spf13/cobra@v1.10.2 github.com/dop251/goja@v0.0.0-20260917113740-793a2a65c13b

.PHONY: corpus-inplace
corpus-inplace: ## bridge all that published modules export in place, and run their own tests; the same with the ledger
	$(TRY) -inplace $(MODULES_INPLACE)
	$(TRY) -switch -race ./examples/ledger

.PHONY: bench-generator
bench-generator: ## measure the generator against its budgets, into docs/performance-generator.md
	$(GO) run -buildvcs=false ./internal/corpus/cmd/genbench -o docs/performance-generator.md

.PHONY: bench-overlay
bench-overlay: ## measure what an overlay costs builds, into docs/performance-overlay.md; wants an idle machine
	$(GO) run -buildvcs=false ./internal/corpus/cmd/overlaybench -o docs/performance-overlay.md

.PHONY: vet-proof
vet-proof: ## run asyncvet on copies of three public programs, into docs/vet.md
	$(GO) run -buildvcs=false ./internal/vetproof/cmd/vetproof -o docs/vet.md

.PHONY: vet-bench
vet-bench: ## measure the checks of asyncvet on 10,000 lines, into docs/vet.md
	$(GO) run -buildvcs=false ./internal/vetproof/cmd/vetbench -o docs/vet.md

.PHONY: golangci
golangci: ## build golangci-lint with the plugin and run it on a module with a finding (minutes)
	analysis/golangci/build.sh

.PHONY: screenshot
screenshot: ## write the picture of the live page in README.md (wants Chromium)
	cd loop/loopz/browsertest && LOOPZ_PICTURE=$(CURDIR)/docs/loops.png $(GO) test -count=1 -run '^TestPicture$$' .

.PHONY: cover
cover: ## measure test coverage into cover.html
	$(GO) test -coverpkg=./... -coverprofile=cover.out ./...
	$(GO) tool cover -html=cover.out -o cover.html
	$(GO) tool cover -func=cover.out | tail -1

.PHONY: clean
clean: ## remove what the other targets leave behind
	rm -rf bin cover.out cover.html

.PHONY: ci
ci: test lint tidy check ## everything that has to pass before a change is merged
