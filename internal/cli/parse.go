package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/internal/spell"
)

// manualHint ends every complaint about the command line that has no better
// advice. The manual itself is not printed: it would push the message off the
// screen.
const manualHint = `"asyncgen -h" prints the manual`

// Parse turns the arguments after the program name into a command. The error is
// always a [*UsageError].
func Parse(args []string) (Command, error) {
	if len(args) > 0 && (args[0] == "-toolexec" || args[0] == "--toolexec") {
		return toolexec(args[1:])
	}
	var opts options
	set := opts.flagSet()
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return Help{}, nil
		}
		return nil, flagError(set, err)
	}
	if opts.dirLate {
		return nil, &UsageError{"-C must be the first flag", "write: asyncgen -C " + quote(opts.dir) + " …"}
	}
	if err := checkPatterns(set, args); err != nil {
		return nil, err
	}
	return opts.command(set.Args())
}

// options holds the flags as they are being parsed.
type options struct {
	check, diff, list, json, version, overlay bool
	noVerify, verbose                         bool
	dir, tags                                 string
	dirLate                                   bool // -C was not the first flag
}

// flagSet binds the flags to o. The set prints nothing by itself: the flag
// package would follow each error with the whole list of flags.
func (o *options) flagSet() *flag.FlagSet {
	set := flag.NewFlagSet("asyncgen", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	set.BoolVar(&o.check, "check", false, "")
	set.BoolVar(&o.diff, "diff", false, "")
	set.BoolVar(&o.list, "list", false, "")
	set.BoolVar(&o.json, "json", false, "")
	set.BoolVar(&o.version, "version", false, "")
	set.BoolVar(&o.overlay, "overlay", false, "")
	set.Bool("toolexec", false, "") // is handled before; it is here to be suggested
	set.BoolVar(&o.noVerify, "noverify", false, "")
	set.BoolVar(&o.verbose, "v", false, "")
	set.StringVar(&o.tags, "tags", "", "")
	set.Func("C", "", func(dir string) error {
		if dir == "" {
			return errors.New("a directory is needed")
		}
		// Flags that were set before this one show up in Visit.
		set.Visit(func(*flag.Flag) { o.dirLate = true })
		o.dir = dir
		return nil
	})
	return set
}

// command checks the flags against one another and builds the command.
func (o *options) command(patterns []string) (Command, error) {
	if err := o.conflict(); err != nil {
		return nil, err
	}
	if o.overlay && o.noVerify {
		return nil, &UsageError{"-overlay and -noverify cannot be combined", "the type check says which calls stay on their loop"}
	}
	if o.version {
		if len(patterns) > 0 {
			return nil, &UsageError{"-version takes no packages", manualHint}
		}
		return Version{}, nil
	}
	cmd := Generate{
		Action:   Write,
		JSON:     o.json,
		Dir:      o.dir,
		Tags:     o.tags,
		NoVerify: o.noVerify,
		Verbose:  o.verbose,
		Patterns: patterns,
	}
	switch {
	case o.check:
		cmd.Action = Check
	case o.diff:
		cmd.Action = Diff
	case o.overlay:
		cmd.Action = Overlay
	case o.list, o.json:
		cmd.Action = List
	}
	return cmd, nil
}

// conflict reports the first two flags that exclude each other. -json is
// a form of output and agrees with the flags that have a report to print.
func (o *options) conflict() error {
	var modes []string
	for _, mode := range []struct {
		set  bool
		name string
	}{
		{o.check, "-check"},
		{o.diff, "-diff"},
		{o.list, "-list"},
		{o.overlay, "-overlay"},
		{o.version, "-version"},
		{o.json && (o.diff || o.version || o.overlay), "-json"},
	} {
		if mode.set {
			modes = append(modes, mode.name)
		}
	}
	if len(modes) < 2 {
		return nil
	}
	return &UsageError{
		Message: fmt.Sprintf("%s and %s cannot be combined", modes[0], modes[1]),
		Hint:    "run asyncgen once with each",
	}
}

// checkPatterns refuses arguments that are plainly not package patterns. The go
// command would answer both with something about packages that do not exist.
func checkPatterns(set *flag.FlagSet, args []string) error {
	for _, arg := range set.Args() {
		switch {
		case strings.HasPrefix(arg, "-"):
			return lateFlag(set, args, arg)
		case strings.HasSuffix(arg, ".go"):
			return &UsageError{
				Message: arg + " is a file; asyncgen works on whole packages",
				Hint:    "write: asyncgen " + quote(dirPattern(arg)),
			}
		}
	}
	return nil
}

// dirPattern returns the pattern of the package that file belongs to.
func dirPattern(file string) string {
	dir := filepath.ToSlash(filepath.Dir(file))
	if dir == "." || strings.HasPrefix(dir, "../") || dir == ".." || filepath.IsAbs(dir) {
		return dir
	}
	return "./" + dir
}

// lateFlag is the error for a flag behind a package. Parsing stops
// at the first package, so the flag would be taken for a package too.
func lateFlag(set *flag.FlagSet, args []string, arg string) error {
	name, _ := flagName(arg)
	if set.Lookup(name) == nil && name != "h" && name != "help" {
		return unknownFlag(set, arg)
	}
	flags, patterns := splitArgs(set, args)
	return &UsageError{
		Message: fmt.Sprintf("flag %s stands after a package; flags come first", arg),
		Hint:    "write: asyncgen " + quoteAll(slices.Concat(flags, patterns)),
	}
}

// splitArgs separates flags, with their values, from packages, in any order,
// and puts -C first.
func splitArgs(set *flag.FlagSet, args []string) (flags, patterns []string) {
	for i := 0; i < len(args); i++ {
		name, isFlag := flagName(args[i])
		if !isFlag {
			patterns = append(patterns, args[i])
			continue
		}
		group := args[i : i+1]
		if takesValue(set.Lookup(name)) && !strings.Contains(args[i], "=") && i+1 < len(args) {
			group = args[i : i+2]
			i++
		}
		if name == "C" {
			flags = slices.Concat(group, flags)
		} else {
			flags = append(flags, group...)
		}
	}
	return flags, patterns
}

// flagName returns the name in "-name", "--name" and "-name=value".
func flagName(arg string) (name string, isFlag bool) {
	name, isFlag = strings.CutPrefix(arg, "-")
	name = strings.TrimPrefix(name, "-")
	name, _, _ = strings.Cut(name, "=")
	return name, isFlag && name != ""
}

func takesValue(f *flag.Flag) bool {
	if f == nil {
		return false
	}
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return !ok || !b.IsBoolFlag()
}

// flagError turns an error of the flag package into one of ours.
func flagError(set *flag.FlagSet, err error) error {
	if arg, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: "); ok {
		return unknownFlag(set, arg)
	}
	return &UsageError{err.Error(), manualHint}
}

func unknownFlag(set *flag.FlagSet, arg string) error {
	name, _ := flagName(arg)
	names := []string{"help"}
	set.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	hint := manualHint
	if near := spell.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean -%s? %s", near, manualHint)
	}
	return &UsageError{"unknown flag -" + name, hint}
}
