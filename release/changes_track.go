package release

// observation is what one earlier release published of one count.
type observation struct {
	published int  // 0: not published
	k         int  // counts of that release are multiples of it
	adjusted  bool // the release withheld or lowered counts, so that this one need not be rounded down from the exact number
	atMost    int  // the exact number may be as high, since that of a part with the same published count may; 0: nothing known
}

// track is what earlier releases published of one count, the oldest first. It answers what an onlooker who has all of them, and knows how they were
// made, can tell of the exact numbers.
//
// The exact number at the time of release i was at least what was published, and at most highest[i]: the highest for which that release would have
// published what it did. A new count of level, which stands for level to level+k-1, is blocked beside release i if these ranges are apart by
// less than k: then it is certain that somebody came or left, and it may have been as few as the gap. Ranges that meet tell nothing for
// certain; ranges that are k or more apart tell of k people or more. The count that the newest release had, if its k was
// the same, may always be repeated: it tells nothing new.
type track struct {
	seen    []observation
	highest []int
	always  bool // it has to be published, since it is the number of people
}

func newTrack(seen []observation, always bool) track {
	t := track{seen: seen, highest: make([]int, len(seen)), always: always}
	for i, o := range seen {
		most := o.published + o.k - 1
		if o.adjusted {
			before := track{seen[:i], t.highest[:i], always}
			for _, level := range before.blockedLevels(o.k) {
				if level > o.published && before.publish(level, o.k) == o.published {
					most = max(most, level+o.k-1)
				}
			}
			most = max(most, o.atMost)
		}
		t.highest[i] = most
	}
	return t
}

// blockedLevels lists the multiples of k that can be blocked.
func (t track) blockedLevels(k int) (levels []int) {
	for i, o := range t.seen {
		for level := (t.highest[i]/k + 1) * k; level-t.highest[i] < k; level += k {
			levels = append(levels, level)
		}
		for level := (o.published - k) / k * k; level >= 0 && o.published-(level+k-1) < k; level -= k {
			levels = append(levels, level)
		}
	}
	return levels
}

// blocked says whether a new count would tell of fewer than k people, who came (grown) or left (shrunk).
func (t track) blocked(level, k int) (grown, shrunk bool) {
	if n := len(t.seen); n > 0 && t.seen[n-1].published == level && t.seen[n-1].k == k {
		return false, false
	}
	for i, o := range t.seen {
		if gap := level - t.highest[i]; gap > 0 && gap < k {
			grown = true
		}
		if gap := o.published - (level + k - 1); gap > 0 && gap < k {
			shrunk = true
		}
	}
	return grown, shrunk
}

// publish returns what may be published instead of level, a multiple of k: level itself; or, if somebody would be seen to have come, the next lower
// level that does not tell it, which may be the count of the newest release; or nothing, 0.
//
// If somebody would be seen to have left, no true count can hide it: the old one is too high now. Then the count is withheld, unless
// the newest release has a lower one to repeat. Where a count has to be published, that somebody left is told.
func (t track) publish(level, k int) int {
	if _, shrunk := t.blocked(level, k); shrunk && !t.always {
		if newest := t.seen[len(t.seen)-1]; newest.published < level && newest.k == k {
			return newest.published
		}
		return 0
	}
	for l := level; l > 0; l -= k { // only to levels that would be published themselves: else the outcome would tell where it came from
		if grown, shrunk := t.blocked(l, k); !grown && (!shrunk || t.always) {
			return l
		}
	}
	if t.always { // earlier releases were of a smaller k
		return level
	}
	return 0
}

// last returns what the newest release published.
func (t track) last() int { return t.seen[len(t.seen)-1].published }
