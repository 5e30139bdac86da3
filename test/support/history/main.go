// Checks histories that the store's and the API server's drivers wrote: one JSON object a line.
// Prints one JSON object for each file that is named; exit code 1 when a history is not one that a
// correct store can have.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"

	"github.com/anishathalye/porcupine"
)

type verdict struct {
	File       string   `json:"file"`
	Lines      int      `json:"lines"`
	Eras       int      `json:"eras"`
	Operations int      `json:"operations"`
	Changes    int      `json:"changes"`
	Events     int      `json:"events"`
	Problems   []string `json:"problems"`
}

func check(path string) (verdict, error) {
	h, err := read(path)
	if err != nil {
		return verdict{}, err
	}
	t := h.truth()
	t.checkNumbers()
	t.checkWatches()
	t.checkReads()
	t.checkLeases()
	operations := t.checkKeys()
	events := 0
	for _, c := range h.calls {
		for _, b := range c.batches {
			events += len(b.Events)
		}
	}
	problems := h.problems
	if problems == nil {
		problems = []string{}
	}
	return verdict{path, h.lines, len(h.eras), operations, len(t.changes), events, problems}, nil
}

func main() {
	bad := false
	for _, path := range os.Args[1:] {
		v, err := check(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		text, err := json.Marshal(v)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Println(string(text))
		bad = bad || len(v.Problems) > 0
	}
	if bad {
		os.Exit(1)
	}
}

func number(revision uint64) string {
	return strconv.FormatUint(revision, 10)
}

func sortMarks(marks []mark) {
	sort.SliceStable(marks, func(i, j int) bool { return marks[i].at < marks[j].at })
}

func sortOperations(history []porcupine.Operation) {
	sort.SliceStable(history, func(i, j int) bool { return history[i].Return < history[j].Return })
}

// between are the changes after one revision up to another.
func (t *truth) between(after, upTo uint64) []*change {
	if upTo <= after {
		return nil
	}
	from := sort.Search(len(t.changes), func(i int) bool { return t.changes[i].revision > after })
	to := sort.Search(len(t.changes), func(i int) bool { return t.changes[i].revision > upTo })
	return t.changes[from:to]
}
