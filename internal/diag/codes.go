package diag

// Problems with the directive itself: its spelling and its arguments.
const (
	// UnknownDirective is a directive whose name asyncgen does not know.
	UnknownDirective Code = "AG001"
	// UnknownArgument is an argument whose key asyncgen does not know.
	UnknownArgument Code = "AG002"
	// DuplicateArgument is a key that appears twice in one directive.
	DuplicateArgument Code = "AG003"
	// DuplicateDirective is a directive for a function that another one over
	// the same handler generates already.
	DuplicateDirective Code = "AG004"
	// MissingValue is a key that needs a value and has none.
	MissingValue Code = "AG005"
	// UnexpectedValue is a flag that was given a value.
	UnexpectedValue Code = "AG006"
	// MalformedArguments are arguments with a wrong quote.
	MalformedArguments Code = "AG007"
	// NearMissBlank is a directive with blanks after the slashes, which makes
	// it an ordinary comment.
	NearMissBlank Code = "AG008"
	// NearMissCase is a directive in upper case, which makes it an ordinary
	// comment.
	NearMissCase Code = "AG009"
	// NearMissBlock is a directive in a /* */ comment.
	NearMissBlock Code = "AG010"
	// TrailingNote is a comment behind a directive's arguments.
	TrailingNote Code = "AG011"
	// InvalidName is a name= that cannot be the name of a function.
	InvalidName Code = "AG012"
	// InvalidValue is a value outside the closed set that a key accepts.
	InvalidValue Code = "AG013"
	// WrongMode is an argument that makes no sense for this directive.
	WrongMode Code = "AG014"
	// FrontArgument is an argument that makes no sense over a type.
	FrontArgument Code = "AG015"
)

// Problems with the place of a directive and with the declaration below it.
const (
	// Detached is a directive that a blank line separates from its function.
	Detached Code = "AG101"
	// InsideFunction is a directive in the body of a function.
	InsideFunction Code = "AG102"
	// NotAHandler is a directive over something that cannot carry one.
	NotAHandler Code = "AG103"
	// TypeTarget is a directive over a type that cannot have a front.
	TypeTarget Code = "AG104"
	// InGeneratedFile is a directive in a file that asyncgen writes.
	InGeneratedFile Code = "AG105"
	// SyntaxInHandler is a syntax error that hides an annotated declaration.
	SyntaxInHandler Code = "AG106"
	// CgoSignature is a type of the C pseudo-package in a signature.
	CgoSignature Code = "AG107"
	// BadDeclaration is a handler whose own declaration has a type error.
	BadDeclaration Code = "AG108"
	// Uncallable is a directive over a function that nothing may call.
	Uncallable Code = "AG109"
	// UnknownReceiver is a method whose receiver type cannot be found.
	UnknownReceiver Code = "AG110"
	// UnresolvedName is an identifier of a signature that several dot imports
	// may provide.
	UnresolvedName Code = "AG111"
	// FrontMethod is a method that a front cannot have.
	FrontMethod Code = "AG112"
	// UselessSkip is a skip over something that no front would bridge.
	UselessSkip Code = "AG113"
	// EmptyFront is a type without methods to bridge.
	EmptyFront Code = "AG114"
	// GenericMethod is a method with type parameters of its own that this build of
	// asyncgen cannot read.
	GenericMethod Code = "AG115"
	// StreamMisuse is a stream with an argument that streams do not have, or
	// the other way round.
	StreamMisuse Code = "AG120"
	// HTTPMisuse is an HTTP handler with an argument that they do not have, or
	// the other way round.
	HTTPMisuse Code = "AG121"
	// RemoteMisuse is a handler that cannot be called from another process in the
	// way of the directive.
	RemoteMisuse Code = "AG122"
	// CannotTravel is a parameter, a result or an error that would not arrive as it
	// was sent.
	CannotTravel Code = "AG123"
	// NotAnError is an errors= that names something else.
	NotAnError Code = "AG124"
	// InPlaceMisuse is a function that cannot be bridged in place.
	InPlaceMisuse Code = "AG125"
	// ConventionalName is a generated method whose name has a signature by
	// convention, which the method cannot have.
	ConventionalName Code = "AG126"
	// UselessNames is a rule for names that no generated name follows.
	UselessNames Code = "AG127"
)

// Problems with names and files.
const (
	// NameTaken is a generated name that the package declares already.
	NameTaken Code = "AG201"
	// NameTwice is one name for the functions of two directives.
	NameTwice Code = "AG202"
	// MemberTaken is a generated method's name that the receiver type has
	// already, as a field or as a method.
	MemberTaken Code = "AG203"
	// ForeignFile is a file without asyncgen's header where output belongs.
	ForeignFile Code = "AG204"
	// UnreadableFile is a file that exists and cannot be read.
	UnreadableFile Code = "AG205"
	// RuntimeMissing is a module that does not provide the runtime package.
	RuntimeMissing Code = "AG206"
	// TestName is a generated name that the go command takes for a test.
	TestName Code = "AG207"
	// TwoPackages is a directory whose handlers belong to two packages that
	// would share one output file.
	TwoPackages Code = "AG208"
	// MergeConflict is a file with the marks of a merge conflict.
	MergeConflict Code = "AG209"
)

// Problems with the choice of the loop.
const (
	// LoopSyntax is a loop=, a key= or a serial= that is not a Go expression.
	LoopSyntax Code = "AG301"
	// LoopNamesBlank is one that mentions a parameter without a name.
	LoopNamesBlank Code = "AG302"
	// LoopAmbiguous is a handler for which several loops come into question.
	LoopAmbiguous Code = "AG303"
	// ShardedNeedsKey is a *loop.Sharded without key=.
	ShardedNeedsKey Code = "AG304"
	// KeyNeedsSharded is a key= with a plain loop.
	KeyNeedsSharded Code = "AG305"
	// WrongKey is a key= or a serial= that mentions something out of its scope, or that no
	// two calls have in common.
	WrongKey Code = "AG306"
	// LoopType is a loop or a key that does not type-check.
	LoopType Code = "AG307"
	// NoLoop is a handler without any loop in reach.
	NoLoop Code = "AG308"
	// LoopUndecided is a handler whose loop depends on a type that is not known.
	LoopUndecided Code = "AG309"
	// LoopOverlooked is a loop that the type checker sees and syntax does not.
	LoopOverlooked Code = "AG310"
)

// Problems of asyncgen itself.
const (
	// BugTypes is generated code that does not type-check although the handler
	// does.
	BugTypes Code = "AG901"
	// BugSyntax is generated code that does not parse.
	BugSyntax Code = "AG902"
)
