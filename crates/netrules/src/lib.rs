//! Desired network rules and their incremental difference for iptables, IPVS and nftables.
