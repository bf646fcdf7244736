package remoteimpl

// SupportsCodegenV2 is the handshake between generated code and this package.
//
// Every generated file refers to it, so that code written by one version of
// asyncgen does not compile against a runtime that no longer runs it. A change
// that breaks generated code removes the constant and adds one with the next number.
const SupportsCodegenV2 = true
