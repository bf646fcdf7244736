// Package routertest shows that the bridges of HTTP handlers are handlers like any
// other to the routers that people use. It consists of tests, and is a module of its
// own so that nobody else downloads the routers.
package routertest
