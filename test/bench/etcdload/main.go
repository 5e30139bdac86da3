// Command etcdload measures an etcd: so many clients, each with one request at a time.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

type result struct {
	Operation       string  `json:"operation"`
	Clients         int     `json:"clients"`
	Count           int     `json:"count"`
	PerSecond       float64 `json:"perSecond"`
	P50Milliseconds float64 `json:"p50Milliseconds"`
	P99Milliseconds float64 `json:"p99Milliseconds"`
}

// Bytes of what is written.
const value = 1024

// What each operation asks; the number is one of its own.
var operations = map[string]func(context.Context, *clientv3.Client, int64) error{
	"put": func(ctx context.Context, c *clientv3.Client, n int64) error {
		_, err := c.Put(ctx, fmt.Sprintf("/registry/pods/load/p%08d", n%20000), strings.Repeat("v", value))
		return err
	},
	// As an API server creates.
	"create": func(ctx context.Context, c *clientv3.Client, n int64) error {
		key := fmt.Sprintf("/registry/configmaps/load/c%018d", n)
		response, err := c.Txn(ctx).
			If(clientv3.Compare(clientv3.ModRevision(key), "=", 0)).
			Then(clientv3.OpPut(key, strings.Repeat("v", value))).
			Else(clientv3.OpGet(key)).Commit()
		if err == nil && !response.Succeeded {
			return fmt.Errorf("%s was there", key)
		}
		return err
	},
	"get": func(ctx context.Context, c *clientv3.Client, n int64) error {
		_, err := c.Get(ctx, fmt.Sprintf("/registry/pods/load/p%08d", n%20000))
		return err
	},
	"list500": func(ctx context.Context, c *clientv3.Client, n int64) error {
		_, err := c.Get(ctx, "/registry/configmaps/load/", clientv3.WithRange("/registry/configmaps/load0"), clientv3.WithLimit(500))
		return err
	},
}

func measure(endpoint, name string, clients int, seconds float64) (result, error) {
	operation, known := operations[name]
	if !known {
		return result{}, fmt.Errorf("%s is no operation", name)
	}
	// Ten streams a connection at most, as busy API servers have.
	connections := make([]*clientv3.Client, (clients+9)/10)
	for at := range connections {
		client, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}})
		if err != nil {
			return result{}, err
		}
		defer client.Close()
		connections[at] = client
	}
	ctx := context.Background()
	var wait sync.WaitGroup
	var failed atomic.Value
	var next atomic.Int64
	// Keys of another run are not met.
	next.Store(time.Now().UnixMilli() % 1e9 * 1e6)
	all := make([][]time.Duration, clients)
	began := time.Now()
	end := began.Add(time.Duration(seconds * float64(time.Second)))
	for at := range clients {
		wait.Go(func() {
			client := connections[at%len(connections)]
			for {
				from := time.Now()
				if from.After(end) {
					return
				}
				if err := operation(ctx, client, next.Add(1)); err != nil {
					failed.Store(err)
					return
				}
				all[at] = append(all[at], time.Since(from))
			}
		})
	}
	wait.Wait()
	took := time.Since(began)
	if err, ok := failed.Load().(error); ok {
		return result{}, err
	}
	times := slices.Concat(all...)
	slices.Sort(times)
	at := func(part float64) float64 {
		return float64(times[int(part*float64(len(times)-1))].Microseconds()) / 1000
	}
	return result{
		Operation:       name,
		Clients:         clients,
		Count:           len(times),
		PerSecond:       float64(len(times)) / took.Seconds(),
		P50Milliseconds: at(0.5),
		P99Milliseconds: at(0.99),
	}, nil
}

func main() {
	endpoint := flag.String("endpoint", "", "host:port")
	operation := flag.String("operation", "put", "what is asked")
	clients := flag.Int("clients", 1, "each with one request at a time")
	seconds := flag.Float64("seconds", 2, "how long")
	flag.Parse()
	measured, err := measure(*endpoint, *operation, *clients, *seconds)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	line, _ := json.Marshal(measured)
	fmt.Println(string(line))
}
