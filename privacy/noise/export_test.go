package noise

// What the black-box tests share with the others.
var (
	GaussianPMF = gaussianPMF
	LaplacePMF  = laplacePMF
)
