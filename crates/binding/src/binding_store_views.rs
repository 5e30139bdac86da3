//! How the store's bytes become what readers want: through the codec.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use steersman_codec::model::Model;
use steersman_codec::projection::Projection;
use steersman_codec::view::{self, AttributeReader};
use steersman_store::{Attributes, Format, Revision, View, Views};

#[derive(Default)]
pub struct CodecViews {
    reader: AttributeReader,
    /// By their names. The server's own rules ask for them, and nobody else: they are few.
    projections: RwLock<HashMap<String, Arc<Projection>>>,
}

impl CodecViews {
    /// None where the view is of whole objects.
    fn projection(&self, wanted: &View) -> Result<Option<Arc<Projection>>, String> {
        let name = &wanted.message_type;
        if !Projection::is_name(name) {
            return Ok(None);
        }
        let known = self
            .projections
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(name) {
            return Ok(Some(found.clone()));
        }
        drop(known);
        if wanted.format != Format::Json {
            return Err(format!("{name} has no form but JSON"));
        }
        let made = Projection::parse(Model::builtin(), name)
            .map(Arc::new)
            .ok_or_else(|| format!("{name} is no known projection"))?;
        let mut known = self
            .projections
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(name.clone(), made.clone());
        Ok(Some(made))
    }

    /// Appends the value's fields where the view is a projection, and says whether it is.
    fn project(
        &self,
        wanted: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<bool, String> {
        let begin = out.len();
        let done = guarded(|| {
            let Some(projection) = self.projection(wanted)? else {
                return Ok(false);
            };
            projection
                .encode(Model::builtin(), value, &revision.to_string(), out)
                .map_err(|error| error.to_string())?;
            Ok(true)
        });
        if done.is_err() {
            out.truncate(begin);
        }
        done
    }
}

fn codec_view(model: &Model, wanted: &View) -> Result<view::View, String> {
    let id = model
        .find(&wanted.message_type)
        .ok_or_else(|| format!("{} is no known message", wanted.message_type))?;
    let (format, part) = (wanted.format, wanted.part);
    Ok(view::View { id, format, part })
}

/// A defect of the codec on one value must not take the store's threads with it: the store
/// treats the value as unreadable.
fn guarded<T>(call: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err("the codec failed on this value".to_owned()))
}

impl Views for CodecViews {
    fn encode(
        &self,
        wanted: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        if self.project(wanted, value, revision, out)? {
            return Ok(());
        }
        let bytes = guarded(|| {
            let model = Model::builtin();
            let wanted = codec_view(model, wanted)?;
            view::encode(model, &wanted, value, &revision.to_string())
                .map_err(|error| error.to_string())
        })?;
        append(out, bytes);
        Ok(())
    }

    fn encode_item(
        &self,
        wanted: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        if self.project(wanted, value, revision, out)? {
            return Ok(());
        }
        let begin = out.len();
        let done = guarded(|| {
            let model = Model::builtin();
            let wanted = codec_view(model, wanted)?;
            view::encode_item(model, &wanted, value, &revision.to_string(), out)
                .map_err(|error| error.to_string())
        });
        if done.is_err() {
            out.truncate(begin);
        }
        done
    }

    fn item_length(&self, wanted: &View, value: &[u8], revision: Revision) -> Option<usize> {
        let length = guarded(|| {
            let model = Model::builtin();
            let wanted = codec_view(model, wanted)?;
            Ok(view::item_length(
                model,
                &wanted,
                value,
                &revision.to_string(),
            ))
        });
        length.ok()?
    }

    fn attributes(&self, value: &[u8], labels: bool, paths: &[&str]) -> Result<Attributes, String> {
        guarded(|| {
            let read = self.reader.read(Model::builtin(), value, labels, paths);
            read.map_err(|error| error.to_string())
        })
    }

    fn encode_bookmark(
        &self,
        wanted: &View,
        revision: Revision,
        initial_events_end: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let bytes = guarded(|| {
            let model = Model::builtin();
            let wanted = match self.projection(wanted)? {
                Some(projection) => view::View {
                    id: projection.base(),
                    format: wanted.format,
                    part: wanted.part,
                },
                None => codec_view(model, wanted)?,
            };
            let revision = revision.to_string();
            Ok(view::encode_bookmark(
                model,
                &wanted,
                &revision,
                initial_events_end,
            ))
        })?;
        append(out, bytes);
        Ok(())
    }
}

/// Takes the bytes over without a copy when nothing stands before them.
fn append(out: &mut Vec<u8>, bytes: Vec<u8>) {
    if out.is_empty() {
        *out = bytes;
    } else {
        out.extend_from_slice(&bytes);
    }
}
