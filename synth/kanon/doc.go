// Package kanon makes k-anonymous counts and records from case records.
//
// # Guarantee
//
// Counts ([Protect]): a combination of attributes is published only if at least k persons share it, and then as the
// greatest multiple of k that does not exceed their number; the number of persons likewise.
//
// Records ([Synthesize]): every combination of attributes in a synthetic record, of every length, is shared by at
// least k persons of the input. Since whoever holds a combination holds its parts, this is the same as: every synthetic
// record as a whole is. Values and labels that fewer than k persons have do not appear, not even as a header; nor do the order of
// the input and why cells are blank. The number of records is the published number of persons, and no value occurs in more
// records than its published count plus k/2.
//
// # Conditions
//
// A person is one unit of weight in the table: who is in it twice counts twice. Names of columns, other than those that
// stand for a label of a many-valued field, and the order of a column's values are taken over as they are: they must come from the
// policy, or be sorted, as package table has them.
//
// # What is not covered
//
// k-anonymity hides a person among k-1 others with the same visible attributes. It does not hide what all of
// them have in common; it assumes that what an onlooker knows is among the columns; and it does not compose: two
// releases of nearly the same people can be compared, which [Counts.Hide], [Counts.Lower] and Options.Hidden are for. Counts of
// combinations in the records are not rounded. For a guarantee that holds against any knowledge, use differential privacy.
//
// A record is not a person. Where few persons are alike, many are described by records with fewer attributes than they have, and equal records
// stand for persons that differ.
//
// # Method
//
// The condition on records is that of "k-synthetic" data in Synthetic Data Showcase (Edge et al. 2020,
// arXiv:2005.05688). How records are found is our own; see [Synthesize].
package kanon
