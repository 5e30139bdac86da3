package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// item is a version of a key as a reader was told it.
type item struct {
	Key      string `json:"key"`
	Value    string `json:"value"`
	Revision uint64 `json:"revision"`
	Created  uint64 `json:"created"`
	Version  uint64 `json:"version"`
	Lease    uint64 `json:"lease"`
}

type event struct {
	Kind     string `json:"kind"`
	Revision uint64 `json:"revision"`
	Order    uint64 `json:"order"`
	Key      string `json:"key"`
	Value    string `json:"value"`
	Previous uint64 `json:"previous"`
	Created  uint64 `json:"created"`
	Version  uint64 `json:"version"`
	Lease    uint64 `json:"lease"`
}

type write struct {
	Key   string  `json:"key"`
	Value *string `json:"value"`
	Lease uint64  `json:"lease"`
}

// compare holds when the key has this revision; 0 is absent. Basis is the value that the client had
// read there.
type compare struct {
	Key      string  `json:"key"`
	Revision uint64  `json:"revision"`
	Basis    *string `json:"basis"`
}

// line is any line of a history; which fields it has, its type says.
type line struct {
	Type string `json:"type"`
	ID   uint64 `json:"id"`
	// run
	Mode string `json:"mode"`
	Seed string `json:"seed"`
	// open
	Newest    uint64   `json:"newest"`
	At        uint64   `json:"at"`
	Clean     bool     `json:"clean"`
	Compacted uint64   `json:"compacted"`
	Leases    []uint64 `json:"leases"`
	// crash
	How string `json:"how"`
	// call
	Client   int       `json:"client"`
	Op       string    `json:"op"`
	Writes   []write   `json:"writes"`
	Compare  []compare `json:"compare"`
	Lazy     bool      `json:"lazy"`
	Key      string    `json:"key"`
	Prefix   string    `json:"prefix"`
	Color    string    `json:"color"`
	Node     string    `json:"node"`
	Observes bool      `json:"observes"`
	After    uint64    `json:"after"`
	Lease    uint64    `json:"lease"`
	TTL      uint64    `json:"ttl"`
	Now      uint64    `json:"now"`
	// return
	Revision  uint64 `json:"revision"`
	Succeeded bool   `json:"succeeded"`
	Place     int    `json:"place"`
	Found     *item  `json:"found"`
	// The compare did not hold, and nobody told what there was.
	Unseen   bool   `json:"unseen"`
	Previous []item `json:"previous"`
	Item     *item  `json:"item"`
	Items    []item `json:"items"`
	Error    string `json:"error"`
	Message  string `json:"message"`
	Effect   string `json:"effect"`
	// batch
	Watch  uint64  `json:"watch"`
	Events []event `json:"events"`
	Seen   uint64  `json:"seen"`
	Ended  string  `json:"ended"`
}

// call is something that a client asked for. Its times are places in the history.
type call struct {
	line
	era      int
	begin    int
	end      int
	answer   *line
	batches  []batch
	resolved uint64
}

type batch struct {
	line
	at int
}

// isKnown says whether the client was told what became of it.
func (c *call) isKnown() bool {
	return c.answer != nil && c.answer.Effect != "unknown"
}

func (c *call) isDone() bool {
	return c.answer != nil && c.answer.Error == ""
}

// era is the time from one opening of the store to the next.
type era struct {
	open  line
	begin int
	// The place where the store ended.
	end int
	// Everything up to here was seen by a watcher of everything, then or later.
	covered uint64
	// The newest revision that the next opening found: what is above is lost.
	kept uint64
}

type history struct {
	mode  string
	lines int
	eras  []era
	calls []*call
	byID  map[uint64]*call
	// Ended in order, after every watcher read to the end.
	ended    bool
	problems []string
}

const everything = uint64(1) << 53

const maxProblems = 20

func (h *history) problem(at int, format string, arguments ...any) {
	if len(h.problems) < maxProblems {
		h.problems = append(h.problems, fmt.Sprintf("line %d: ", at+1)+fmt.Sprintf(format, arguments...))
	}
}

func read(path string) (*history, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	h := &history{byID: map[uint64]*call{}}
	lines := bufio.NewReaderSize(file, 1<<20)
	var cut error
	for at := 0; ; at++ {
		text, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(text)) == 0 {
			if err != nil {
				break
			}
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			// What a process that was killed was writing.
			cut = fmt.Errorf("%s:%d: %w", path, at+1, err)
			continue
		}
		if cut != nil && l.Type != "crash" {
			return nil, cut
		}
		cut = nil
		if err := h.add(at, &l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, at+1, err)
		}
		h.lines = at + 1
	}
	h.finish()
	return h, nil
}

func (h *history) add(at int, l *line) error {
	last := len(h.eras) - 1
	switch l.Type {
	case "run":
		h.mode = l.Mode
	case "open":
		h.eras = append(h.eras, era{open: *l, begin: at, end: -1, kept: everything})
	case "crash":
		if last >= 0 && h.eras[last].end < 0 {
			h.eras[last].end = at
		}
	case "end":
		h.ended = true
	case "call":
		c := &call{line: *l, era: last, begin: at, end: -1}
		h.calls = append(h.calls, c)
		if h.byID[l.ID] != nil {
			return fmt.Errorf("call %d is there twice", l.ID)
		}
		h.byID[l.ID] = c
	case "return":
		c := h.byID[l.ID]
		if c == nil || c.answer != nil {
			return fmt.Errorf("a return without its call")
		}
		answer := *l
		c.answer, c.end = &answer, at
	case "batch":
		c := h.byID[l.Watch]
		if c == nil || c.Op != "watch" {
			return fmt.Errorf("a batch without its watch")
		}
		c.batches = append(c.batches, batch{*l, at})
	default:
		return fmt.Errorf("no type %q", l.Type)
	}
	return nil
}

// finish settles where things end that nobody told the end of.
func (h *history) finish() {
	for i := range h.eras {
		e := &h.eras[i]
		if e.end < 0 {
			e.end = h.lines
		}
		if i+1 < len(h.eras) && h.eras[i+1].open.Newest > 0 {
			e.kept = h.eras[i+1].open.Newest
		}
		e.covered = e.kept
		if e.kept == everything {
			e.covered = 0
		}
	}
	for _, c := range h.calls {
		if !c.isKnown() {
			c.end = h.eras[c.era].end
		}
		if c.Op == "watch" && c.Observes {
			for _, b := range c.batches {
				e := &h.eras[c.era]
				e.covered = max(e.covered, b.Seen)
			}
		}
	}
	// Where nobody says what an opening found, the next era's watchers of everything do.
	for i := len(h.eras) - 2; i >= 0; i-- {
		if h.eras[i].kept == everything {
			h.eras[i].covered = max(h.eras[i].covered, h.eras[i+1].covered)
		}
	}
}

// eraOf is when a revision was given.
func (h *history) eraOf(revision uint64) int {
	if h.mode == "server" {
		// All that a watch of it is told is durable, and part of every later era.
		return 0
	}
	for i := len(h.eras) - 1; i > 0; i-- {
		if h.eras[i].open.At < revision {
			return i
		}
	}
	return 0
}

// isLost says whether an unclean end before this era took the numbers around this one.
func (h *history) isLost(revision uint64, before int) bool {
	for i := 0; i <= before; i++ {
		o := h.eras[i].open
		if !o.Clean && o.Newest < revision && revision < o.At {
			return true
		}
	}
	return false
}
