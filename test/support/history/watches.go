package main

import "strings"

// floors are the revisions that an era's readers are refused below: certainly after some line, and
// perhaps after an earlier one.
type floors struct {
	h *history
}

// certain is what was compacted when this began.
func (f floors) certain(era, at int) uint64 {
	floor := f.h.eras[era].open.Compacted
	for _, c := range f.h.calls {
		if c.Op == "compact" && c.era == era && c.isDone() && c.end < at {
			floor = max(floor, c.Revision)
		}
	}
	return floor
}

// possible is what may have been compacted before this ended.
func (f floors) possible(era, at int) uint64 {
	floor := f.h.eras[era].open.Compacted
	for _, c := range f.h.calls {
		if c.Op == "compact" && c.era == era && c.begin < at && (c.isDone() || !c.isKnown()) {
			floor = max(floor, c.Revision)
			for i := 0; i <= era; i++ {
				o := f.h.eras[i].open
				if !o.Clean && o.Newest < c.Revision && c.Revision < o.At {
					floor = max(floor, o.At)
				}
			}
		}
	}
	return floor
}

// checkStart: whoever goes on at a revision is refused exactly where something is missing.
func (f floors) checkStart(c *call, revision uint64, what string) {
	if c.answer == nil {
		return
	}
	if f.h.mode == "server" {
		f.checkServerStart(c, revision, what)
		return
	}
	lost := f.h.isLost(revision, c.era)
	switch c.answer.Error {
	case "":
		if lost {
			f.h.problem(c.end, "%s at revision %d is taken, which an unclean end lost", what, revision)
		}
		if floor := f.certain(c.era, c.begin); revision < floor {
			f.h.problem(c.end, "%s at revision %d is taken, though %d is compacted", what, revision, floor)
		}
	case "compacted":
		if floor := f.possible(c.era, c.end); !lost && revision >= floor {
			f.h.problem(c.end, "%s at revision %d is refused as compacted, though only %d is", what, revision, floor)
		}
	default:
		f.h.problem(c.end, "%s at revision %d fails: %s %s", what, revision, c.answer.Error, c.answer.Message)
	}
}

// checkServerStart: nobody says what an opening found; what was durable before it can be resumed at.
func (f floors) checkServerStart(c *call, revision uint64, what string) {
	if c.answer.Error != "compacted" {
		return
	}
	durable := uint64(0)
	for _, w := range f.h.calls {
		if w.Op == "write" && w.era < c.era && w.isDone() && w.answer.Succeeded {
			durable = max(durable, w.answer.Revision)
		}
	}
	if revision <= durable {
		f.h.problem(c.end, "%s at revision %d is refused, though %d is durable", what, revision, durable)
	}
}

// checkWatches: each is complete, in order, without duplicates, of whole revisions, and is told to
// have seen no more than it was given.
func (t *truth) checkWatches() {
	f := floors{t.h}
	for _, c := range t.h.calls {
		if c.Op == "watch" {
			f.checkStart(c, c.After, "a watch")
			t.checkWatch(c, f)
		}
	}
}

