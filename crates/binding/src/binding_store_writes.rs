//! Objects that the front's threads create and update in a store on their own.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use flate2::write::GzEncoder;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::{self, Format, Input, Object, Part, Source};
use steersman_codec::value::SmallText;
use steersman_codec::view::AttributeReader;
use steersman_front::wire::Head;
use steersman_front::{Seat, Seats, Taken, WriteGrant, Writes, Writing, Written};
use steersman_lists::GZIP_LEVEL;
use steersman_rules::binding::TOPOLOGY_LABELS;
use steersman_rules::granted::{self, Fresh, MAX_BODY_BYTES, Made};
use steersman_store::{
    Compare, Durability, Operation, Outcome, Proof, Put, Range, Relation, Store, StoreError,
    Submitted, Target, Transaction,
};

use crate::binding_codec::{format_of, part_of};
use crate::binding_front::NativeFront;
use crate::binding_pipes::Feed;
use crate::binding_random::{letters, uuid};
use crate::binding_rules::{Likeness, NativeLikeness};
use crate::binding_seats::NativeSeats;
use crate::binding_store::{NativeStore, Result, invalid};
use crate::binding_store_numbers::whole;
use crate::binding_store_reads::{Figures, LONGEST_GRANT, NativeReadFigures, NativeValidity};

/// What `NativeStore.provenWrites` takes.
#[napi(object, object_to_js = false)]
pub struct ProvenWritesInput {
    /// What the objects' keys begin with; names follow.
    pub key_prefix: String,
    /// Keys that have to stay as they are.
    pub keys: Vec<String>,
    /// Prefixes under which nothing may change.
    pub prefixes: Vec<String>,
    /// The revision at which all that was so.
    pub since: f64,
    /// Of responses; see format_of.
    pub format: u8,
    pub metadata: bool,
    /// What the body of each response is; absent: the object.
    pub body: Option<Buffer>,
    /// What each object is written with; absent: it keeps what it has.
    pub lease_id: Option<f64>,
    /// How many objects may be.
    pub lease_objects: Option<u32>,
}

struct ProvenWrites {
    ended: Arc<AtomicBool>,
    store: Arc<Store>,
    proof: Proof,
    key_prefix: String,
    likeness: Likeness,
    format: Format,
    part: Part,
    body: Option<Bytes>,
    lease: Option<Lease>,
}

/// For so many objects more.
struct Lease {
    id: u64,
    objects: AtomicU32,
}

impl Lease {
    /// Whether there was one for another object.
    fn take(&self) -> bool {
        let left = |objects: u32| objects.checked_sub(1);
        let order = Ordering::SeqCst;
        self.objects.fetch_update(order, order, left).is_ok()
    }
}

/// Taken by `NativeFront.grantWrites`, once.
#[napi]
pub struct NativeProvenWrites {
    writes: Option<ProvenWrites>,
}

#[napi]
impl NativeStore {
    /// Writes that may be made while the proof holds; none where it does not now.
    #[napi]
    pub fn proven_writes(
        &self,
        input: ProvenWritesInput,
        validity: &NativeValidity,
        likeness: &mut NativeLikeness,
    ) -> Result<Option<NativeProvenWrites>> {
        let since = whole(input.since, "the revision")?;
        let keys: Vec<&[u8]> = input.keys.iter().map(|key| key.as_bytes()).collect();
        let prefixes: Vec<&[u8]> = input.prefixes.iter().map(|one| one.as_bytes()).collect();
        let Some(proof) = self.call(|store| store.proof(&keys, &prefixes, since))? else {
            return Ok(None);
        };
        let objects = AtomicU32::new(input.lease_objects.unwrap_or(0));
        let lease = match input.lease_id {
            Some(id) => Some(Lease {
                id: whole(id, "the lease")?,
                objects,
            }),
            None => None,
        };
        let taken = || invalid("this likeness was taken already");
        Ok(Some(NativeProvenWrites {
            writes: Some(ProvenWrites {
                ended: validity.ended(),
                store: self.store().clone(),
                proof,
                key_prefix: input.key_prefix,
                likeness: likeness.take().ok_or_else(taken)?,
                format: format_of(input.format),
                part: part_of(input.metadata),
                body: input.body.map(|body| Bytes::from(body.to_vec())),
                lease,
            }),
        }))
    }
}

/// Writes what is proven, with the headers of the response that JavaScript gave to the first.
struct ServedWrites(Arc<Served>);

struct Served {
    proven: ProvenWrites,
    feed: Arc<Feed>,
    headers: Bytes,
    /// After each object.
    tail: Bytes,
    /// Responses of so many bytes are compressed.
    compressed_from: usize,
    figures: Arc<Figures>,
    /// None: as many as there are.
    seats: Option<Arc<Seats>>,
}

/// An object that takes the place of a version, or of none: that has revision 0.
struct Planned {
    key: String,
    over: u64,
    lease_id: u64,
    status: u16,
    message: MessageId,
    stored: Vec<u8>,
}

/// What is needed for the response, when the object is on disk.
struct Response {
    status: u16,
    body: Body,
    headers: Bytes,
    tail: Bytes,
    compressed_from: usize,
    figures: Arc<Figures>,
    begun: Instant,
}

