// Package table holds case records as small whole numbers.
//
// A file is read by a [Schema] into a [Table]: each column becomes a list of values, each cell a code, each blank
// a blank that remembers why it is blank, each person one record. Identical records are kept once, with the number of people who
// share them, since all later work (counting, protection, quality) depends on nothing else. The order of the
// file is forgotten on purpose.
//
// [OpenFile] and [OpenCSV] read delimited text in the encodings and layouts that spreadsheet programs write, package
// xlsx reads workbooks, [Read] codes the rows of either, and [ProfileRows] looks over a file that no schema describes yet.
//
// Cost: time grows with cells read; memory with distinct records × columns × 2 bytes, plus, when
// rows have to be merged by person, persons × columns × 2 bytes and the identifiers.
//
// The package depends on nothing but the standard library. It does not log; its errors never quote the
// content of a cell but the identifier of a person whose rows conflict, since the reader may be somebody else than
// the steward. Headers are quoted: a file must have them in its first row.
package table
