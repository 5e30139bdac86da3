//! Calls of one request and one response.

use bytes::Bytes;
use prost::Message;
use steersman_etcdapi as m;
use steersman_store::{
    Durability, Entry, OperationResult, Outcome, Reason, Revision, Store, Transaction,
};

use crate::SERVER_VERSION;
use crate::auth::{Access, Caller};
use crate::encode::Header;
use crate::engine::{MAX_LEASE_SECONDS, MIN_LEASE_SECONDS};
use crate::grpc::{framed, framed_message};
use crate::kv;
use crate::member::random_number;
use crate::metrics::add;
use crate::status::{Code, Status};
use crate::worker::Worker;

pub fn signed(revision: Revision) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

pub fn read<T: Message + Default>(message: Bytes) -> Result<T, Status> {
    T::decode(message).map_err(|_| Status::UNREADABLE)
}

pub fn header(header: &Header, revision: Revision) -> Option<m::ResponseHeader> {
    Some(m::ResponseHeader {
        cluster_id: header.cluster_id,
        member_id: header.member_id,
        revision: signed(revision),
        raft_term: header.raft_term,
    })
}

/// NOSPACE of etcd's alarms; the other one never rings here.
const NO_SPACE: i32 = 1;

impl Worker {
    /// The response to the request of a call, with its head.
    pub async fn call(&self, path: &str, request: Bytes, caller: &Caller) -> Result<Bytes, Status> {
        if let Some(method) = path.strip_prefix("etcdserverpb.Auth/") {
            return self.auth_call(method, request, caller).await;
        }
        match path {
            "etcdserverpb.KV/Range" => self.range(&read(request)?, caller),
            "etcdserverpb.KV/Put" => self.put(request, caller).await,
            "etcdserverpb.KV/DeleteRange" => self.delete(request, caller).await,
            "etcdserverpb.KV/Txn" => self.txn(request, caller).await,
            "etcdserverpb.KV/Compact" => self.compact(&read(request)?, caller),
            "etcdserverpb.Lease/LeaseGrant" => self.grant(&read(request)?, caller).await,
            "etcdserverpb.Lease/LeaseRevoke" => self.revoke(&read(request)?, caller).await,
            "etcdserverpb.Lease/LeaseTimeToLive" => self.time_to_live(&read(request)?, caller),
            "etcdserverpb.Lease/LeaseLeases" => self.leases(caller),
            "etcdserverpb.Maintenance/Status" => self.status(caller),
            "etcdserverpb.Maintenance/Alarm" => self.alarm(&read(request)?, caller),
            "etcdserverpb.Maintenance/Defragment" => self.defragment(caller),
            "etcdserverpb.Maintenance/Hash" => self.hash(caller),
            "etcdserverpb.Maintenance/HashKV" => self.hash_kv(&read(request)?, caller),
            "etcdserverpb.Cluster/MemberList" => self.members(caller),
            // SERVING, whichever service is asked for.
            "grpc.health.v1.Health/Check" => Ok(framed(|out| out.extend_from_slice(&[8, 1]))),
            _ => Err(Status::unimplemented(path)),
        }
    }

    fn check_size(&self, request: &Bytes) -> Result<(), Status> {
        if request.len() > self.engine.options.max_request_bytes {
            return Err(Status::REQUEST_TOO_LARGE);
        }
        Ok(())
    }

    pub fn header(&self, revision: Revision) -> Option<m::ResponseHeader> {
        header(&self.engine.header, revision)
    }

    pub fn done(&self, revision: Revision) -> Bytes {
        framed_message(&m::Done {
            header: self.header(revision),
        })
    }

    fn range(&self, request: &m::RangeRequest, caller: &Caller) -> Result<Bytes, Status> {
        kv::check_range(request)?;
        add(&self.engine.metrics.ranges, 1);
        let (found, newest) = {
            let access = self.engine.auth.access(caller)?;
            access.check_read(&request.key, &request.range_end)?;
            self.engine
                .range(&kv::store_range(request, self.engine.oldest()))?
        };
        let header = Some(&self.engine.header);
        Ok(framed(|out| {
            kv::put_range_response(out, header, request, found, newest);
        }))
    }

