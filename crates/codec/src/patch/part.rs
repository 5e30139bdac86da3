//! The part of an object that a patch is about. Most patches change one or two of an object's
//! fields: nobody has to write and read the others as JSON for that, managedFields least of all.

use super::PatchType;
use crate::defaults;
use crate::json::generic::Json;
use crate::model::{API_VERSION, KIND, Model};
use crate::object::Object;

const METADATA: &str = "metadata";
const MANAGED: &str = "managedFields";

/// Some fields of an object.
pub struct Part {
    /// An object that has them and nothing else; of its metadata not the managedFields.
    pub object: Object,
    touched: Vec<u16>,
}

/// None where the patch may be about more, or means something else than values for fields.
pub fn of(model: &Model, object: &Object, patch_type: PatchType, patch: &Json) -> Option<Part> {
    let schema = model.message(object.id);
    let Json::Object(patch) = patch else {
        return None;
    };
    if patch_type == PatchType::Json || schema.is_unstructured() {
        return None;
    }
    let mut part = Object::new(object.id, Default::default());
    let mut touched = Vec::with_capacity(patch.len());
    for (name, value) in patch.iter() {
        let index = schema.field_index(name)?;
        let is_metadata = name == METADATA;
        if index == KIND || index == API_VERSION || (is_metadata && !is_about_others(value)) {
            return None;
        }
        touched.push(index);
        if let Some(value) = object.fields.get(index) {
            part.fields_mut().set(index, value.clone());
        }
        if is_metadata {
            part.set_managed_fields_of(model, &Object::new(object.id, Default::default()));
        }
    }
    Some(Part {
        object: part,
        touched,
    })
}

/// Whether a patch of metadata leaves managedFields alone.
fn is_about_others(metadata: &Json) -> bool {
    match metadata {
        Json::Object(fields) => fields
            .iter()
            .all(|(name, _)| name != MANAGED && !name.starts_with('$')),
        _ => false,
    }
}

impl Part {
    /// The object with these fields as they were patched, and with its defaults.
    pub fn put_back(self, model: &Model, object: &Object, patched: &Object) -> Object {
        let mut whole = object.clone();
        let fields = whole.fields_mut();
        for index in self.touched {
            fields.put(index, patched.fields.get(index).cloned());
        }
        // Those of the patched metadata are none.
        whole.set_managed_fields_of(model, object);
        defaults::apply(model, object.id, whole.fields_mut());
        whole
    }
}
