// Package vetproof runs asyncvet on programs that nobody here wrote: copies of public
// modules in which one goroutine owns some state. A script marks what the authors'
// own comments and checks say belongs to that goroutine, and every finding has been
// judged by hand.
package vetproof

import "regexp"

// A Program is one package and the rules by which it is annotated.
type Program struct {
	Name   string
	Module string // with its version: findings are judged by their lines
	Dir    string // of the package, in the module
	Owner  string // which goroutine owns what, for the report
	Marked string // how it is known, for the report
	Struct string // the type whose fields are owned
	Fields func(name string, line int, comments []lineComment) bool
	Funcs  func(f function) bool
	Loops  []string // the functions that are the loop: their selects wait for the next task
	Starts []string // functions in which the owner is started: they may call it
}

// function is what a rule may look at.
type function struct{ receiver, name, doc, body string }

// lineComment is a comment between fields.
type lineComment struct {
	line int
	text string
}

// Programs are the ones that docs/vet.md reports on.
func Programs() []Program {
	return []Program{http2(), raft(), eventloop()}
}

var serveCheck = regexp.MustCompile(`\bserveG\.check\(\)`)

// http2 checks at run time, in each function, that it is on the right goroutine.
func http2() Program {
	const from, until = "Everything following is owned by the serve loop", "Owned by the writeFrameAsync goroutine"
	return Program{
		Name: "x/net/http2", Module: "golang.org/x/net@v0.62.0", Dir: "http2",
		Owner:  "the serve loop of a server's connection",
		Marked: "the fields under the comment that says so; the functions that call `serveG.check()`, which panics elsewhere in debug builds",
		Struct: "serverConn",
		Fields: func(name string, line int, comments []lineComment) bool {
			return after(comments, line, from) && !after(comments, line, until) && name != "serveG"
		},
		Funcs:  func(f function) bool { return serveCheck.MatchString(f.body) },
		Loops:  []string{"serve"},
		Starts: []string{"serveConn"},
	}
}

var mainLoop = regexp.MustCompile(`^(run|runFollower|runCandidate|runLeader|leaderLoop)$`)

var mainThread = regexp.MustCompile(`(?s)(called|run|invoked)\b.{0,20}\b(from|on)\s+the\s+main\s+thread`)

// raft says in comments what is for its main thread only.
func raft() Program {
	return Program{
		Name: "hashicorp/raft", Module: "github.com/hashicorp/raft@v1.8.0", Dir: ".",
		Owner:  "the main thread, which is a goroutine, of a node",
		Marked: "the functions whose comments say that they must be called from the main thread, the loop itself, and the state of the leader and the configurations",
		Struct: "Raft",
		Fields: func(name string, _ int, _ []lineComment) bool {
			return name == "leaderState" || name == "configurations"
		},
		Funcs: func(f function) bool {
			return f.receiver == "Raft" && (mainThread.MatchString(f.doc) || mainLoop.MatchString(f.name))
		},
		Loops: []string{"run", "runFollower", "runCandidate", "runLeader", "leaderLoop"},
	}
}

// eventloop is the event loop of goja_nodejs. All that a script can call runs on it.
func eventloop() Program {
	owned := map[string]bool{"vm": true, "jobs": true, "jobCount": true}
	scripted := regexp.MustCompile(`^(run|runAux|schedule|set(Timeout|Interval|Immediate)|clear(Timeout|Interval|Immediate)|doTimeout|doInterval|doImmediate|removeJob)$`)
	return Program{
		Name: "goja_nodejs/eventloop", Module: "github.com/dop251/goja_nodejs@v0.0.0-20260212111938-1f56ff5bcf14", Dir: "eventloop",
		Owner:  "the goroutine that runs the loop: the virtual machine and the list of jobs",
		Marked: "the fields vm, jobs and jobCount; the loop and what scripts call",
		Struct: "EventLoop",
		Fields: func(name string, _ int, _ []lineComment) bool { return owned[name] },
		Funcs:  func(f function) bool { return f.receiver == "EventLoop" && scripted.MatchString(f.name) },
		Loops:  []string{"run"},
		Starts: []string{"Run", "Start", "StartInForeground"},
	}
}

func after(comments []lineComment, line int, text string) bool {
	for _, c := range comments {
		if c.line < line && regexp.MustCompile(regexp.QuoteMeta(text)).MatchString(c.text) {
			return true
		}
	}
	return false
}
