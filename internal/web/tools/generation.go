package tools

import (
	"context"
	"strconv"
	"sync"

	"github.com/opencovey/covey/internal/directory"
)

// generations counts the states of the map: pages that were kept hold as long as
// the index is the same.
type generations struct {
	mu    sync.Mutex
	index *directory.Index
	n     int64
}

// generation rises when the map has changed, here or on another instance.
func (r *room) generation() int64 {
	// A store that does not answer is told of by the handler, which asks it too.
	_ = r.service.Refresh(context.Background())
	index := r.service.Index()
	r.pages.mu.Lock()
	defer r.pages.mu.Unlock()
	if index != r.pages.index {
		r.pages.index = index
		r.pages.n++
	}
	return r.pages.n
}

// state names the state of the map, the same on every instance: when it last
// changed, and how much it holds.
func (r *room) state() string {
	index := r.service.Index()
	return strconv.FormatInt(index.Updated().UnixMicro(), 36) + "-" + strconv.Itoa(index.Len())
}