enum Body {
    Same(Bytes),
    Object {
        stored: Vec<u8>,
        from: Input,
        view: object::View,
    },
}

impl Body {
    fn bytes(&self, revision: u64) -> Option<Vec<u8>> {
        match self {
            Body::Same(bytes) => Some(bytes.to_vec()),
            Body::Object { stored, from, view } => {
                let (model, revision) = (Model::builtin(), revision.to_string());
                object::transcode(model, stored, *from, view, Some(&revision)).ok()
            }
        }
    }
}

fn compressed(body: &[u8]) -> Option<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::with_capacity(body.len() / 4), GZIP_LEVEL);
    gzip.write_all(body).ok()?;
    gzip.finish().ok()
}

/// What has become of the write is not known: it is not for JavaScript to write again.
fn failed(error: &StoreError) -> (Head, Bytes) {
    let head = Head {
        status: 500,
        headers: Bytes::from_static(b"content-type\0application/json\0"),
    };
    (head, granted::failure(&error.message).into())
}

impl Response {
    /// None where somebody was faster: nothing was written.
    fn of(self, outcome: &std::result::Result<Outcome, StoreError>) -> Option<(Head, Bytes)> {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return Some(failed(error)),
        };
        if !outcome.succeeded {
            return None;
        }
        let encode = || self.body.bytes(outcome.revision);
        let mut body = catch_unwind(AssertUnwindSafe(encode)).ok()??;
        body.extend_from_slice(&self.tail);
        let mut headers = Vec::with_capacity(self.headers.len() + 64);
        headers.extend_from_slice(&self.headers);
        headers.extend_from_slice(b"audit-id\0");
        headers.extend_from_slice(uuid()?.as_bytes());
        headers.push(0);
        if body.len() >= self.compressed_from {
            body = compressed(&body)?;
            headers.extend_from_slice(b"content-encoding\0gzip\0vary\0Accept-Encoding\0");
        }
        self.figures.observe_seconds(self.begun);
        let head = Head {
            status: self.status,
            headers: headers.into(),
        };
        Some((head, body.into()))
    }
}

impl Served {
    fn holds(&self) -> bool {
        let ProvenWrites { store, proof, .. } = &self.proven;
        let holds = store.guarded(|| proof.holds());
        !self.proven.ended.load(Ordering::SeqCst) && holds.unwrap_or(false)
    }

    fn plan(&self, name: &str, body: &[u8]) -> Option<Planned> {
        let model = Model::builtin();
        let prefix = &self.proven.key_prefix;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let now = i64::try_from(now.as_secs()).ok()?;
        match &self.proven.likeness {
            Likeness::Creations(creations) => {
                let uid = uuid()?;
                let fresh = Fresh {
                    uid: &uid,
                    now,
                    name: letters()?,
                    volume: letters()?,
                };
                let Made { name, object } = creations.make(model, body, &fresh)?;
                Some(Planned {
                    key: format!("{prefix}{name}"),
                    over: 0,
                    lease_id: 0,
                    status: 201,
                    message: object.id,
                    stored: object.stored(model).ok()?,
                })
            }
            Likeness::Updates(updates) => {
                let make = |current: &Object| updates.make(model, name, current, body, now);
                self.plan_over(name, updates.writes.message, 200, make)
            }
            Likeness::Bindings(bindings, nodes) => {
                let labels_of = |node: &str| self.labels_of(nodes.as_deref(), node);
                let make = |pod: &Object| bindings.make(model, name, pod, body, now, labels_of);
                self.plan_over(name, bindings.pod, 201, make)
            }
        }
    }

    /// What is made of the current version.
    fn plan_over(
        &self,
        name: &str,
        message: MessageId,
        status: u16,
        make: impl FnOnce(&Object) -> Option<Object>,
    ) -> Option<Planned> {
        let model = Model::builtin();
        let key = format!("{}{name}", self.proven.key_prefix);
        // Also a version that waits for the disk: this one waits behind it.
        let found = self.proven.store.get_applied(key.as_bytes()).ok()??;
        if found.value().len() > MAX_BODY_BYTES {
            return None;
        }
        let over = found.mod_revision();
        let version = over.to_string();
        let current = object::decode_stored(model, message, found.value(), Some(&version)).ok()?;
        let object = make(&current)?;
        Some(Planned {
            key,
            over,
            lease_id: found.lease_id(),
            status,
            message: object.id,
            stored: object.stored(model).ok()?,
        })
    }

    /// What pods on a node are labelled with; nothing where there is no such node.
    fn labels_of(&self, nodes: Option<&str>, node: &str) -> Option<Vec<(SmallText, SmallText)>> {
        let Some(prefix) = nodes else {
            return Some(Vec::new());
        };
        let key = format!("{prefix}{node}");
        let Some(found) = self.proven.store.get_applied(key.as_bytes()).ok()? else {
            return Some(Vec::new());
        };
        let reader = AttributeReader::new();
        let known = reader
            .read(Model::builtin(), found.value(), true, &[])
            .ok()?;
        let is_wanted = |key: &str| TOPOLOGY_LABELS.contains(&key);
        let labels = known.labels.iter().filter(|(key, _)| is_wanted(key));
        Some(
            labels
                .map(|(key, value)| ((&**key).into(), (&**value).into()))
                .collect(),
        )
    }

