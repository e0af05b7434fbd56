package release

// What tests outside the package compare with docs/policy.schema.json.
var (
	PolicyKeys    = policyKeys
	KeyKinds      = keyKinds
	KindNames     = kindNames
	ConflictNames = conflictNames
	PeriodNames   = periodNames
	BelowNames    = belowNames
	FormatNames   = formatNames
	EncodingNames = encodingNames
	UnlistedNames = unlistedNames
	EditDistance  = editDistance
)
