//! How the store's bytes become what readers want: through the codec.

use steersman_store::{Attributes, Revision, View, Views};

pub struct CodecViews;

impl Views for CodecViews {
    fn encode(
        &self,
        _view: &View,
        value: &[u8],
        _revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        out.extend_from_slice(value);
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

    fn attributes(
        &self,
        _value: &[u8],
        _labels: bool,
        paths: &[&str],
    ) -> Result<Attributes, String> {
        Ok(Attributes {
            labels: Vec::new(),
            fields: vec!["".into(); paths.len()],
        })
    }

    fn encode_bookmark(
        &self,
        _view: &View,
        revision: Revision,
        _initial_events_end: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        out.extend_from_slice(
            format!("{{\"metadata\":{{\"resourceVersion\":\"{revision}\"}}}}").as_bytes(),
        );
        Ok(())
    }
}
