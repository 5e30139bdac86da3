//! Revisions, keys, transactions, watch fan-out, write-ahead log, snapshots and leases.
