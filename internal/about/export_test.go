package about

// ModuleVersion has a test of its own.
var ModuleVersion = moduleVersion
