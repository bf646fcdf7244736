//go:build !purego && (386 || amd64 || arm || arm64 || loong64 || mips || mipsle || mips64 || mips64le || ppc64 || ppc64le || riscv64 || s390x)

package goroutine

// Current returns the ID of the calling goroutine.
func Current() ID { return ID(current()) & Mask }

// current returns the address of the running goroutine's descriptor.
func current() uintptr

// Anonymous reports whether goroutines share the ID, because they have none of their own.
// It is false here.
func (id ID) Anonymous() bool { return false }

// Enter calls f in the calling goroutine, which has an ID of its own meanwhile, as it has
// always here.
func Enter(f func()) { f() }

// Temporary reports whether a goroutine has an ID only while it runs a function given to [Enter].
const Temporary = false
