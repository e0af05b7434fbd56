// Package noise draws the random numbers that differential privacy rests on:
// discrete Gaussian and discrete Laplace noise, the choice of the exponential
// mechanism, and the coin with probability exp(-gamma).
//
// # Guarantee
//
// Every draw has exactly the stated distribution if the bits of its [Source] are
// independent and fair. Parameters are rational numbers and everything between
// them, the values and the result is done with whole numbers: there is no floating
// point in this package (a test reads its source and fails on any), so none of the
// attacks on the holes and roundings of floating-point noise applies (Mironov 2012,
// "On significance of the least significant bits for differential privacy").
//
// Two reservations, for completeness. A draw that would need more than 2^22 steps
// of its geometric part, which has a probability of exp(-4194304), returns ±2^62
// instead; every distribution is exact up to that total variation distance. And the
// bits of a Source are computationally, not perfectly, random.
//
// The noise alone promises nothing about people. What a release guarantees follows
// from the sensitivity of what the noise is added to; package budget does that sum.
//
// # Method
//
// Canonne, Kamath, Steinke 2020, "The discrete Gaussian for differential privacy",
// algorithms 1 to 3: all draws are built from coins whose probability is a fraction,
// by rejection and by the alternating series of exp(-gamma). Whole numbers below n
// come from Lemire 2019, "Fast random integer generation in an interval", which has
// no modulo bias. If the numbers fit, products are kept in 128 bits; if not, the
// same algorithm runs on [math/big]. Both read the same random words and give the
// same result from them, which a test holds them to.
//
// # What is not covered
//
// Time. All samplers reject and try again, so the time of a draw depends on the
// value drawn, and that of [Exponential.Choose] on the scores. Whoever can measure
// the time of single draws learns something about the noise, and so about the data.
// Publish a batch only when all of it is done, never its timing; a server that
// answers while others wait must pad its answers.
//
// Memory. Noise and values are not wiped. A memory image taken during a release
// reveals both, as it reveals the data itself.
//
// # Concurrency
//
// [Gaussian], [Laplace], [Exponential] and [BernoulliExp] never change after they
// were made and may be shared. A [Source] belongs to one goroutine at a time; give
// each its own with [Source.Fork].
package noise
