package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// version is a key's state: present with a value, or absent since a revision. Revision 0 is one
// that nobody was told.
type version struct {
	present  bool
	value    string
	revision uint64
	lease    uint64
}

// state is what readers see of a key now, and what they will see after the era's end.
type state struct {
	now, kept version
}

type kind int

const (
	reads kind = iota
	writes
	restarts
)

// input is one step of a key.
type input struct {
	kind kind
	// Of a read: what was seen. Of a write: what it replaced, when known.
	seen      version
	knowsSeen bool
	// There was something, whatever it was.
	present bool
	next    version
	compare *compare
	// Of a write: it may have happened or not.
	optional bool
	// Of a write: it outlasts the era's end.
	outlasts bool
	// Leases that may have ended without anybody telling when, in this era.
	ending map[uint64]bool
	// Revisions that something is known to have replaced, or to have let stand to the end.
	settled map[uint64]bool
}

func (v version) String() string {
	if !v.present {
		return fmt.Sprintf("absent since %d", v.revision)
	}
	return fmt.Sprintf("%d %.30q", v.revision, v.value)
}

func (in *input) String() string {
	switch {
	case in.kind == restarts:
		return "a restart"
	case in.kind == reads:
		return "seen " + in.seen.String()
	case in.knowsSeen:
		return "written " + in.next.String() + " over " + in.seen.String()
	default:
		return "written " + in.next.String()
	}
}

func versionOf(i *item) version {
	if i == nil {
		return version{}
	}
	return version{present: true, value: i.Value, revision: i.Revision, lease: i.Lease}
}

// agrees says whether a reader's version is this one.
func (v version) agrees(seen version) bool {
	if !v.present || !seen.present {
		return v.present == seen.present
	}
	return v.value == seen.value && (v.revision == seen.revision || v.revision == 0 || seen.revision == 0)
}

func (c *compare) holds(v version) bool {
	if c.Revision == 0 {
		return !v.present
	}
	if !v.present || (v.revision != 0 && v.revision != c.Revision) {
		return false
	}
	return c.Basis == nil || *c.Basis == v.value
}

// certainlyHolds is false where nobody was told the version's revision.
func (c *compare) certainlyHolds(v version) bool {
	return c.Revision == 0 && !v.present || v.present && v.revision == c.Revision && v.revision != 0
}

func step(s state, in *input) []state {
	if in.kind == restarts {
		return []state{{s.kept, s.kept}}
	}
	found := in.apply(s)
	// A lease may have ended, and taken the key with it.
	if v := s.now; v.present && v.lease != 0 && in.ending[v.lease] && !in.settled[v.revision] {
		gone := version{revision: v.revision}
		found = append(found, in.apply(state{gone, s.kept})...)
		found = append(found, in.apply(state{gone, gone})...)
	}
	return found
}

func (in *input) apply(s state) []state {
	if in.kind == reads {
		if in.knowsSeen && !s.now.agrees(in.seen) {
			return nil
		}
		if in.compare != nil && in.compare.certainlyHolds(s.now) {
			return nil
		}
		if in.knowsSeen && s.now.present && s.now.revision == 0 {
			if s.kept == s.now {
				s.kept.revision = in.seen.revision
			}
			s.now.revision = in.seen.revision
		}
		return []state{s}
	}
	var found []state
	if in.optional {
		found = append(found, s)
	}
	if in.present && !s.now.present || in.compare != nil && !in.compare.holds(s.now) || in.knowsSeen && !s.now.agrees(in.seen) {
		return found
	}
	if in.next.revision != 0 && s.now.revision >= in.next.revision {
		return found
	}
	next := state{in.next, s.kept}
	if in.outlasts {
		next.kept = in.next
	}
	if in.optional {
		found = append(found, state{in.next, in.next})
	}
	return append(found, next)
}

var model = func() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{state{}} },
		Step: func(s, in, _ any) []any {
			var states []any
			for _, next := range step(s.(state), in.(*input)) {
				states = append(states, next)
			}
			return states
		},
		Equal: func(a, b any) bool { return a == b },
	}
	return m.ToModel()
}()

// checkKeys: all reads and writes of a key can be put in one order that fits their times.
func (t *truth) checkKeys() (operations int) {
	ending := t.endingLeases()
	for _, key := range t.keys {
		history := t.operations(key, ending)
		operations += len(history)
		switch porcupine.CheckOperationsTimeout(model, history, 60*time.Second) {
		case porcupine.Illegal:
			t.h.problem(0, "the history of %s is not linearizable%s", key, t.culprit(history))
		case porcupine.Unknown:
			t.h.problem(0, "the history of %s could not be judged in time", key)
		}
	}
	return operations
}

