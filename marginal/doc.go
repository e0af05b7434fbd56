// Package marginal counts, exactly, how many persons share each combination of attributes.
//
// An attribute is a value of a column: "gender: Female". A blank is not an attribute. A combination is a set of attributes of
// distinct columns; its length is how many there are. [Count] finds every combination up to a length, or only those
// that at least a threshold of persons share. [Compare] counts two tables side by side. [Merge] adds the counts of shards, each of
// which may have been counted on another machine and kept in a file ([Counts.Write], [Read]).
//
// Everything this package returns or writes is exact and so sensitive.
//
// # Method
//
// Identical records are counted once with their weight (package table merges them). From there a depth-first walk over
// combinations adds one attribute at a time; a combination below the threshold ends its branch, since nothing that
// contains it can be more frequent (Agrawal and Srikant 1994). What carries the walk is chosen at every step, by what it is
// expected to cost:
//
//   - the list of records that hold the combination (Zaki 2000); the work grows with the attributes that records have;
//   - at the last two lengths, a matrix of pairs of attributes, to which every record adds its pairs;
//   - for columns at the end of the table that have few, frequent values, one set of bits for each attribute; the work
//     grows with the combinations that are possible, 64 records at a time.
//
// All three give the same counts in the same order. First attributes are handed out to workers and results kept by first
// attribute, so that the outcome is the same for any number of workers. Times are in docs/performance.md.
//
// # Limits
//
// A table may have up to 4,294,967,295 persons, and as many filled cells in its distinct records; more is an error. For
// records with m filled cells, time grows with the sum of C(m, length) over distinct records, less what the threshold prunes.
// Memory is the result, 8 to 12 bytes for each combination, and about as much as the table.
package marginal
