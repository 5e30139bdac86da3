package main

// checkNumbers: a revision is given once, numbers rise with time, nothing that was acknowledged as
// durable is lost, and nothing is shown that an unclean end could take without saying so.
func (t *truth) checkNumbers() {
	t.checkOpenings()
	t.checkAcknowledged()
	t.checkOrder()
}

func (t *truth) checkOpenings() {
	h := t.h
	shown := uint64(0)
	place := 0
	marks := h.shownNumbers()
	for i, e := range h.eras {
		for place < len(marks) && marks[place].at < e.begin {
			shown = max(shown, marks[place].revision)
			place++
		}
		if h.mode == "server" {
			continue
		}
		if e.open.At < shown {
			h.problem(e.begin, "the store goes on at %d, but %d was shown before", e.open.At, shown)
		}
		if i > 0 && e.open.Newest < h.eras[i-1].open.Newest {
			h.problem(e.begin, "the newest revision was %d and is %d", h.eras[i-1].open.Newest, e.open.Newest)
		}
		held := map[uint64]bool{}
		for _, lease := range e.open.Leases {
			held[lease] = true
		}
		for _, key := range t.keys {
			v := t.at(key, e.open.Newest, i)
			if v != nil && v.era < i && v.lease != 0 && !held[v.lease] {
				h.problem(e.begin, "%s belongs to lease %d, which is gone", key, v.lease)
			}
		}
	}
}

type mark struct {
	at       int
	revision uint64
}

// shownNumbers are all numbers that somebody was told, in order.
func (h *history) shownNumbers() []mark {
	var marks []mark
	add := func(at int, revision uint64) {
		marks = append(marks, mark{at, revision})
	}
	for _, c := range h.calls {
		if c.isDone() && c.answer.Revision > 0 {
			add(c.end, c.answer.Revision)
		}
		for _, b := range c.batches {
			add(b.at, b.Seen)
		}
	}
	sortMarks(marks)
	return marks
}

func (t *truth) checkAcknowledged() {
	h := t.h
	given := map[uint64]*call{}
	for _, c := range h.calls {
		if c.Op != "write" || !c.isDone() || !c.answer.Succeeded {
			continue
		}
		revision := c.answer.Revision
		kept := h.eras[c.era].kept
		for _, w := range c.Writes {
			if w.Value == nil && (previousOf(c.answer, w.Key) == nil || revision == 0) {
				continue
			}
			if other := given[revision]; other != nil && other != c {
				h.problem(c.end, "revision %d was given to the call at line %d already", revision, other.begin+1)
			}
			given[revision] = c
			if revision > kept {
				if !c.Lazy {
					h.problem(c.end, "the acknowledged write of %s at revision %d is lost: only %d was found", w.Key, revision, kept)
				}
				continue
			}
			if !h.ended && revision > h.eras[c.era].covered {
				continue
			}
			found := t.byPlace[revision][w.Key]
			if found == nil {
				h.problem(c.end, "no watcher was told of the acknowledged write of %s at revision %d", w.Key, revision)
				continue
			}
			if found.deleted != (w.Value == nil) || (w.Value != nil && found.value != *w.Value) {
				h.problem(c.end, "revision %d of %s is told as something else: %.60q", revision, w.Key, found.value)
			}
			if found.told && !found.deleted && found.lease != w.Lease {
				h.problem(c.end, "%s at revision %d has lease %d, not %d", w.Key, revision, found.lease, w.Lease)
			}
		}
	}
	for _, c := range t.changes {
		if c.attributed != nil && !c.attributed.Lazy && c.attributed.Op == "write" && c.revision > h.eras[c.era].kept {
			h.problem(c.observed, "revision %d was shown before it was durable, and is lost", c.revision)
		}
	}
}

// checkOrder: a write that begins after a number was told gets a higher one, and a read of the
// newest revision is not older.
func (t *truth) checkOrder() {
	marks := t.h.shownNumbers()
	place, shown := 0, uint64(0)
	for _, c := range t.h.calls {
		for place < len(marks) && marks[place].at < c.begin {
			shown = max(shown, marks[place].revision)
			place++
		}
		if !c.isDone() || c.answer.Revision == 0 {
			continue
		}
		got := c.answer.Revision
		switch {
		case c.Op == "list" && c.Revision == 0 && got < shown:
			t.h.problem(c.end, "a list of the newest is of revision %d, after %d was shown", got, shown)
		case c.Op == "write" && got < shown:
			t.h.problem(c.end, "a write is answered with revision %d, after %d was shown", got, shown)
		case c.Op == "write" && got == shown && c.answer.Succeeded && hasPut(c):
			t.h.problem(c.end, "a write has revision %d, which was shown before it began", got)
		}
	}
}

func hasPut(c *call) bool {
	for _, w := range c.Writes {
		if w.Value != nil {
			return true
		}
	}
	return false
}

func previousOf(answer *line, key string) *item {
	for i := range answer.Previous {
		if answer.Previous[i].Key == key {
			return &answer.Previous[i]
		}
	}
	return nil
}
