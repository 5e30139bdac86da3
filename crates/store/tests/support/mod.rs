//! A plain value form for tests: `label=value,label=value|path=value,path=value|payload`.

#![allow(dead_code)]

use std::sync::Arc;

use steersman_store::{
    Attributes, Durability, Format, Framing, Interest, Outcome, Part, Range, Revision, Selector,
    Session, Store, StoreError, Submitted, Transaction, View, ViewId, Views, WatchRequest,
};

pub struct TestViews;

fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(',').filter_map(|pair| pair.split_once('='))
}

impl Views for TestViews {
    fn encode(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        if value == b"broken" {
            return Err("broken".to_owned());
        }
        if view.format == Format::Json {
            out.extend_from_slice(format!("{{\"rv\":{revision},\"v\":\"").as_bytes());
            out.extend_from_slice(value);
            out.extend_from_slice(b"\"}");
        } else {
            out.extend_from_slice(format!("{revision}:").as_bytes());
            out.extend_from_slice(value);
        }
        Ok(())
    }

    fn encode_item(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        self.encode(view, value, revision, out)
    }

    fn attributes(&self, value: &[u8], labels: bool, paths: &[&str]) -> Result<Attributes, String> {
        let text = std::str::from_utf8(value).map_err(|error| error.to_string())?;
        let mut parts = text.split('|');
        let (label_part, field_part) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let field = |path: &&str| {
            pairs(field_part)
                .find(|(name, _)| name == path)
                .map_or("", |(_, value)| value)
                .into()
        };
        Ok(Attributes {
            labels: pairs(if labels { label_part } else { "" })
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            fields: paths.iter().map(field).collect(),
        })
    }

    fn encode_bookmark(
        &self,
        _view: &View,
        revision: Revision,
        initial_events_end: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        out.extend_from_slice(
            format!("{{\"rv\":{revision},\"end\":{initial_events_end}}}").as_bytes(),
        );
        Ok(())
    }
}

pub fn session(store: &Store) -> Arc<Session> {
    store.session(Box::new(|| {}))
}

pub fn json_view(store: &Store) -> ViewId {
    store
        .register_view(View {
            message_type: "test".to_owned(),
            format: Format::Json,
            part: Part::Object,
        })
        .unwrap()
}

/// Runs a transaction to its end, also when it waits for the disk.
pub fn commit(store: &Store, transaction: Transaction) -> Result<Outcome, StoreError> {
    let session = session(store);
    match store.submit(&session, transaction, Durability::Durable)? {
        Submitted::Done(outcome) => Ok(outcome),
        Submitted::Pending(_) => loop {
            store.commit_step();
            if let Some(completion) = session.drain().completions.pop() {
                return completion.result;
            }
        },
    }
}

pub fn put(store: &Store, key: &str, value: &str) -> Revision {
    commit(store, Transaction::put(key.as_bytes(), value.as_bytes()))
        .unwrap()
        .revision
}

pub fn delete(store: &Store, key: &str) -> Revision {
    commit(store, Transaction::delete(key.as_bytes()))
        .unwrap()
        .revision
}

pub fn watch_request(store: &Store, prefix: &str, after_revision: Revision) -> WatchRequest {
    WatchRequest {
        interest: Interest {
            range: Range::Prefix(prefix.as_bytes().into()),
            selector: Selector::default(),
        },
        after_revision,
        view: json_view(store),
        framing: Framing::Json,
    }
}

pub fn value_of(store: &Store, key: &str) -> Option<String> {
    let found = store.get(key.as_bytes(), 0).unwrap()?;
    Some(String::from_utf8_lossy(found.value()).into_owned())
}
