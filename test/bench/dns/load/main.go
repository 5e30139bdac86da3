// Asks a DNS server as fast as it answers, and says how often it did.
//
// Usage: dnsload HOST:PORT FILE SECONDS udp|tcp. The file has a name and a type a line; they are
// asked in turn. Prints one line: responses, those without an answer, and lost queries.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	sockets = 4
	// Queries that each socket has under way.
	window = 32
	// After so long a query is given up.
	patience = 300 * time.Millisecond
)

type tally struct{ responses, empty, lost int }

func readQueries(path string) ([][]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var queries [][]byte
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, kind, _ := strings.Cut(lines.Text(), " ")
		message := new(dns.Msg)
		message.SetQuestion(dns.Fqdn(name), dns.StringToType[kind])
		packed, err := message.Pack()
		if err != nil {
			return nil, err
		}
		queries = append(queries, packed)
	}
	return queries, nil
}

// A dialogue sends whole messages to one server, and reads whole ones.
type dialogue struct {
	net.Conn
	// Of a stream; nil where each datagram is a message.
	stream *bufio.Reader
	buffer []byte
}

func dial(network, address string) (*dialogue, error) {
	conn, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	found := &dialogue{Conn: conn, buffer: make([]byte, 65536)}
	if network == "tcp" {
		found.stream = bufio.NewReaderSize(conn, 65536)
	}
	return found, nil
}

func (d *dialogue) send(message []byte) error {
	if d.stream != nil {
		length := len(message)
		message = append([]byte{byte(length >> 8), byte(length)}, message...)
	}
	_, err := d.Write(message)
	return err
}

func (d *dialogue) receive() ([]byte, error) {
	if d.stream == nil {
		length, err := d.Read(d.buffer)
		return d.buffer[:length], err
	}
	var head [2]byte
	if _, err := io.ReadFull(d.stream, head[:]); err != nil {
		return nil, err
	}
	message := d.buffer[:int(head[0])<<8|int(head[1])]
	_, err := io.ReadFull(d.stream, message)
	return message, err
}

func ask(network, address string, queries [][]byte, from int, until time.Time) (tally, error) {
	var found tally
	conn, err := dial(network, address)
	if err != nil {
		return found, err
	}
	defer conn.Close()
	next := from
	send := func() error {
		query := queries[next%len(queries)]
		next += sockets
		return conn.send(query)
	}
	underWay := 0
	for time.Now().Before(until) {
		for ; underWay < window; underWay++ {
			if err := send(); err != nil {
				return found, err
			}
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return found, err
		}
		// The deadline is far enough for a few responses.
		for range window / 2 {
			response, err := conn.receive()
			if err != nil {
				if timeout, ok := err.(net.Error); ok && timeout.Timeout() && network == "udp" {
					found.lost += underWay
					underWay = 0
					break
				}
				return found, err
			}
			found.responses++
			underWay--
			if len(response) < 12 || response[6] == 0 && response[7] == 0 {
				found.empty++
			}
		}
	}
	return found, nil
}

func run() error {
	if len(os.Args) != 5 || os.Args[4] != "udp" && os.Args[4] != "tcp" {
		return fmt.Errorf("usage: dnsload HOST:PORT FILE SECONDS udp|tcp")
	}
	queries, err := readQueries(os.Args[2])
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseFloat(os.Args[3], 64)
	if err != nil {
		return err
	}
	until := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	var wait sync.WaitGroup
	var lock sync.Mutex
	var all tally
	var failed error
	for index := range sockets {
		wait.Go(func() {
			one, err := ask(os.Args[4], os.Args[1], queries, index, until)
			lock.Lock()
			defer lock.Unlock()
			all.responses += one.responses
			all.empty += one.empty
			all.lost += one.lost
			if err != nil {
				failed = err
			}
		})
	}
	wait.Wait()
	fmt.Println(all.responses, all.empty, all.lost)
	return failed
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
