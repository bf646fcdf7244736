package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
)

// Facts returns the packages at some import paths, and a checksum of the files of the packages
// at others, as [Source] reads them. Packages that cannot be found are absent from the result,
// and so are those with a file that cannot be read.
func Facts(ctx context.Context, cfg Config, names, sources []string) (map[string]Found, map[string]string, error) {
	cfg.step(stepNames)
	listed, _, err := cfg.list(ctx, slices.Concat(names, sources)...)
	if err != nil {
		return nil, nil, err
	}
	found, sums := map[string]Found{}, map[string]string{}
	for _, p := range listed {
		if p.Name != "" && slices.Contains(names, p.PkgPath) {
			found[p.PkgPath] = Found{p.Name, p.Dir}
		}
		if !slices.Contains(sources, p.PkgPath) {
			continue
		}
		if sum, ok := checksumOf(p.Dir, cfg.Overlay); ok {
			sums[p.PkgPath] = sum
		}
	}
	return found, sums, ctx.Err()
}

// Checksum returns a checksum of the files of a package, without those that asyncgen has
// written: no output depends on them. It reports false if a file could not be read, or if there
// are none.
func (p *Package) Checksum() (string, bool) {
	all := sha256.New()
	for _, f := range p.Files {
		if f.Err != nil {
			return "", false
		}
		if f.Owned {
			continue
		}
		name := sha256.Sum256([]byte(f.Path))
		_, _ = all.Write(name[:]) // a checksum returns no error
		_, _ = all.Write(f.Sum[:])
	}
	return hex.EncodeToString(all.Sum(nil)), len(p.Files) > 0
}

func checksumOf(dir string, overlay map[string][]byte) (string, bool) {
	r := &reader{overlay: overlay}
	names, err := r.goFiles(dir)
	if err != nil {
		return "", false
	}
	p := &Package{}
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			p.Files = append(p.Files, r.glance(filepath.Join(dir, name)))
		}
	}
	return p.Checksum()
}

// Sum returns the checksum of a file's content, as in [File].
func Sum(src []byte) []byte {
	sum := sha256.Sum256(src)
	return sum[:]
}
