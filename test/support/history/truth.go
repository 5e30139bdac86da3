package main

import (
	"sort"
	"strings"
)

// change is what happened to one key at one revision.
type change struct {
	revision, order            uint64
	key, value                 string
	deleted                    bool
	created, version, lease    uint64
	era                        int
	observed                   int
	attributed                 *call
	previousTold, previousTrue uint64
	told                       bool
}

// truth is what the watchers of everything saw: all changes, in order, and who made them.
type truth struct {
	h       *history
	changes []*change
	byKey   map[string][]*change
	byPlace map[uint64]map[string]*change
	byValue map[string]*call
	keys    []string
}

func (h *history) truth() *truth {
	t := &truth{
		h: h, byKey: map[string][]*change{}, byPlace: map[uint64]map[string]*change{},
		byValue: map[string]*call{},
	}
	t.collect()
	sort.SliceStable(t.changes, func(i, j int) bool {
		a, b := t.changes[i], t.changes[j]
		if a.revision != b.revision {
			return a.revision < b.revision
		}
		return a.order < b.order
	})
	for _, c := range t.changes {
		t.byKey[c.key] = append(t.byKey[c.key], c)
	}
	known := map[string]bool{}
	for _, c := range h.calls {
		for _, w := range c.Writes {
			known[w.Key] = true
			if w.Value != nil {
				if t.byValue[*w.Value] != nil {
					h.problem(c.begin, "the driver wrote a value twice: %.40q", *w.Value)
				}
				t.byValue[*w.Value] = c
			}
		}
	}
	for key := range known {
		t.keys = append(t.keys, key)
	}
	sort.Strings(t.keys)
	t.attribute()
	t.chain()
	return t
}

func (t *truth) collect() {
	for _, c := range t.h.calls {
		if c.Op != "watch" || !c.Observes {
			continue
		}
		for _, b := range c.batches {
			for _, e := range b.Events {
				if t.byPlace[e.Revision][e.Key] != nil {
					t.h.problem(b.at, "a change of %s at revision %d is told a second time", e.Key, e.Revision)
					continue
				}
				t.add(&change{
					revision: e.Revision, order: e.Order, key: e.Key, value: e.Value,
					deleted: e.Kind == "DELETED", created: e.Created, version: e.Version,
					lease: e.Lease, era: t.h.eraOf(e.Revision), observed: b.at,
					previousTold: e.Previous, told: t.h.mode != "server",
				})
			}
		}
	}
}

func (t *truth) add(c *change) {
	if c.deleted {
		c.value = ""
	}
	if t.byPlace[c.revision] == nil {
		t.byPlace[c.revision] = map[string]*change{}
	}
	t.byPlace[c.revision][c.key] = c
	t.changes = append(t.changes, c)
}

// attribute finds the call behind each change, and says when none can have made it.
func (t *truth) attribute() {
	for _, c := range t.changes {
		if c.deleted {
			continue
		}
		maker := t.byValue[c.value]
		if maker == nil {
			t.h.problem(c.observed, "nobody wrote what %s is at revision %d: %.60q", c.key, c.revision, c.value)
			continue
		}
		c.attributed = maker
		if maker.isKnown() && (!maker.isDone() || !maker.answer.Succeeded) {
			t.h.problem(c.observed, "revision %d is a write that was refused (call at line %d)", c.revision, maker.begin+1)
		}
		if maker.isDone() && maker.answer.Revision != 0 && maker.answer.Revision != c.revision {
			t.h.problem(c.observed, "the write that was told revision %d is at %d", maker.answer.Revision, c.revision)
		}
		if maker.resolved != 0 && maker.resolved != c.revision {
			t.h.problem(c.observed, "one write is at the revisions %d and %d", maker.resolved, c.revision)
		}
		maker.resolved = c.revision
	}
	for _, call := range t.h.calls {
		revision := call.resolved
		if call.isDone() && call.answer.Revision != 0 && (call.Op == "revoke" || call.answer.Succeeded) {
			revision = call.answer.Revision
		}
		if revision == 0 {
			continue
		}
		for _, c := range t.byPlace[revision] {
			if c.deleted && t.deletes(call, c) && (c.attributed == nil || call.Op == "write") {
				c.attributed = call
			}
		}
	}
}

// deletes says whether a call whose revision is this deletion's made it. What changes nothing is
// answered with the newest revision, which is another call's.
func (t *truth) deletes(c *call, v *change) bool {
	if c.Op == "revoke" {
		for i, other := range t.byKey[v.key] {
			if other == v {
				before := t.before(t.byKey[v.key][:i], v.era)
				return before != nil && before.lease == c.Lease
			}
		}
		return false
	}
	for _, w := range c.Writes {
		if w.Key == v.key && w.Value == nil {
			return !c.isKnown() || previousOf(c.answer, w.Key) != nil
		}
	}
	return false
}

// isAlive says whether a change is part of what an era's readers see.
func (t *truth) isAlive(c *change, era int) bool {
	if c.era == era {
		return true
	}
	return c.era < era && c.revision <= t.h.eras[c.era].kept
}

// chain checks what each change says of the version before it.
func (t *truth) chain() {
	for _, changes := range t.byKey {
		for i, c := range changes {
			before := t.before(changes[:i], c.era)
			if before != nil && !before.deleted {
				c.previousTrue = before.revision
			}
			if !c.told {
				continue
			}
			if c.previousTold != c.previousTrue {
				t.h.problem(c.observed, "%s at revision %d replaces revision %d, is told as replacing %d",
					c.key, c.revision, c.previousTrue, c.previousTold)
			}
			if c.deleted {
				continue
			}
			created, version := c.revision, uint64(1)
			if c.previousTrue != 0 {
				created, version = before.created, before.version+1
			}
			if c.created != created || c.version != version {
				t.h.problem(c.observed, "%s at revision %d is version %d since %d, not version %d since %d",
					c.key, c.revision, c.version, c.created, version, created)
			}
		}
	}
}

func (t *truth) before(changes []*change, era int) *change {
	for i := len(changes) - 1; i >= 0; i-- {
		if t.isAlive(changes[i], era) {
			return changes[i]
		}
	}
	return nil
}

// at is a key as the readers of an era see it at a revision; nil is absent.
func (t *truth) at(key string, revision uint64, era int) *change {
	changes := t.byKey[key]
	upTo := sort.Search(len(changes), func(i int) bool { return changes[i].revision > revision })
	found := t.before(changes[:upTo], era)
	if found == nil || found.deleted {
		return nil
	}
	return found
}

func labelOf(value, name string) string {
	for _, part := range strings.Split(value, "|") {
		if text, found := strings.CutPrefix(part, name+"="); found {
			return text
		}
	}
	return ""
}

// selects says whether a watch wants a version.
func (c *call) selects(v *change) bool {
	if v == nil || v.deleted || !strings.HasPrefix(v.key, c.Prefix) {
		return false
	}
	return (c.Color == "" || labelOf(v.value, "color") == c.Color) &&
		(c.Node == "" || labelOf(v.value, "node") == c.Node)
}
