// Package release makes a release from case records: a folder of files that is safe to publish.
//
// A [Policy] says how the records are read and protected. [Make] counts, protects, synthesizes and judges them; the [Release]
// it returns is written, whole or not at all, by [Release.Write] as a bundle: synthetic records, protected counts,
// a codebook, a report on quality, a manifest with the hash of every file. What is sensitive in the making goes to a
// private folder elsewhere. [Open] reads a bundle back, and [Verify] proves of it what can be proved: without the
// sensitive records what follows from the files, with them the whole guarantee. [Changes] compares a release with the one before it.
//
// A release is k-anonymous or differentially private, as the policy says; package synth/kanon or synth/dp makes its counts and records. What several
// differential releases of the same records tell together is limited by a ledger file (package privacy/budget), in which [Release.Write] enters them.
//
// docs/formats.md describes every file.
package release
