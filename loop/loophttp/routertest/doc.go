// Package routertest shows that the bridges of HTTP handlers are handlers like any other to
// common routers. It consists of tests, and is a module of its own so that users of package
// loophttp do not download the routers.
package routertest