func (t *truth) checkWatch(c *call, f floors) {
	seen := c.After
	limit := t.h.eras[c.era].covered
	for _, b := range c.batches {
		if b.Seen < seen {
			t.h.problem(b.at, "a watch that saw revision %d is told %d", seen, b.Seen)
		}
		var wanted []event
		for _, v := range t.between(seen, min(b.Seen, limit)) {
			if t.isAlive(v, c.era) {
				wanted = t.told(c, v, wanted)
			}
		}
		got := b.Events
		for i, w := range wanted {
			if i >= len(got) || got[i].Revision != w.Revision || got[i].Key != w.Key ||
				got[i].Kind != w.Kind || got[i].Value != w.Value {
				t.h.problem(b.at, "a watch after %d of %s (%s %s, line %d) is told %s, not %s",
					seen, c.Prefix, c.Color, c.Node, c.begin+1, textOf(got, i), textOf(wanted, i))
				break
			}
		}
		last := seen
		for i, e := range got {
			if e.Revision < last || e.Revision <= seen || e.Revision > b.Seen {
				t.h.problem(b.at, "an event at revision %d between %d and %d", e.Revision, last, b.Seen)
			}
			last = e.Revision
			if i >= len(wanted) && e.Revision <= limit {
				t.h.problem(b.at, "a watch after %d is told %s, which did not happen", seen, textOf(got, i))
				break
			}
			if maker := t.byValue[e.Value]; e.Kind != "DELETED" && e.Revision > limit {
				if maker == nil || maker.isKnown() && (!maker.isDone() || !maker.answer.Succeeded) {
					t.h.problem(b.at, "an event at revision %d that nobody made", e.Revision)
				} else if !maker.Lazy && e.Revision > t.h.eras[c.era].kept {
					t.h.problem(b.at, "revision %d was shown before it was durable, and is lost", e.Revision)
				}
			}
		}
		if floor := f.possible(c.era, b.at); b.Ended == "Compacted" && seen >= floor {
			t.h.problem(b.at, "a watch at %d ends as compacted, though only %d is", seen, floor)
		}
		seen = max(seen, b.Seen)
	}
}

func textOf(events []event, at int) string {
	if at >= len(events) {
		return "nothing"
	}
	e := events[at]
	kind := strings.ToLower(e.Kind)
	return kind + " " + e.Key + " at " + number(e.Revision) + " (" + e.Value[:min(len(e.Value), 30)] + ")"
}

// told is what a watch is told of a change.
func (t *truth) told(c *call, v *change, events []event) []event {
	changes := t.byKey[v.key]
	var before *change
	for i, other := range changes {
		if other == v {
			before = t.before(changes[:i], c.era)
		}
	}
	was, is := c.selects(before), c.selects(v)
	e := event{Revision: v.revision, Key: v.key, Value: v.value}
	switch {
	case !was && is:
		e.Kind = "ADDED"
	case was && is:
		e.Kind = "MODIFIED"
	case was && !is:
		e.Kind, e.Value = "DELETED", before.value
	default:
		return events
	}
	return append(events, e)
}

// checkReads: a list shows its prefix as it was at its revision.
func (t *truth) checkReads() {
	f := floors{t.h}
	for _, c := range t.h.calls {
		if c.Op != "list" || c.answer == nil {
			continue
		}
		if c.Revision != 0 {
			f.checkStart(c, c.Revision, "a list")
		}
		if !c.isDone() || c.answer.Revision > t.h.eras[c.era].covered {
			continue
		}
		revision := c.answer.Revision
		if c.Revision != 0 && revision != c.Revision {
			t.h.problem(c.end, "a list at revision %d is of %d", c.Revision, revision)
		}
		found := map[string]*item{}
		for i := range c.answer.Items {
			found[c.answer.Items[i].Key] = &c.answer.Items[i]
		}
		for _, key := range t.keys {
			if strings.HasPrefix(key, c.Prefix) {
				t.checkRead(c, revision, key, found[key])
			}
		}
	}
}

func (t *truth) checkRead(c *call, revision uint64, key string, got *item) {
	want := t.at(key, revision, c.era)
	switch {
	case want == nil && got == nil:
	case want == nil:
		t.h.problem(c.end, "a list at %d shows %s of revision %d, which is not there", revision, key, got.Revision)
	case got == nil:
		t.h.problem(c.end, "a list at %d does not show %s of revision %d", revision, key, want.revision)
	case got.Revision != want.revision || got.Value != want.value:
		t.h.problem(c.end, "a list at %d shows %s of revision %d, not of %d", revision, key, got.Revision, want.revision)
	case want.told && (got.Created != want.created || got.Version != want.version || got.Lease != want.lease):
		t.h.problem(c.end, "a list at %d shows %s with other metadata than its event", revision, key)
	}
}
