//go:build purego

package loop_test

const pureGo = true
