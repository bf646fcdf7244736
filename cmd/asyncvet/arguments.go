package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/analysis"
	"github.com/asyncgen/asyncgen/internal/spell"
)

// fromGoCommand reports whether the arguments are those of the protocol between the go command and a
// tool for vet: a question about its version or its flags, or the description of a package.
func fromGoCommand(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	return strings.HasSuffix(last, ".cfg") || len(args) == 1 && (last == "-flags" || strings.HasPrefix(last, "-V"))
}

// A command is a parsed command line.
type command struct {
	help, version bool
	tags          string
	args          []string // for the driver
}

// parse reads a command line. Flags that the driver takes without effect are unknown here.
func parse(args []string) (command, error) {
	if len(args) > 0 && args[0] == "help" {
		return command{help: len(args) == 1, args: args}, nil
	}
	var cmd command
	var diff, fix bool
	set := flag.NewFlagSet("asyncvet", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	for _, a := range analysis.All() {
		set.Bool(a.Name, false, "")
	}
	set.Bool("json", false, "")
	set.Bool("test", true, "")
	set.Int("c", 0, "")
	for _, name := range []string{"debug", "cpuprofile", "memprofile", "trace"} {
		set.String(name, "", "")
	}
	set.BoolVar(&fix, "fix", false, "")
	set.BoolVar(&diff, "diff", false, "")
	set.BoolVar(&cmd.version, "version", false, "")
	set.Func("tags", "", func(list string) error {
		if list == "" || strings.ContainsAny(list, " \t'\"") {
			return errors.New("a list is needed, separated by commas")
		}
		cmd.tags = list
		return nil
	})
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return command{help: true}, nil
	case err != nil:
		return command{}, explain(set, err)
	case cmd.version && set.NArg() > 0:
		return command{}, errors.New("-version takes no packages")
	}
	if i := slices.IndexFunc(set.Args(), isFlag); i >= 0 {
		return command{}, fmt.Errorf("flags precede packages, and %s stands behind one", set.Arg(i))
	}
	cmd.args = driverArguments(set, diff && !fix)
	return cmd, nil
}

func isFlag(arg string) bool { return strings.HasPrefix(arg, "-") }

// driverArguments returns the arguments of the driver: the flags that were given, and the packages.
func driverArguments(set *flag.FlagSet, addFix bool) []string {
	var list []string
	set.Visit(func(f *flag.Flag) {
		if f.Name != "tags" && f.Name != "version" {
			list = append(list, "-"+f.Name+"="+f.Value.String())
		}
	})
	if addFix {
		list = append(list, "-fix") // the driver prints a diff of nothing else
	}
	packages := set.Args()
	if len(packages) == 0 {
		packages = []string{"."}
	}
	return append(append(list, "--"), packages...)
}

// explain names a flag that is meant instead of an unknown one.
func explain(set *flag.FlagSet, err error) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return err
	}
	var names []string
	set.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near := spell.Nearest(name, names); near != "" {
		return fmt.Errorf("unknown flag -%s; did you mean -%s?", name, near)
	}
	return fmt.Errorf("unknown flag -%s", name)
}
