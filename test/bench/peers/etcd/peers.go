//go:build peers

// Package peers names etcd's program, so that the lock file pins what it is built of. Nothing of it
// is compiled here.
package peers

import (
	_ "go.etcd.io/etcd/server/v3/etcdmain"
)
