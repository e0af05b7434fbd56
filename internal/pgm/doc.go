// Package pgm makes differentially private models of dense tables with a few dozen columns: it measures some tables
// of counts with noise and fits to them the Markov random field that assumes nothing else.
//
// No release uses it: package dp is more accurate wherever both were run (docs/method.md). It is kept as what package dp is compared with, on the
// same data and in the same session (go run ./bench -accuracy), since graphical models are the best that was published before.
//
// # Guarantee
//
// [Fit] is rho-zero-concentrated differentially private for adding or removing one record of weight 1. It looks at the
// records in two ways only, each entered in the ledger first: discrete Gaussian noise on tables of counts, in which one
// person changes one cell by one, and choices of the exponential mechanism among tables. A score is a whole number, the
// weight of a table times its L1 distance from the model's table rounded to whole people, minus a number that depends
// on the noise; one person changes it by at most the weight. Everything else (what may be chosen, how many rounds there
// are, how large the model is, how long the fit goes on) depends on the domain, on rho and on noisy results.
//
// # Method
//
// Tables are chosen as by AIM (McKenna, Mullins, Sheldon, Miklau 2022, "AIM: an adaptive and iterative mechanism for
// differentially private synthetic data"): in each round the one of whose measurement the model would gain most, by a
// score that subtracts the expected noise; when a round teaches less than the noise, noise is halved. Options.Fast is
// MST (McKenna, Miklau, Sheldon 2021, "Winning the NIST contest"): the pairs of a spanning tree.
//
// Codes of a column that are rare by their noisy counts share one value of the graph, and their noisy counts say how it
// is divided again; columns with groups appear by code and by group.
//
// Noisy tables are made to agree with each other, by least squares (as in ResidualPlanner; Xiao, He, Zhang, Kifer 2023)
// and without negative counts (as in PriView; Qardaji, Yang, Li 2014). The model of Private-PGM (McKenna, Sheldon,
// Miklau 2019) is then fitted to them and to all their marginals as a maximum entropy model with a quadratic penalty
// (Dudík, Phillips, Schapire 2007), by exact ascent in one table after the other while walking over a junction tree:
// iterative proportional fitting (Jiroušek, Přeučil 1995) that does not follow the noise all the way.
//
// Rows are drawn column by column in the numbers that the model expects; what is rounded in one group of rows is
// made up for in the next.
package pgm
