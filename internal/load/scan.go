package load

import (
	"bytes"
	"crypto/sha256"
	"os"

	"github.com/asyncgen/asyncgen/internal/model"
)

// reader classifies files. All files are read into one buffer, one after the other,
// so a large tree with few directives takes no more memory than a small one.
type reader struct {
	overlay map[string][]byte
	buf     bytes.Buffer
}

// classify reports whether asyncgen has written a file, and whether the file may hold a
// directive.
func (r *reader) classify(path string) (owned, marked bool) {
	src, err := r.text(path)
	if err != nil {
		return false, false
	}
	return model.Classify(path, src)
}

// glance classifies a file and computes its checksum. The result has the file's text only
// if asyncgen has written it: such a file is compared, whether its package is parsed or not.
func (r *reader) glance(path string) *File {
	src, err := r.text(path)
	f := newFile(path, src, err)
	if f.Src = nil; f.Owned {
		f.Src = bytes.Clone(src)
	}
	return f
}

// text returns the text of a file, which is valid until the next call.
func (r *reader) text(path string) ([]byte, error) {
	if src, ok := r.overlay[path]; ok {
		return src, nil
	}
	return r.read(path)
}

// read returns the text of a file, which is valid until the next call.
func (r *reader) read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r.buf.Reset()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		r.buf.Grow(int(info.Size()) + bytes.MinRead)
	}
	_, err = r.buf.ReadFrom(f)
	return r.buf.Bytes(), err
}

// Read reads the files of a package again, and keeps their texts. The overlay is the
// one of the configuration that the package was loaded with.
func (p *Package) Read(overlay map[string][]byte) {
	for i, f := range p.Files {
		src, ok := overlay[f.Path]
		var err error
		if !ok {
			src, err = os.ReadFile(f.Path)
		}
		p.Files[i] = newFile(f.Path, src, err)
	}
}

func newFile(path string, src []byte, err error) *File {
	f := &File{Path: path, Src: src, Err: err, Sum: sha256.Sum256(src)}
	f.Owned, f.Marked = model.Classify(path, src)
	return f
}
