// Package marginal counts, exactly, how many persons share each combination of attributes.
//
// An attribute is a value of a column: "gender: Female". A blank is not an attribute. A combination is a set of attributes of
// distinct columns; its length is how many there are. [Count] finds every combination up to a length, or only those
// that at least a threshold of persons share. [Compare] counts two tables side by side.
//
// Method: identical records are counted once with their weight (package table merges them). From there a depth-first walk over
// combinations, each carrying the list of records that hold it, adds one attribute at a time; a combination below the
// threshold ends its branch, since nothing that contains it can be more frequent (Agrawal and Srikant 1994; the
// list of occurrences is Zaki's, 2000). Where attributes are dense, lists give way to bitmaps.
// First attributes are handed out to workers; results are joined in their order, so that the outcome is the same for any number of workers.
//
// Cost: for records with m filled cells, the sum of C(m, length) over distinct records, about a nanosecond each, less
// what the threshold prunes; memory is the result plus the records that hold one attribute.
//
// Everything this package returns is exact and so sensitive.
package marginal
