package quality

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/opencovey/covey/table"
)

// inference asks what a person's secret value is, of whom the known columns are known (compare Giomi et al. 2023, section on inference).
//
// The synthetic records nearest in the known columns (fewest that differ, blank being a value) are found, and the commonest of their values
// in the secret column is guessed, blank being a value here too; of equally common ones that which comes first.
func (r *attackRun) inference(ctx context.Context) ([]Attack, error) {
	if len(r.known) == 0 || len(r.secrets) == 0 {
		return nil, nil
	}
	n := newNeighbours(r.synthetic, r.known, r.secrets)
	groups := r.groups(streamInference, r.trials(r.o.Trials, float64(len(n.places)*len(n.known))))
	results := make([][]tries, len(groups)) // by group, then by secret
	base := make([]tries, len(r.secrets))   // of guessing what is commonest
	for g, group := range groups {
		guesses := make([][]uint16, len(group.targets))
		err := forEach(ctx, r.o.Workers, len(group.targets), func() func(int) {
			return func(i int) { guesses[i] = n.guess(group.table.Row(group.targets[i])) }
		})
		if err != nil {
			return nil, err
		}
		results[g] = make([]tries, len(r.secrets))
		for i, target := range group.targets {
			for s, c := range r.secrets {
				is := group.table.Row(target)[c]
				results[g][s].add(guesses[i][s] == is)
				if g == 0 {
					base[s].add(n.commonest[s] == is)
				}
			}
		}
	}
	var list []Attack
	for s, c := range r.secrets {
		for g, group := range groups {
			group.tries = results[g][s]
		}
		a := r.outcome(Inference, r.synthetic.Columns[c].Name, groups)
		share := ratio(base[s].hits, base[s].trials)
		a.Baseline = &share
		list = append(list, a)
	}
	return list, nil
}

// neighbours finds records by their values in the known columns.
type neighbours struct {
	known, secrets []int
	places         []place
	at             map[string]int // place by its key
	commonest      []uint16       // value of each secret
}

// place is all synthetic records that agree in the known columns.
type place struct {
	codes  []uint16
	people int
	only   int              // a record that lies here
	values []map[uint16]int // of each secret: people by value
}

func newNeighbours(t *table.Table, known, secrets []int) *neighbours {
	n := &neighbours{known: known, secrets: secrets, at: map[string]int{}}
	all := place{values: make([]map[uint16]int, len(secrets))}
	for s := range secrets {
		all.values[s] = map[uint16]int{}
	}
	for i := range t.Len() {
		row := t.Row(i)
		key := n.key(row)
		at, ok := n.at[key]
		if !ok {
			at = len(n.places)
			n.at[key] = at
			p := place{values: make([]map[uint16]int, len(secrets))}
			for _, c := range known {
				p.codes = append(p.codes, row[c])
			}
			for s := range secrets {
				p.values[s] = map[uint16]int{}
			}
			n.places = append(n.places, p)
		}
		p := &n.places[at]
		p.people += t.Weight(i)
		p.only = i
		for s, c := range secrets {
			p.values[s][row[c]] += t.Weight(i)
			all.values[s][row[c]] += t.Weight(i)
		}
	}
	for s := range secrets {
		n.commonest = append(n.commonest, commonest(all.values[s]))
	}
	return n
}

func (n *neighbours) key(row []uint16) string {
	key := make([]byte, 0, 2*len(n.known))
	for _, c := range n.known {
		key = binary.LittleEndian.AppendUint16(key, row[c])
	}
	return string(key)
}

// find returns the place of records that agree with the row in all known columns, or nil.
func (n *neighbours) find(row []uint16) *place {
	if at, ok := n.at[n.key(row)]; ok {
		return &n.places[at]
	}
	return nil
}

// guess returns the guess of each secret.
func (n *neighbours) guess(row []uint16) []uint16 {
	guesses := make([]uint16, len(n.secrets))
	if p := n.find(row); p != nil {
		for s := range n.secrets {
			guesses[s] = commonest(p.values[s])
		}
		return guesses
	}
	own := make([]uint16, len(n.known))
	for i, c := range n.known {
		own[i] = row[c]
	}
	best, near := len(own)+1, []int(nil)
	for at := range n.places {
		differ := 0
		for i, code := range n.places[at].codes {
			if code != own[i] {
				differ++
			}
		}
		if differ < best {
			best, near = differ, near[:0]
		}
		if differ == best {
			near = append(near, at)
		}
	}
	for s := range n.secrets {
		sum := map[uint16]int{}
		for _, at := range near {
			for code, people := range n.places[at].values[s] {
				sum[code] += people
			}
		}
		guesses[s] = commonest(sum)
	}
	return guesses
}

// commonest returns the code of most people, of equals the least.
func commonest(people map[uint16]int) uint16 {
	best, most := uint16(0), 0
	for code, n := range people {
		if n > most || n == most && code < best {
			best, most = code, n
		}
	}
	return best
}

// linkage asks which synthetic record is a person's, of whom the known columns are known, and believes what else it says.
//
// It succeeds if exactly one synthetic record agrees in all known columns, tells something more, and all that it tells is
// true of the person.
func (r *attackRun) linkage(context.Context) ([]Attack, error) {
	if len(r.known) == 0 {
		return nil, nil
	}
	n := newNeighbours(r.synthetic, r.known, nil)
	groups := r.groups(streamInference, r.o.Trials)
	for _, group := range groups {
		for _, target := range group.targets {
			row := group.table.Row(target)
			p := n.find(row)
			group.tries.add(p != nil && p.people == 1 && r.tells(r.synthetic.Row(p.only), row))
		}
	}
	return []Attack{r.outcome(Linkage, "", groups)}, nil
}

// tells reports whether a synthetic record tells something beyond the known columns, all of it true of the person.
func (r *attackRun) tells(record, person []uint16) bool {
	tells := false
	for c, code := range record {
		if code == 0 || slices.Contains(r.known, c) {
			continue
		}
		if code != person[c] {
			return false
		}
		tells = true
	}
	return tells
}
