package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// sumVersion is the first byte that is hashed. It changes with the encoding.
const sumVersion = 1

// Sum returns the hash that belongs to the entry: SHA-256 of
//
//	byte    version, 1
//	8 bytes Number
//	8 bytes Time in microseconds since 1970
//	text    Actor, Organisation, Action, Subject
//	4 bytes how many words Detail has; for each, by name: text, text
//	32 bytes Previous
//
// where a text is its length in 4 bytes and its bytes, and numbers are big-endian.
// No two different entries have one encoding.
func (e Entry) Sum() [32]byte {
	b := []byte{sumVersion}
	b = binary.BigEndian.AppendUint64(b, uint64(e.Number))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Time.UnixMicro()))
	for _, text := range []string{e.Actor, e.Organisation, e.Action, e.Subject} {
		b = appendText(b, text)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Detail)))
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		b = appendText(b, name)
		b = appendText(b, e.Detail[name])
	}
	b = append(b, e.Previous[:]...)
	return sha256.Sum256(b)
}

func appendText(b []byte, text string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
	return append(b, text...)
}

// After returns the entry as it follows another one in the log: numbered, timed
// and chained. A store calls it when it appends.
func (e Entry) After(number int64, hash [32]byte, now time.Time) Entry {
	e.Number = number + 1
	e.Time = now.UTC().Truncate(time.Microsecond)
	e.Previous = hash
	e.Hash = e.Sum()
	return e
}
