// Package inplace says what to change in the files of handlers that are bridged in place: the handlers
// get other names, because their bridges have theirs, and calls that are made on a handler's own loop
// go to the handler itself. Changes keep every line where it is.
package inplace
