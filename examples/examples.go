// Package examples holds the fictional case records of this folder and the policy by
// which they are released, for a demonstration of the server.
package examples

import _ "embed"

// Cases are invented case records, as CSV.
//
//go:embed cases.csv
var Cases string

// Policy is how a release of them is made, as YAML.
//
//go:embed cases.yaml
var Policy string
