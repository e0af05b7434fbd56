// Package quality judges synthetic records against the sensitive records they stand for: how accurate they are, and what they
// give away.
//
// [Compare] measures two tables side by side and returns a [Report] of two parts. [Private] is exact, names rare combinations, and
// is as sensitive as the input. [Public] is made from it and may be published: see there for what is held
// back and how figures are rounded. Both are written as JSON (docs/quality.schema.json) and as one HTML page without
// scripts. [Unsupported] is the check of k-anonymity alone: which synthetic records describe fewer than k people.
// [Risk] looks at the sensitive table before anything is made of it.
//
// Terms, used throughout: an attribute is a value of a column, a blank is none; a combination is a set of attributes of distinct
// columns; s and y are the numbers of sensitive and of synthetic records that hold a combination; N and M are the
// numbers of all sensitive and all synthetic records. docs/quality.md defines every metric with its formula, range and
// direction, and says where it differs from that of other tools.
//
// Cost: linear in distinct records. The work for combinations is that of package marginal; all else is bounded by the
// number of column pairs or by a stated budget, and what the budget leaves out the report says.
//
// Nothing here proves privacy. An attack that finds nothing shows that this attack finds nothing; the proof of a release lies in how its
// records were made.
package quality
