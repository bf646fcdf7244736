package load

import (
	"bytes"
	"os"

	"github.com/asyncgen/asyncgen/internal/model"
)

// reader looks through files. Each is read into the memory of the one before,
// so that a large tree with few directives takes no more memory than a small one.
type reader struct {
	overlay map[string][]byte
	buf     bytes.Buffer
}

// glance says what a file is, without its text.
func (r *reader) glance(path string) *File {
	src, ok := r.overlay[path]
	var err error
	if !ok {
		src, err = r.read(path)
	}
	f := newFile(path, src, err)
	f.Src = nil
	return f
}

// read returns the text of a file, until the next one is read.
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

// keep reads the files of a package again, for good.
func (r *reader) keep(p *Package) {
	for i, f := range p.Files {
		src, ok := r.overlay[f.Path]
		var err error
		if !ok {
			src, err = os.ReadFile(f.Path)
		}
		p.Files[i] = newFile(f.Path, src, err)
	}
}

func newFile(path string, src []byte, err error) *File {
	f := &File{Path: path, Src: src, Err: err}
	f.Owned, f.Marked = model.Classify(path, src)
	return f
}
