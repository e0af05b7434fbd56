// Package budget keeps account of differential privacy: what each mechanism costs,
// what a promise (epsilon, delta) allows to be spent, and a ledger that refuses to
// overspend and goes into the manifest of a release.
//
// # Guarantee
//
// Two sets of records are neighbours if one has all records of one person more. A
// mechanism is (epsilon, delta)-differentially private if, for all neighbours and
// all events E, P(E) on one is at most e^epsilon * P(E) on the other, plus delta.
//
// If a [Ledger] accepted a spending for everything that was computed from the records
// and left the room, before it was computed, and if each spending names the true
// sensitivity, then all that left the room together is (epsilon, delta)-differentially
// private with the ledger's epsilon and delta. That holds too if later queries, their
// noise and how many there are depend on earlier results (Whitehouse, Ramdas, Rogers,
// Wu 2023 for concentrated privacy; Smith, Thakurta 2022 for the Gaussian curve). A
// [File] extends it over all releases of one data set.
//
// Costs are exact rational numbers. Conversions are computed in interval arithmetic
// and rounded to twelve significant digits, always to the safe side: budgets down,
// losses up. Floating point only finds out where to look (the order alpha, the start
// of a search); it never decides.
//
// # Accounting
//
// [Concentrated] is zero-concentrated differential privacy (Bun, Steinke 2016), with
// costs rho that add up. A mechanism has it if the Rényi divergence of every order
// alpha > 1 between its results on neighbours is at most rho*alpha.
//
//   - Gaussian and discrete Gaussian noise with parameter sigma^2 on whole numbers of
//     L2 sensitivity d: rho = d^2/(2 sigma^2) (Canonne, Kamath, Steinke 2020).
//   - Exponential mechanism: rho = epsilon^2/8. Its privacy loss Z, the logarithm of
//     P/Q, lies in an interval of length epsilon, so psi(x) = ln E_Q[e^(xZ)] has a
//     second derivative of at most epsilon^2/4, the largest variance there is on such an
//     interval; with psi(0) = psi(1) = 0, psi(alpha) <= epsilon^2/8 * alpha(alpha-1).
//   - Discrete Laplace noise of scale b on whole numbers of L1 sensitivity d: with
//     epsilon = d/b the loss lies in an interval of length 2*epsilon, so, by the same
//     argument, rho = epsilon^2/2.
//   - (epsilon, delta) from rho: delta is the least of
//     exp((alpha-1)(alpha*rho - epsilon))/(alpha-1) * (1-1/alpha)^alpha over alpha > 1
//     (Canonne, Kamath, Steinke 2020); each alpha alone is valid.
//   - A threshold that reveals a value only if enough people have it costs delta, and
//     deltas add up (approximate concentrated privacy; Bun, Steinke 2016).
//
// [GaussianCurve] is for ledgers that hold nothing but Gaussian noise and thresholds,
// and buys 8 to 15 % more rho at usual promises. Continuous Gaussians whose d^2/sigma^2
// add up to mu^2 are no worse than one with mu, and that one has exactly
//
//	delta = Phi(mu/2 - epsilon/mu) - e^epsilon * Phi(-mu/2 - epsilon/mu)
//
// (Balle, Wang 2018; Dong, Roth, Su 2022). Our noise is discrete. For it, the curve
// holds with sigma^2 - 2 in place of sigma^2, and with epsilon and delta smaller by
// 2^-34 (delta relatively):
//
// Let x be continuous Gaussian with a whole mean c and variance sigma^2 - s, s = 2.
// Round it at random, to z with probability proportional to exp(-(z-x)^2/(2s)). The
// sum of these weights over all z is, by Poisson's formula, sqrt(2 pi s) times a
// factor between 1-k and 1+k with k = 2.01*exp(-2 pi^2 s) < 1.44e-17. So z has the
// density of the Gaussian with variance sigma^2 at z, up to a factor between 1/(1+k)
// and 1/(1-k), and so, since that density adds up to a number between 1 and 1+k over
// all z, the discrete Gaussian has at most 1+k times, and at least (1-k)/(1+k) times,
// the probability of z. Noise of neighbours that differ in m whole numbers is
// therefore, up to these factors to the power of m, a function of continuous noise
// with variance sigma^2 - 2: if that is (e, d)-private, the discrete noise is
// (e + m*ln((1+k)^2/(1-k)), (1+k)^m * d)-private. Whole numbers differ in at most
// d^2 places if they differ by d, so m is at most the sum of the squared
// sensitivities. The ledger keeps that sum at 2^20 or less, and
// 2^20*ln((1+k)^2/(1-k)) < 2^-34.
//
// # What is not covered
//
// The ledger believes the sensitivity that it is told, that contributions of one
// person were merged and bounded by policy, and that bins, caps, candidate lists and
// this policy were made without looking at the records. It does not cover what leaves
// the room beside the results: timing, sizes of private files, error messages.
package budget
