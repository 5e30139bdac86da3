//! Some fields of a kind's objects as JSON, for readers that need few of them: whatever else an
//! object has is passed over in its bytes, and no tree is made of it.

use crate::error::CodecError;
use crate::model::{FieldTree, MessageId, Model};
use crate::object::{Format, Part, decode_stored};
use crate::proto::envelope;
use crate::proto::wire::Malformed;
use crate::transcode;

const PREFIX: &str = "projection/";

/// Fields of one kind. Its name says everything: `projection/`, the full name of the kind's
/// message, `/`, and the paths of its fields by commas, as in
/// `projection/k8s.io.api.core.v1.Pod/metadata.name,spec.volumes.secret.secretName`, or of what is
/// left out, each with a `-` before it, as in
/// `projection/k8s.io.api.rbac.v1.Role/-metadata.managedFields`.
pub struct Projection {
    model: Model,
    root: MessageId,
    base: MessageId,
}

impl Projection {
    /// Whether a name is one of a projection, known or not.
    pub fn is_name(name: &str) -> bool {
        name.starts_with(PREFIX)
    }

    /// None where the name says no built-in message, or a path leads to no field of it.
    pub fn parse(model: &Model, name: &str) -> Option<Projection> {
        let (message, paths) = name.strip_prefix(PREFIX)?.split_once('/')?;
        let base = model.find(message)?;
        let leaves_out = paths.starts_with('-');
        let mut tree = FieldTree::new(leaves_out);
        for path in paths.split(',') {
            let path = match leaves_out {
                true => path.strip_prefix('-')?,
                false => path,
            };
            tree.add(path);
        }
        let (derived, root) = model.derived(base, &tree)?;
        Some(Projection {
            model: derived,
            root,
            base,
        })
    }

    /// The message that it has fields of.
    pub fn base(&self) -> MessageId {
        self.base
    }

    /// Appends the JSON of a stored value's fields, without kind and apiVersion. Where it fails
    /// nothing is appended.
    pub fn encode(
        &self,
        model: &Model,
        stored: &[u8],
        resource_version: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let begin = out.len();
        if let Some(message) = self.message(model, stored) {
            if self.append(message, resource_version, out).is_ok() {
                return Ok(());
            }
            out.truncate(begin);
        }
        // Of another version, JSON, or a message that only a tree can merge.
        let object = decode_stored(model, self.base, stored, None)?;
        let message = object.encode(model, Format::Message, Part::Object, None);
        let done = self.append(&message, resource_version, out);
        debug_assert!(done.is_ok(), "the encoder's own messages are well-formed");
        Ok(())
    }

    fn message<'d>(&self, model: &Model, stored: &'d [u8]) -> Option<&'d [u8]> {
        let envelope = envelope::read(stored).ok()?;
        let kind = model.find_kind(envelope.api_version, envelope.kind)?;
        (kind == self.base).then_some(envelope.raw)
    }

    fn append(
        &self,
        message: &[u8],
        resource_version: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let version = Some(resource_version);
        transcode::to_json(&self.model, self.root, message, version, false, out)
    }
}
