//! N-API glue and nothing else: no rule of the system lives here.
// As a test nothing is registered with Node, so that nobody calls anything.
#![cfg_attr(test, allow(dead_code))]

mod binding_apart;
mod binding_apply;
mod binding_codec;
mod binding_dns;
mod binding_dns_counters;
mod binding_dns_forward;
mod binding_dns_streams;
mod binding_dns_udp;
mod binding_etcd_server;
mod binding_front;
mod binding_memory;
mod binding_netrules;
mod binding_notify;
mod binding_peers;
mod binding_pipes;
mod binding_random;
mod binding_rules;
mod binding_scheduling;
mod binding_seats;
mod binding_store;
mod binding_store_etcd;
mod binding_store_list;
mod binding_store_numbers;
mod binding_store_offline;
mod binding_store_open;
mod binding_store_reads;
mod binding_store_requests;
mod binding_store_shared;
mod binding_store_views;
mod binding_store_wake;
mod binding_store_watch;
mod binding_store_writes;

use napi_derive::napi;

/// The version of the addon, equal to the package's.
#[napi]
pub fn addon_version() -> String {
    env!("CARGO_PKG_VERSION").to_string()
}

/// A number of the functions and structures that JavaScript sees: it changes when they do.
#[napi]
pub fn addon_interface() -> String {
    env!("STEERSMAN_INTERFACE").to_string()
}
