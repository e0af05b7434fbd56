package directory_test

import (
	"slices"
	"testing"
	"time"

	"github.com/opencovey/covey/internal/directory"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func vocabulary(t testing.TB) *directory.Vocabulary {
	t.Helper()
	v, err := directory.OpenVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// seed returns the index of the entries that come with the server.
func seed(t testing.TB) *directory.Index {
	t.Helper()
	v := vocabulary(t)
	tools, err := directory.Seed(v)
	if err != nil {
		t.Fatal(err)
	}
	return directory.NewIndex(tools, v)
}

func ids(hits []directory.Hit) []string {
	var ids []string
	for _, h := range hits {
		ids = append(ids, h.Tool.ID)
	}
	return ids
}

// TestRelevance asks what people ask, in four languages and with mistakes, of the
// entries that come with the server.
func TestRelevance(t *testing.T) {
	x := seed(t)
	for _, c := range []struct {
		text string
		want []string // all among the first `within`
		in   int      // 0: as many as are wanted
	}{
		// Names, whole and in part, written together and apart.
		{"traffickcam", []string{"traffickcam", "hotels-50k-traffickcam-search-system"}, 0},
		{"TraffickCam", []string{"traffickcam"}, 0},
		{"traffick cam", []string{"traffickcam"}, 0},
		{"sweat & toil", []string{"sweat-toil"}, 0},
		{"sweat and toil", []string{"sweat-toil"}, 0},
		{"comply", []string{"comply-chain"}, 0},
		{"stopapp", []string{"stop-app"}, 0},
		{"STOP", []string{"stop-app"}, 0},
		{"photo dna", []string{"photodna"}, 0},
		{"iris safer", []string{"iris-safer"}, 0},
		{"angel", []string{"angel"}, 0},
		{"HTCDS", []string{"human-trafficking-case-data-standard-htcds"}, 0},
		{"ctdc", []string{"ctdc-counter-trafficking-data-collaborative"}, 0},
		{"slavery footprint", []string{"slavery-footprint"}, 0},
		{"open supply hub", []string{"open-supply-hub"}, 0},
		// Organisations.
		{"polaris", []string{"polaris-hotline-data-system-salesforce", "polaris-shelter-bed-interactive-map"}, 3},
		{"issara", []string{"project-issara-worker-app", "cascade-issara-platform"}, 4},
		{"naptip", []string{"naptip-ireporter", "naptip-sexual-offender-register"}, 0},
		// Mistakes.
		{"trafickcam", []string{"traffickcam"}, 0},
		{"ushahdi", []string{"end-slavery-tennessee-case-map"}, 0},
		{"satelite fishing", []string{"global-fishing-watch"}, 0},
		{"blockchian", []string{"blockchain-worker-contract-registry-pilot"}, 2},
		{"recruitmnet advisor", []string{"migrant-recruitment-advisor"}, 0},
		{"slavrey footprnt", []string{"slavery-footprint"}, 0},
		{"migrent recuitment", []string{"migrant-recruitment-advisor"}, 3},
		{"case managment", []string{"polaris-hotline-data-system-salesforce"}, 3},
		// What somebody wants to do.
		{"hotel room images", []string{"traffickcam", "hotels-50k-traffickcam-search-system"}, 0},
		{"face recognition missing children", []string{"facial-recognition-for-missing-children-new-delhi-trial"}, 0},
		{"matching shelter beds", []string{"safe-shelter-collaborative"}, 3},
		{"child labor goods by country", []string{"sweat-toil"}, 5},
		{"reviews of recruitment agencies", []string{"migrant-recruitment-advisor"}, 2},
		{"banks money laundering", []string{"joint-money-laundering-intelligence-taskforce"}, 3},
		{"app for domestic workers", []string{"ofw-watch-myrna-padilla-apps"}, 0},
		{"dna cotton", []string{"applied-dna-certaint"}, 3},
		{"car wash", []string{"safe-car-wash-app"}, 0},
		{"brick kilns satellite", []string{"sentinelkilndb-kiln-mapping-layers", "slavery-from-space"}, 3},
		{"i am looking for a game about trafficking", []string{"un-trafficked"}, 8},
		// French.
		{"reconnaissance faciale", []string{"facial-recognition-for-missing-children-new-delhi-trial"}, 2},
		{"l'esclavage vu par satellite", []string{"slavery-from-space"}, 3},
		{"imagerie satellite", []string{"slavery-from-space", "global-fishing-watch"}, 4},
		{"travailleurs domestiques", []string{"ofw-watch-myrna-padilla-apps"}, 3},
		{"enfants disparus", []string{"khoyapaya", "trackchild"}, 25},
		{"jeu sérieux", []string{"un-trafficked"}, 8},
		// Spanish.
		{"lista sucia brasil", []string{"cadastro-de-empregadores-lista-suja"}, 3},
		{"desactiva trata españa", []string{"desactiva-la-trata-resource-map"}, 4},
		{"servidumbre doméstica", []string{"ofw-watch-myrna-padilla-apps"}, 3},
		{"cadena de bloques", []string{"emin", "iris-safer"}, 3},
		{"trabajadores migrantes tailandia", []string{"emin"}, 8},
		// Arabic: with and without the article, vowel signs, other letters.
		{"لعبة جادة", []string{"un-trafficked"}, 8},
		{"الأقمار الصناعية", []string{"slavery-from-space", "global-fishing-watch"}, 4},
		{"اقمار صناعيه", []string{"slavery-from-space", "global-fishing-watch"}, 4},
		{"عمال المنازل", []string{"ofw-watch-myrna-padilla-apps"}, 4},
		{"صيد الأسماك", []string{"global-fishing-watch"}, 3},
		{"أطفال مفقودون الهند", []string{"khoyapaya", "trackchild"}, 6},
	} {
		t.Run(c.text, func(t *testing.T) {
			if c.in == 0 {
				c.in = len(c.want)
			}
			r := x.Search(directory.Query{Text: c.text, Now: today})
			got := ids(r.Hits)
			top := got[:min(c.in, len(got))]
			for _, id := range c.want {
				if !slices.Contains(top, id) {
					t.Errorf("%s is not among the first %d of %d: %v\nunderstood %+v", id, c.in, r.Total, got[:min(10, len(got))], r.Understood)
				}
			}
		})
	}
}

// TestUnderstood tells what a text was taken for.
func TestUnderstood(t *testing.T) {
	x := seed(t)
	sex := directory.TermRef{Facet: directory.Form, Code: "sex"}
	labour := directory.TermRef{Facet: directory.Form, Code: "labour"}
	all := directory.TermRef{Facet: directory.Form, Code: "all"}
	asia := directory.TermRef{Facet: directory.UsedIn, Code: "035"}
	for _, c := range []struct {
		text string
		want directory.TermRef
	}{
		{"explotacion sexual", sex},
		{"exploitation sexuelle", sex},
		{"sex trafficking", sex},
		{"الاستغلال الجنسي", sex},
		{"سخرة", labour},
		{"السُّخْرَة", labour},
		{"السخـــرة", labour},
		{"travail force", labour},
		{"forced labor", labour},
		{"traite des êtres humains", all},
		{"Traite d’etres humains", all},
		{"tools in South-East Asia", asia},
		{"southeast asia", asia},
		{"asie du sud est", asia},
	} {
		t.Run(c.text, func(t *testing.T) {
			if got := x.Understand(c.text); !slices.Contains(got, c.want) {
				t.Errorf("understood %v, not %v", got, c.want)
			}
		})
	}
	for _, c := range []struct{ text, want string }{
		{"trafickcam", "traffickcam"},
		{"blockchian registry", "blockchain registry"},
		{"traffickcam", ""},
		{"zzzzqqqq", ""},
	} {
		t.Run("meant by "+c.text, func(t *testing.T) {
			if got := x.Search(directory.Query{Text: c.text}).Understood.Meant; got != c.want {
				t.Errorf("meant %q, want %q", got, c.want)
			}
		})
	}
	r := x.Search(directory.Query{Text: "zzzzqqqq thailand"})
	if !r.Understood.Some || !slices.Equal(r.Understood.Unknown, []string{"zzzzqqqq"}) || r.Total == 0 {
		t.Errorf("a word that nothing has: %d found, %+v", r.Total, r.Understood)
	}
	if r := x.Search(directory.Query{Text: "zzzzqqqq"}); r.Total != 0 || len(r.Hits) != 0 || r.Pages != 1 {
		t.Errorf("nothing has the only word, and %d were found", r.Total)
	}
}