    /// None where JavaScript has more to say of it.
    fn begin(
        &self,
        name: &str,
        body: &[u8],
        begun: Instant,
        seat: Option<Seat>,
    ) -> Option<Written> {
        // A defect of the rules is for JavaScript to say.
        let plan = || self.plan(name, body);
        let planned = catch_unwind(AssertUnwindSafe(plan)).ok()??;
        let key = planned.key.as_bytes();
        let mut put = Put::new(key, &planned.stored);
        put.lease_id = self
            .proven
            .lease
            .as_ref()
            .map_or(planned.lease_id, |lease| lease.id);
        let transaction = Transaction {
            compare: vec![Compare {
                range: Range::Key(key.into()),
                relation: Relation::Equal,
                target: Target::ModRevision(planned.over),
            }],
            success: vec![Operation::Put(put)],
            ..Transaction::default()
        };
        let store = &self.proven.store;
        let submit = || store.submit(self.feed.session(), transaction, Durability::Durable);
        let submitted = store.guarded(submit).ok()?.ok()?;
        let body = match &self.proven.body {
            Some(body) => Body::Same(body.clone()),
            None => Body::Object {
                stored: planned.stored,
                from: Input {
                    source: Source::Stored,
                    id: planned.message,
                },
                view: object::View {
                    id: planned.message,
                    format: self.proven.format,
                    part: self.proven.part,
                },
            },
        };
        let response = Response {
            status: planned.status,
            body,
            headers: self.headers.clone(),
            tail: self.tail.clone(),
            compressed_from: self.compressed_from,
            figures: self.figures.clone(),
            begun,
        };
        Some(match submitted {
            Submitted::Done(outcome) => {
                drop(seat);
                Box::pin(std::future::ready(response.of(&Ok(outcome))))
            }
            Submitted::Pending(ticket) => {
                let outcome = self.feed.outcome(ticket, seat);
                Box::pin(async move { response.of(&outcome.await.ok()?) })
            }
        })
    }
}

impl Writes for ServedWrites {
    fn write(&self, name: &str, body: &Bytes) -> Writing {
        let (begun, served) = (Instant::now(), &self.0);
        let lease = served.proven.lease.as_ref();
        if !served.holds() || lease.is_some_and(|lease| !lease.take()) {
            return Writing::Over;
        }
        let written = match served.seats.as_ref().map(|seats| seats.take()) {
            None => served.begin(name, body, begun, None),
            Some(Taken::Seat(seat)) => served.begin(name, body, begun, Some(seat)),
            Some(Taken::None) => None,
            Some(Taken::Turn(turn)) => {
                let (served, name, body) = (served.clone(), name.to_owned(), body.clone());
                let written: Written = Box::pin(async move {
                    let seat = turn.await.ok()?;
                    if !served.holds() {
                        return None;
                    }
                    served.begin(&name, &body, begun, Some(seat))?.await
                });
                Some(written)
            }
        };
        written.map_or(Writing::Ask, Writing::Begun)
    }
}

/// Which requests with a body are granted, and the headers of their responses.
#[napi(object, object_to_js = false)]
pub struct FrontWritesGrant {
    /// POST or PUT.
    pub method: String,
    /// The path and query, or what stands before a name in them.
    pub target: String,
    /// What stands after the name, where there is one.
    pub after: Option<String>,
    /// Names and values by turns, each followed by a zero.
    pub headers: String,
    /// After each body.
    pub tail: String,
    /// Responses of so many bytes are compressed.
    pub compressed_from: f64,
    pub milliseconds: f64,
}

#[napi]
impl NativeFront {
    /// Lets later requests with the headers of this one write without asking: see
    /// `steersman_front::WriteGrant`.
    #[napi(catch_unwind)]
    pub fn grant_writes(
        &mut self,
        exchange: u32,
        input: FrontWritesGrant,
        writes: &mut NativeProvenWrites,
        figures: &NativeReadFigures,
        seats: Option<&NativeSeats>,
    ) -> Result<()> {
        let taken = || invalid("these writes were granted already");
        let proven = writes.writes.take().ok_or_else(taken)?;
        let feed = self.feed(exchange, &proven.store)?;
        let served = ServedWrites(Arc::new(Served {
            proven,
            feed,
            headers: input.headers.into(),
            tail: input.tail.into(),
            compressed_from: input.compressed_from as usize,
            figures: figures.figures.clone(),
            seats: seats.map(NativeSeats::seats),
        }));
        let lasts = Duration::from_millis(input.milliseconds.max(0.0) as u64);
        let grant = WriteGrant {
            target: steersman_front::Target {
                method: input.method,
                before: input.target,
                after: input.after,
            },
            until: Instant::now() + lasts.min(LONGEST_GRANT),
            writes: Box::new(served),
        };
        self.running()?.grant_write(exchange, grant);
        Ok(())
    }
}
