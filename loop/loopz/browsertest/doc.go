// Package browsertest tests the page of package loopz in a real browser. It is a module of its
// own, because only these tests need a library that drives one.
//
// It consists of tests, which need Chromium: "chromium" or "google-chrome" on the path, or the
// file that CHROMIUM names. Without it they fail, because a page that was not looked at is not
// tested; .ci/run installs it.
package browsertest
