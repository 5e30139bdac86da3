//! What of a member is in a file of etcd's own, bucket by bucket.

use std::collections::BTreeMap;

use prost::Message;
use steersman_etcdapi::StoredLease;
use steersman_store::{Entry, LeaseInfo, Revision};

use super::bolt::{Bucket, Content, File};
use crate::encode::{key_value, key_value_length};
use crate::engine::{Engine, RAFT_TERM, storage_key};
use crate::{SERVER_VERSION, cluster_version};

/// Main and sub revision with a line between; and the mark of a deletion.
const REVISION_BYTES: usize = 17;

/// Versions of keys by their revisions.
struct Versions(Vec<Entry>);

impl Content for Versions {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn lengths(&self, at: usize) -> (usize, usize) {
        let entry = &self.0[at];
        let mark = usize::from(entry.is_deletion());
        (REVISION_BYTES + mark, key_value_length(entry))
    }

    fn key(&self, at: usize) -> Vec<u8> {
        storage_key(&self.0[at])
    }

    fn value(&self, at: usize) -> Vec<u8> {
        key_value(&self.0[at])
    }
}

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

fn pair(key: &str, value: impl Into<Vec<u8>>) -> (Vec<u8>, Vec<u8>) {
    (key.as_bytes().to_vec(), value.into())
}

fn revision_key(revision: Revision) -> Vec<u8> {
    let mut key = revision.to_be_bytes().to_vec();
    key.push(b'_');
    key.extend_from_slice(&[0; 8]);
    key
}

/// As of now: history from the compacted revision on, leases, users. Takes as long as the keys need
/// to be looked at once.
pub fn file(engine: &Engine) -> File {
    let store = &engine.store;
    let mut leases: BTreeMap<u64, LeaseInfo> = BTreeMap::new();
    // Those of before and after, so that no key of the revision between loses its own.
    let mut see = || {
        let found = store.leases().into_iter().filter_map(|id| store.lease(id));
        leases.extend(found.map(|lease| (lease.lease_id, lease)));
    };
    see();
    let users = engine.auth.snapshot();
    let compacted = engine.forgotten();
    let oldest = Revision::try_from(compacted).unwrap_or(0);
    let newest = store.current_revision();
    let mut versions = store.versions(oldest, newest);
    see();
    // A deletion at the compacted revision deletes nothing that is there.
    versions.retain(|entry| !entry.is_deletion() || entry.mod_revision() > oldest);
    let lease = |lease: &LeaseInfo| {
        let stored = StoredLease {
            id: lease.lease_id as i64,
            ttl: i64::try_from(lease.ttl_seconds).unwrap_or(i64::MAX),
        };
        (
            lease.lease_id.to_be_bytes().to_vec(),
            stored.encode_to_vec(),
        )
    };
    let named = |name: &str, message: Vec<u8>| (name.as_bytes().to_vec(), message);
    let auth = vec![
        pair("authEnabled", [u8::from(users.enabled)]),
        pair("authRevision", users.revision.to_be_bytes()),
    ];
    let roles: Pairs = users
        .roles()
        .map(|role| named(&role.name, role.encode_to_vec()))
        .collect();
    let people: Pairs = users
        .users()
        .map(|user| named(&user.name, user.encode_to_vec()))
        .collect();
    let cluster = vec![pair("clusterVersion", SERVER_VERSION)];
    let leases: Pairs = leases.values().map(lease).collect();
    let bucket = |name, content| Bucket { name, content };
    let few = |name, pairs: Pairs| bucket(name, Box::new(pairs));
    File::plan(vec![
        few("alarm", Vec::new()),
        few("auth", auth),
        few("authRoles", roles),
        few("authUsers", people),
        few("cluster", cluster),
        bucket("key", Box::new(Versions(versions))),
        few("lease", leases),
        few("members", Vec::new()),
        few("members_removed", Vec::new()),
        few("meta", meta(engine, compacted, newest)),
    ])
}

fn meta(engine: &Engine, compacted: i64, newest: Revision) -> Pairs {
    let voters = format!(
        "{{\"voters\":[{}],\"auto_leave\":false}}",
        engine.header.member_id
    );
    let mut pairs = vec![
        pair("confState", voters),
        pair("consistent_index", newest.to_be_bytes()),
        pair("storageVersion", format!("{}.0", cluster_version())),
        pair("term", RAFT_TERM.to_be_bytes()),
    ];
    if let Ok(compacted) = Revision::try_from(compacted) {
        pairs.push(pair("finishedCompactRev", revision_key(compacted)));
        pairs.push(pair("scheduledCompactRev", revision_key(compacted)));
    }
    pairs.sort();
    pairs
}
