//! Any bytes, as any message, through everything that reads them. The first two bytes pick the
//! message. What is read must write and read back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use steersman_codec::fields::set::FieldSet;
use steersman_codec::model::{MessageId, Model};
use steersman_codec::object::{
    DecodeOptions, FieldValidation, Format, Input, Part, Source, View, decode, transcode,
};
use steersman_codec::patch::{self, PatchType};

fuzz_target!(|input: &[u8]| {
    let model = Model::builtin();
    let Some((pick, data)) = input.split_at_checked(2) else { return };
    let pick = u16::from_le_bytes([pick[0], pick[1]]);
    let id = MessageId(pick % model.ids().count() as u16);
    for format in [Format::Json, Format::Protobuf, Format::Message] {
        let options = DecodeOptions {
            format,
            field_validation: FieldValidation::Warn,
            defaults: false,
            ..DecodeOptions::default()
        };
        let Ok((object, _)) = decode(model, id, data, &options) else { continue };
        let message = object.encode(model, Format::Message, Part::Object, None);
        let input = Input { source: Source::Wire(Format::Message), id };
        let view = View { id, format: Format::Json, part: Part::Object };
        let streamed = transcode(model, &message, input, &view, None);
        let read = DecodeOptions { format: Format::Message, ..options };
        if let Ok((again, _)) = decode(model, id, &message, &read) {
            assert_eq!(streamed, Ok(again.json(model)));
        }
        for patch_type in [PatchType::StrategicMerge, PatchType::Merge, PatchType::Json] {
            let _ = patch::apply(model, &object, patch_type, data, FieldValidation::Strict);
        }
    }
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(set) = FieldSet::parse(text) {
            assert!(set.difference(&set).is_empty());
        }
    }
});
