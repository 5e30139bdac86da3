//! How the store's bytes become what readers want: through the codec.

use steersman_codec::model::Model;
use steersman_codec::object;
use steersman_codec::view::{self, AttributeReader};
use steersman_store::{Attributes, Format, Part, Revision, View, Views};

#[derive(Default)]
pub struct CodecViews {
    attributes: AttributeReader,
}

fn codec_view(view: &View) -> Result<view::View, String> {
    let id = Model::builtin()
        .find(&view.message_type)
        .ok_or_else(|| format!("no message {}", view.message_type))?;
    Ok(view::View {
        id,
        format: match view.format {
            Format::Json => object::Format::Json,
            Format::Protobuf => object::Format::Protobuf,
            Format::Message => object::Format::Message,
        },
        part: match view.part {
            Part::Object => object::Part::Object,
            Part::Metadata => object::Part::Metadata,
        },
    })
}

impl Views for CodecViews {
    fn encode(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let view = codec_view(view)?;
        let bytes = view::encode(Model::builtin(), &view, value, &revision.to_string())
            .map_err(|error| error.message)?;
        append(out, bytes);
        Ok(())
    }

    fn encode_item(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let view = codec_view(view)?;
        let bytes = view::encode_item(Model::builtin(), &view, value, &revision.to_string())
            .map_err(|error| error.message)?;
        append(out, bytes);
        Ok(())
    }

    fn attributes(&self, value: &[u8], labels: bool, paths: &[&str]) -> Result<Attributes, String> {
        let read = self
            .attributes
            .read(Model::builtin(), value, labels, paths)
            .map_err(|error| error.message)?;
        Ok(Attributes {
            labels: read.labels,
            fields: read.fields,
        })
    }

    fn encode_bookmark(
        &self,
        view: &View,
        revision: Revision,
        initial_events_end: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let view = codec_view(view)?;
        let version = revision.to_string();
        append(
            out,
            view::encode_bookmark(Model::builtin(), &view, &version, initial_events_end),
        );
        Ok(())
    }
}

/// An empty target takes the bytes as they are.
fn append(out: &mut Vec<u8>, bytes: Vec<u8>) {
    if out.is_empty() && out.capacity() < bytes.capacity() {
        *out = bytes;
    } else {
        out.extend_from_slice(&bytes);
    }
}
