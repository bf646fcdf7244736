#!/usr/bin/env bash
# Builds a golangci-lint with the plugin in it, as "golangci-lint custom" does, and runs it
# on a module with a finding. Takes minutes and fetches golangci-lint's dependencies.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=v2.15.0
repo=$(cd ../.. && pwd)
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT

source=$(cd "$dir" && go mod download -json "github.com/golangci/golangci-lint/v2@$version" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
cp -r "$source" "$dir/lint"
chmod -R u+w "$dir/lint"
cat >"$dir/lint/cmd/golangci-lint/plugins.go" <<'GO'
package main

import _ "github.com/asyncgen/asyncgen/analysis/golangci"
GO
(
	cd "$dir/lint"
	go mod edit -require=github.com/asyncgen/asyncgen/analysis/golangci@v0.0.0 -require=github.com/asyncgen/asyncgen@v0.0.0 \
		-replace=github.com/asyncgen/asyncgen/analysis/golangci="$repo/analysis/golangci" \
		-replace=github.com/asyncgen/asyncgen="$repo"
	go mod tidy
	go build -buildvcs=false -o "$dir/golangci-lint" ./cmd/golangci-lint
)
cp -r "$repo/analysis/testdata/bypass" "$dir/bypass"
cd "$dir/bypass"
cp "$repo/go.sum" .
cat >go.mod <<MOD
module example.com/vet/bypass

go 1.26.0

require github.com/asyncgen/asyncgen v0.0.0

replace github.com/asyncgen/asyncgen => $repo
MOD
# The configuration is the one of the recipe. golangci-lint has linters of its own that are on by default.
sed -n '/^<!-- tested: TestRecipesLinter -->$/,/^```$/p' "$repo/docs/recipes.md" | sed '1,2d;$d' | sed 's/^linters:$/&\n  default: none/' >.golangci.yml
grep -q 'type: module' .golangci.yml
out=$("$dir/golangci-lint" run ./... || true)
echo "$out"
grep -q 'AV001' <<<"$out"