    /// Writes what the caller may: nothing of that changes until it is done.
    async fn write(
        &self,
        transaction: Transaction,
        caller: &Caller,
        check: impl FnOnce(&Access<'_>, &Store) -> Result<(), Status>,
    ) -> Result<Outcome, Status> {
        let submitted = {
            let store = &self.engine.store;
            let access = self.engine.auth.access(caller)?;
            check(&access, store)?;
            let submit = || store.submit(&self.session, transaction, Durability::Durable);
            store.guarded(submit)??
        };
        self.outcome(submitted).await
    }

    async fn put(&self, message: Bytes, caller: &Caller) -> Result<Bytes, Status> {
        self.check_size(&message)?;
        self.engine.check_space(message.len())?;
        let request: m::PutRequest = read(message)?;
        kv::check_put(&request)?;
        add(&self.engine.metrics.puts, 1);
        let put = steersman_store::Operation::Put(kv::store_put(&request));
        let check = |access: &Access<'_>, store: &Store| access.check_put(store, &request);
        let outcome = self.write(only(put), caller, check).await?;
        let header = Some(&self.engine.header);
        let previous: Option<&Entry> = match outcome.results.first() {
            Some(OperationResult::Put { previous }) => previous.as_ref(),
            _ => None,
        };
        Ok(framed(|out| {
            kv::put_put_response(out, header, &request, outcome.revision, previous);
        }))
    }

    async fn delete(&self, message: Bytes, caller: &Caller) -> Result<Bytes, Status> {
        self.check_size(&message)?;
        let request: m::DeleteRangeRequest = read(message)?;
        kv::check_delete(&request)?;
        add(&self.engine.metrics.deletes, 1);
        let delete = only(kv::store_delete(&request));
        let check = |access: &Access<'_>, _: &Store| access.check_delete(&request);
        let outcome = self.write(delete, caller, check).await?;
        let header = Some(&self.engine.header);
        let previous: &[Entry] = match outcome.results.first() {
            Some(OperationResult::Delete { previous }) => previous,
            _ => &[],
        };
        Ok(framed(|out| {
            kv::put_delete_response(out, header, &request, outcome.revision, previous);
        }))
    }

    async fn txn(&self, message: Bytes, caller: &Caller) -> Result<Bytes, Status> {
        self.check_size(&message)?;
        let bytes = message.len();
        let request: m::TxnRequest = read(message)?;
        kv::check_txn(&request, self.engine.options.max_txn_operations)?;
        if kv::puts_anything(&request) {
            self.engine.check_space(bytes)?;
        }
        add(&self.engine.metrics.transactions, 1);
        let transaction = kv::store_txn(&request, self.engine.oldest());
        let check = |access: &Access<'_>, store: &Store| access.check_txn(store, &request);
        let outcome = self.write(transaction, caller, check).await?;
        let header = &self.engine.header;
        Ok(framed(|out| {
            kv::put_txn_response(out, header, &request, outcome);
        }))
    }

    fn compact(&self, request: &m::CompactionRequest, caller: &Caller) -> Result<Bytes, Status> {
        self.engine.auth.access(caller)?.check_admin()?;
        let revision = self.engine.compact(request.revision)?;
        Ok(self.done(revision))
    }

    async fn grant(
        &self,
        request: &m::LeaseGrantRequest,
        caller: &Caller,
    ) -> Result<Bytes, Status> {
        self.engine.auth.access(caller)?.check_user()?;
        if request.ttl > MAX_LEASE_SECONDS {
            return Err(Status::LEASE_TTL_TOO_LARGE);
        }
        self.engine.check_space(0)?;
        let engine = &self.engine;
        let id = match request.id {
            0 => random_number()?,
            id => id as u64,
        };
        let seconds = request.ttl.max(MIN_LEASE_SECONDS);
        let grant = || {
            let (session, now) = (&self.session, engine.now_millis());
            engine
                .store
                .submit_lease(session, id, seconds.unsigned_abs(), now)
        };
        let (_, submitted) = engine
            .store
            .guarded(grant)?
            .map_err(|error| match error.reason {
                Reason::InvalidRequest => Status::LEASE_EXISTS,
                _ => error.into(),
            })?;
        let outcome = self.outcome(submitted).await?;
        Ok(framed_message(&m::LeaseGrantResponse {
            header: self.header(outcome.revision),
            id: id as i64,
            ttl: seconds,
            error: String::new(),
        }))
    }

    async fn revoke(
        &self,
        request: &m::LeaseRevokeRequest,
        caller: &Caller,
    ) -> Result<Bytes, Status> {
        let store = &self.engine.store;
        let id = request.id as u64;
        let submitted = {
            let access = self.engine.auth.access(caller)?;
            access.check_user()?;
            access.check_lease_writes(store, request.id)?;
            let revoke = || store.revoke_lease(&self.session, id, Durability::Durable);
            store.guarded(revoke)??
        };
        let outcome = self.outcome(submitted).await?;
        Ok(self.done(outcome.revision))
    }

    fn time_to_live(
        &self,
        request: &m::LeaseTimeToLiveRequest,
        caller: &Caller,
    ) -> Result<Bytes, Status> {
        let engine = &self.engine;
        let access = engine.auth.access(caller)?;
        access.check_user()?;
        if request.keys {
            access.check_lease_reads(&engine.store, request.id)?;
        }
        let mut response = m::LeaseTimeToLiveResponse {
            header: self.header(engine.store.current_revision()),
            id: request.id,
            ttl: -1,
            ..m::LeaseTimeToLiveResponse::default()
        };
        let now = engine.now_millis();
        let lease = engine.store.lease(request.id as u64);
        if let Some(lease) = lease.filter(|lease| lease.expires_at_millis > now) {
            response.ttl = signed((lease.expires_at_millis - now) / 1000);
            response.granted_ttl = signed(lease.ttl_seconds);
            if request.keys {
                let keys = engine.store.lease_keys(lease.lease_id);
                response.keys = keys.iter().map(|key| Bytes::copy_from_slice(key)).collect();
            }
        }
        Ok(framed_message(&response))
    }

    /// The one that runs out first comes first, as in etcd.
    fn leases(&self, caller: &Caller) -> Result<Bytes, Status> {
        let store = &self.engine.store;
        let access = self.engine.auth.access(caller)?;
        access.check_user()?;
        if access.check_admin().is_err() {
            for id in store.leases() {
                access.check_lease_reads(store, id as i64)?;
            }
        }
        let mut leases: Vec<_> = store
            .leases()
            .into_iter()
            .filter_map(|id| store.lease(id))
            .collect();
        leases.sort_by_key(|lease| (lease.expires_at_millis, lease.lease_id));
        let status = |lease: &steersman_store::LeaseInfo| m::LeaseStatus {
            id: lease.lease_id as i64,
        };
        Ok(framed_message(&m::LeaseLeasesResponse {
            header: self.header(store.current_revision()),
            leases: leases.iter().map(status).collect(),
        }))
    }

    fn status(&self, caller: &Caller) -> Result<Bytes, Status> {
        let engine = &self.engine;
        engine.auth.access(caller)?.check_user()?;
        let revision = engine.store.current_revision();
        let index = revision;
        let mut errors = Vec::new();
        if engine.has_no_space() {
            errors.push(format!(
                "memberID:{} alarm:NOSPACE ",
                engine.header.member_id
            ));
        }
        errors.extend(engine.store.health().err().map(|error| error.to_string()));
        Ok(framed_message(&m::StatusResponse {
            header: self.header(revision),
            version: SERVER_VERSION.to_owned(),
            db_size: signed(engine.disk_bytes()),
            leader: engine.header.member_id,
            raft_index: index,
            raft_term: engine.header.raft_term,
            raft_applied_index: index,
            errors,
            db_size_in_use: signed(engine.used_bytes()),
            is_learner: false,
            storage_version: format!("{}.0", crate::cluster_version()),
            db_size_quota: signed(engine.options.quota_bytes),
            downgrade_info: Some(m::DowngradeInfo::default()),
        }))
    }

    fn alarm(&self, request: &m::AlarmRequest, caller: &Caller) -> Result<Bytes, Status> {
        let engine = &self.engine;
        match request.action {
            0 => engine.auth.access(caller)?.check_user()?,
            _ => engine.auth.access(caller)?.check_admin()?,
        }
        let own = engine.header.member_id;
        let concerned = request.member_id == 0 || request.member_id == own;
        let ringing = m::AlarmMember {
            member_id: own,
            alarm: NO_SPACE,
        };
        let mut alarms = Vec::new();
        match request.action {
            0 => {
                let asked = request.alarm == 0 || request.alarm == NO_SPACE;
                if asked && concerned && engine.has_no_space() {
                    alarms.push(ringing);
                }
            }
            1 if request.alarm == NO_SPACE && concerned => {
                engine.set_no_space(true)?;
                alarms.push(ringing);
            }
            2 => {
                let asked = request.alarm == NO_SPACE && concerned;
                if asked && engine.has_no_space() {
                    engine.set_no_space(false)?;
                    alarms.push(ringing);
                }
            }
            _ => {
                let message = "only the alarm NOSPACE of this member can be set";
                return Err(Status::new(Code::Unimplemented, message));
            }
        }
        Ok(framed_message(&m::AlarmResponse {
            header: self.header(engine.store.current_revision()),
            alarms,
        }))
    }

    fn defragment(&self, caller: &Caller) -> Result<Bytes, Status> {
        self.engine.auth.access(caller)?.check_admin()?;
        self.engine.defragment();
        // etcd's own header is empty here, too.
        Ok(framed_message(&m::Done { header: None }))
    }

    fn hash(&self, caller: &Caller) -> Result<Bytes, Status> {
        self.engine.auth.access(caller)?.check_admin()?;
        let (hash, _, revision) = self.engine.hash(0)?;
        Ok(framed_message(&m::HashResponse {
            header: self.header(revision),
            hash,
        }))
    }

    fn hash_kv(&self, request: &m::HashKvRequest, caller: &Caller) -> Result<Bytes, Status> {
        self.engine.auth.access(caller)?.check_admin()?;
        let (hash, compact_revision, revision) = self.engine.hash(request.revision)?;
        Ok(framed_message(&m::HashKvResponse {
            header: self.header(self.engine.store.current_revision()),
            hash,
            compact_revision,
            hash_revision: signed(revision),
        }))
    }

    fn members(&self, caller: &Caller) -> Result<Bytes, Status> {
        let options = &self.engine.options;
        self.engine.auth.access(caller)?.check_user()?;
        Ok(framed_message(&m::MemberListResponse {
            header: self.header(0),
            members: vec![m::Member {
                id: self.engine.header.member_id,
                name: options.name.clone(),
                peer_urls: options.peer_urls.clone(),
                client_urls: options.client_urls.clone(),
                is_learner: false,
            }],
        }))
    }
}

fn only(operation: steersman_store::Operation) -> Transaction {
    Transaction {
        success: vec![operation],
        ..Transaction::default()
    }
}