// culprit is the first operation that a history is not linearizable with.
func (t *truth) culprit(history []porcupine.Operation) string {
	low, high := 0, len(history)
	sortOperations(history)
	for low < high {
		middle := (low + high) / 2
		if porcupine.CheckOperationsTimeout(model, history[:middle+1], 10*time.Second) == porcupine.Illegal {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if low >= len(history) {
		return ""
	}
	o := history[low]
	in := o.Input.(*input)
	return fmt.Sprintf(": up to lines %d to %d (%s)", o.Call/2+1, o.Return/2+1, in)
}

// endingLeases are those that ran out or were given up in each era.
func (t *truth) endingLeases() []map[uint64]bool {
	ending := make([]map[uint64]bool, len(t.h.eras))
	for i := range ending {
		ending[i] = map[uint64]bool{}
	}
	for _, c := range t.h.calls {
		switch {
		case c.Op == "revoke" && (c.isDone() || !c.isKnown()):
			ending[c.era][c.Lease] = true
		case c.Op == "expire" && c.isDone():
			for _, lease := range c.answer.Leases {
				ending[c.era][lease] = true
			}
		case c.Op == "expire":
			for _, lease := range c.Leases {
				ending[c.era][lease] = true
			}
		}
	}
	return ending
}

// operations are the steps of one key. Lines are times; what happens at a line's end and at the
// next one's beginning is told apart by halves.
func (t *truth) operations(key string, ending []map[uint64]bool) []porcupine.Operation {
	var history []porcupine.Operation
	settled := make([]map[uint64]bool, len(t.h.eras))
	for era := range t.h.eras {
		settled[era] = t.settled(key, era)
	}
	add := func(client, era, begin, end int, in input) {
		if era >= 0 {
			in.ending, in.settled = ending[era], settled[era]
		}
		history = append(history, porcupine.Operation{
			ClientId: client, Input: &in, Call: int64(begin) * 2, Return: int64(end)*2 + 1,
		})
	}
	for i := 1; i < len(t.h.eras); i++ {
		add(0, -1, t.h.eras[i-1].end, t.h.eras[i].begin, input{kind: restarts})
	}
	for _, c := range t.h.calls {
		switch c.Op {
		case "get":
			if c.isDone() && c.Key == key {
				add(c.Client, c.era, c.begin, c.end, input{kind: reads, knowsSeen: true, seen: versionOf(c.answer.Item)})
			}
		case "list":
			if c.isDone() && c.Revision == 0 && strings.HasPrefix(key, c.Prefix) {
				add(c.Client, c.era, c.begin, c.end, input{
					kind: reads, knowsSeen: true, seen: versionOf(itemOf(c.answer.Items, key)),
				})
			}
		case "write":
			t.writeOperations(c, key, add)
		}
	}
	if t.h.mode == "server" {
		return history
	}
	for _, v := range t.byKey[key] {
		if v.deleted && (v.attributed == nil || v.attributed.Op == "revoke") {
			begin, end := t.h.eras[v.era].begin, min(v.observed, t.h.eras[v.era].end)
			if v.attributed != nil {
				begin, end = v.attributed.begin, min(end, v.attributed.end)
			}
			add(98, v.era, begin, end, input{
				kind: writes, next: version{revision: v.revision},
				outlasts: v.revision <= t.h.eras[v.era].kept,
			})
		}
	}
	return history
}

func itemOf(items []item, key string) *item {
	for i := range items {
		if items[i].Key == key {
			return &items[i]
		}
	}
	return nil
}

// settled are the versions of a key that have a successor in what the watchers saw.
func (t *truth) settled(key string, era int) map[uint64]bool {
	settled := map[uint64]bool{}
	last := uint64(0)
	for _, v := range t.byKey[key] {
		if t.isAlive(v, era) {
			settled[last] = true
			last = v.revision
		}
	}
	return settled
}

type adder func(client, era, begin, end int, in input)

func (t *truth) writeOperations(c *call, key string, add adder) {
	var condition *compare
	place := -1
	for i := range c.Compare {
		if c.Compare[i].Key == key {
			condition, place = &c.Compare[i], i
		}
	}
	if c.isDone() && !c.answer.Succeeded {
		if condition != nil && place == c.answer.Place {
			// It saw a version, and not the one that was wanted.
			unequal := compare{Key: key, Revision: condition.Revision}
			add(c.Client, c.era, c.begin, c.end, input{
				kind: reads, knowsSeen: !c.answer.Unseen, seen: versionOf(c.answer.Found), compare: &unequal,
			})
		}
		return
	}
	for _, w := range c.Writes {
		if w.Key == key {
			t.writeOperation(c, w, condition, add)
		}
	}
}

func (t *truth) writeOperation(c *call, w write, condition *compare, add adder) {
	in := input{kind: writes, compare: condition}
	if w.Value != nil {
		in.next = version{present: true, value: *w.Value, lease: w.Lease}
	}
	kept := t.h.eras[c.era].kept
	if c.isDone() {
		previous := previousOf(c.answer, w.Key)
		in.next.revision = c.answer.Revision
		in.knowsSeen = t.h.mode != "server"
		in.seen = versionOf(previous)
		if in.knowsSeen && w.Value == nil && previous == nil {
			add(c.Client, c.era, c.begin, c.end, input{kind: reads, knowsSeen: true})
			return
		}
		// All but a creation need something to be there.
		in.present = t.h.mode == "server" && (condition == nil || condition.Revision != 0)
		in.outlasts = in.next.revision <= kept
		add(c.Client, c.era, c.begin, c.end, in)
		return
	}
	if c.isKnown() {
		return
	}
	end := c.end
	if c.resolved != 0 {
		found := t.byPlace[c.resolved][w.Key]
		if found == nil {
			// A deletion of what was not there.
			return
		}
		in.next.revision = c.resolved
		in.outlasts = c.resolved <= kept
		add(c.Client, c.era, c.begin, min(end, found.observed), in)
		return
	}
	// A durable write is seen only when it is durable, and the watchers saw all of those.
	if c.Lazy || t.h.mode == "server" && w.Value == nil {
		in.optional = true
		add(c.Client, c.era, c.begin, end, in)
	}
}
