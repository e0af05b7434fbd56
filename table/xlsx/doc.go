// Package xlsx reads sheets of Excel workbooks (.xlsx, .xlsm; Office Open XML, ECMA-376) as rows of text for package table.
//
// A cell becomes the text that a steward expects of the value, not of its looks: a number as it is stored ("2014",
// never "2,014.00"; a percentage as its fraction, "0.12"), a date or time as ISO 8601 ("2014-07-03", "2014-07-03
// 14:30:00", "14:30:00") whatever format the cell has, a truth value as TRUE or FALSE, an error as its code ("#N/A"), a
// formula as the value that was computed last. Rows and columns that are hidden or filtered away are read too.
// Rows without any text are passed over, wherever they stand. Cells that are merged across rows or columns of the table
// are refused, since only the first of them has a value.
//
// The sheet is read as a stream: memory is needed for its distinct texts and one row. Nothing is written to disk.
// What is unpacked is bounded by the limits, so that a small file cannot claim much memory. The package uses the
// standard library alone.
package xlsx
