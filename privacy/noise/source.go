package noise

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

// bufferWords is how many random words a Source fetches at once.
const bufferWords = 512

// rekeyAfter is how many fetches a key serves: 2^11 of 4 KiB, 8 MiB. A new key
// costs nothing beside that, and bounds what a leaked state or the copy of a
// running virtual machine can give away.
const rekeyAfter = 1 << 11

// Source is a stream of random bits. Make one with [NewSource], or with
// [NewSystemSource] where a rule asks for the randomness of the operating system;
// the zero value panics on first use.
//
// A Source must not be copied and must not be used by two goroutines at a time: both
// could give the same noise twice, and the difference of two values with the same
// noise is exact. go vet finds copies.
type Source struct {
	_      [0]sync.Mutex // makes go vet report copies
	fill   func(*[bufferWords]uint64)
	buffer [bufferWords]uint64
	left   int // unused words, at the end of buffer
	secure bool

	rest    uint64 // the lower half of a word whose upper half is used up
	hasRest bool
}

// NewSource returns a source for real releases: the stream cipher ChaCha8 with a
// key of 256 bits from the operating system, and a new key every 8 MiB. The cipher
// erases its key as it goes: whoever learns its state does not learn what came
// before the 992 bytes and the 4 KiB buffer that are in use. It ends the program
// when the operating system has no randomness to give, as [crypto/rand.Read] does.
func NewSource() *Source {
	generator := rand.NewChaCha8(systemKey())
	uses := 0
	fill := func(words *[bufferWords]uint64) {
		if uses++; uses > rekeyAfter {
			generator.Seed(systemKey())
			uses = 1
		}
		for i := range words {
			words[i] = generator.Uint64()
		}
	}
	return &Source{fill: fill, secure: true}
}

// NewSystemSource returns a source that reads nothing but the randomness of the
// operating system, 4 KiB at a time. It is slower than [NewSource] and no better
// unless a rule demands it.
func NewSystemSource() *Source {
	var raw [8 * bufferWords]byte
	fill := func(words *[bufferWords]uint64) {
		_, _ = cryptorand.Read(raw[:]) // never returns an error: it ends the program
		for i := range words {
			words[i] = binary.LittleEndian.Uint64(raw[8*i:])
		}
	}
	return &Source{fill: fill, secure: true}
}

// NewSourceForTesting returns a source that repeats itself: the same seed gives the
// same noise, on every machine. It is for tests and for nothing else. Whoever knows
// or guesses the seed can take the noise away, so a release made with it protects
// nobody; [Source.Secure] tells, and such a release must say so.
func NewSourceForTesting(seed [32]byte) *Source {
	generator := rand.NewChaCha8(seed)
	fill := func(words *[bufferWords]uint64) {
		for i := range words {
			words[i] = generator.Uint64()
		}
	}
	return &Source{fill: fill}
}

// Secure reports whether the bits come from the operating system or from a key of
// its making, and not from a seed.
func (s *Source) Secure() bool { return s.secure }

// Fork returns a source for another goroutine. Of a secure source it is a new
// secure source; of one for testing, a source for testing whose seed is the next 256
// bits, so that a program which forks in a fixed order repeats itself.
func (s *Source) Fork() *Source {
	if s.secure {
		return NewSource()
	}
	var seed [32]byte
	for i := range 4 {
		binary.LittleEndian.PutUint64(seed[8*i:], s.Uint64())
	}
	return NewSourceForTesting(seed)
}

// Uint64 returns 64 random bits. With it, a Source is a source in the sense of
// math/rand/v2, for what follows after the noise and needs no proof, such as
// sampling rows from a released model.
func (s *Source) Uint64() uint64 {
	if s.left == 0 {
		s.fill(&s.buffer)
		s.left = bufferWords
	}
	word := s.buffer[bufferWords-s.left]
	s.left--
	return word
}

func systemKey() (key [32]byte) {
	_, _ = cryptorand.Read(key[:]) // never returns an error: it ends the program
	return key
}
