//! A request's body: what kind it says it is, and the object in it.

use crate::model::{MessageId, Model};
use crate::object::{self, DecodeOptions, Decoded, Format};
use crate::yaml::{self, YamlError};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Wire(Format),
    Yaml,
}

pub struct Body {
    /// apiVersion and kind; None where they cannot be told.
    pub type_meta: Option<(String, String)>,
    /// Keys that maps of YAML have twice.
    pub duplicates: Vec<String>,
    pub decoded: Decoded,
}

/// Reads a body as the message. `options.format` is not looked at. The JSON that YAML becomes may
/// be longer than the body.
pub fn read(
    model: &Model,
    id: MessageId,
    data: &[u8],
    form: Form,
    options: &DecodeOptions,
) -> Result<Body, YamlError> {
    let Form::Wire(format) = form else {
        let document = yaml::to_json(data)?;
        let options = DecodeOptions {
            max_bytes: usize::MAX,
            ..*options
        };
        let json = Form::Wire(Format::Json);
        let body = read(model, id, &document.json, json, &options)?;
        return Ok(Body {
            duplicates: document.duplicates,
            ..body
        });
    };
    let type_meta = match format {
        Format::Message => None,
        format => object::peek_type_meta(data, format),
    };
    let options = DecodeOptions { format, ..*options };
    Ok(Body {
        type_meta,
        duplicates: Vec::new(),
        decoded: object::decode(model, id, data, &options),
    })
}
