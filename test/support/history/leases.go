package main

// clock is the leases' time: it goes on with the caller's clock, and stands when that is set back.
type clock struct {
	millis, now uint64
}

const setBackMillis = 1000

func (c *clock) advance(now uint64) {
	if now > c.now {
		c.millis += now - c.now
		c.now = now
	} else if c.now-now > setBackMillis {
		c.now = now
	}
}

// checkLeases: of what was granted or renewed since the store was opened, exactly what ran out ends.
// In a history of one thread, whose order is the order of the calls.
func (t *truth) checkLeases() {
	if t.h.mode != "simulate" {
		return
	}
	era := -1
	var time clock
	ends := map[uint64]uint64{}
	for _, c := range t.h.calls {
		if c.era != era {
			era = c.era
			time = clock{now: t.h.eras[era].open.Now}
			ends = map[uint64]uint64{}
		}
		if c.Op == "revoke" {
			delete(ends, c.Lease)
		}
		if c.Now == 0 || c.answer == nil {
			continue
		}
		if e := c.answer.Error; e == "" || e == "leaseNotFound" {
			time.advance(c.Now)
		}
		switch {
		case c.Op == "grant" || c.Op == "renew":
			if c.isDone() {
				ends[c.answer.Lease] = time.millis + c.answer.TTL*1000
			} else if end, known := ends[c.Lease]; known && c.answer.Error == "leaseNotFound" && time.millis < end {
				t.h.problem(c.end, "lease %d is not found %d ms before its end", c.Lease, end-time.millis)
			}
		case c.Op == "expire" && c.isDone():
			t.checkExpiry(c, ends, time.millis)
		}
	}
}

func (t *truth) checkExpiry(c *call, ends map[uint64]uint64, now uint64) {
	for _, lease := range c.answer.Leases {
		if end, known := ends[lease]; known && now < end {
			t.h.problem(c.end, "lease %d ends %d ms early", lease, end-now)
		}
		delete(ends, lease)
	}
	for lease, end := range ends {
		if end <= now {
			t.h.problem(c.end, "lease %d stays %d ms after its end", lease, now-end)
		}
	}
}
