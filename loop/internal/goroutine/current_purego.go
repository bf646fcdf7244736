//go:build purego || !(386 || amd64 || arm || arm64 || loong64 || mips || mipsle || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)

package goroutine

// Current returns the ID of the calling goroutine.
func Current() ID { return ID(Describe().Number<<3) & Mask }
