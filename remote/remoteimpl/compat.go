package remoteimpl

// SupportsCodegenV2 is the handshake between generated code and this package.
//
// Every generated file with remote handlers refers to the constant of its format, so that it does not
// compile with a runtime that cannot run it. There is one constant for each format that this package
// supports. A change that generated code needs adds the next one; a change that breaks older code
// removes the older ones.
const SupportsCodegenV2 = true
