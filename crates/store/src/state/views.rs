//! How stored bytes become what readers want. The store knows nothing of the bytes: the caller
//! gives it these functions.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
pub use steersman_grammar::view::{Attributes, Format, Part};

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::sync::RwLock;

/// The place of a registered view; views are few and live as long as the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViewId(pub u32);

/// As many as there can be messages in three formats and two parts; further ones are refused.
pub const MAX_VIEWS: usize = 6 * 65_536;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct View {
    /// The served version's full protobuf name.
    pub message_type: String,
    pub format: Format,
    pub part: Part,
}

/// Encoding and extraction. Both may be called by several threads at once and must be pure
/// functions of their arguments: results are cached.
pub trait Views: Send + Sync {
    /// Appends the object in the view's form, with this revision as its resourceVersion.
    fn encode(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String>;

    /// Like `encode`, as an item of a list stands in it: JSON of built-in kinds without kind and
    /// apiVersion; both protobuf forms as the bare message.
    fn encode_item(
        &self,
        view: &View,
        value: &[u8],
        revision: Revision,
        out: &mut Vec<u8>,
    ) -> Result<(), String>;

    /// How much `encode_item` would append of a protobuf form; none where only doing it tells.
    fn item_length(&self, _view: &View, _value: &[u8], _revision: Revision) -> Option<usize> {
        None
    }

    /// Labels, when asked, and the values at these field paths.
    fn attributes(&self, value: &[u8], labels: bool, paths: &[&str]) -> Result<Attributes, String>;

    /// Appends an otherwise empty object that carries only a revision: the object of a BOOKMARK.
    fn encode_bookmark(
        &self,
        view: &View,
        revision: Revision,
        initial_events_end: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), String>;
}

/// For values that nobody reads in a form: they have no labels and fields either.
pub struct NoViews;

const NO_FORMS: &str = "values have no forms here";

impl Views for NoViews {
    fn encode(&self, _: &View, _: &[u8], _: Revision, _: &mut Vec<u8>) -> Result<(), String> {
        Err(NO_FORMS.to_owned())
    }

    fn encode_item(&self, _: &View, _: &[u8], _: Revision, _: &mut Vec<u8>) -> Result<(), String> {
        Err(NO_FORMS.to_owned())
    }

    fn attributes(&self, _: &[u8], _: bool, paths: &[&str]) -> Result<Attributes, String> {
        Ok(Attributes {
            labels: Vec::new(),
            fields: vec![Box::default(); paths.len()],
        })
    }

    fn encode_bookmark(
        &self,
        _: &View,
        _: Revision,
        _: bool,
        _: &mut Vec<u8>,
    ) -> Result<(), String> {
        Err(NO_FORMS.to_owned())
    }
}

/// The views that were asked for so far, by place.
#[derive(Default)]
pub(crate) struct ViewTable {
    views: RwLock<Registered>,
}

#[derive(Default)]
struct Registered {
    by_place: Vec<Arc<View>>,
    places: HashMap<Arc<View>, u32>,
}

impl ViewTable {
    pub fn register(&self, view: View) -> Result<ViewId, StoreError> {
        if let Some(place) = self.views.read().places.get(&view) {
            return Ok(ViewId(*place));
        }
        let mut views = self.views.write();
        if let Some(place) = views.places.get(&view) {
            return Ok(ViewId(*place));
        }
        if views.by_place.len() >= MAX_VIEWS {
            return Err(StoreError::new(
                Reason::TooLarge,
                format!("more than {MAX_VIEWS} views"),
            ));
        }
        let (view, place) = (Arc::new(view), views.by_place.len() as u32);
        views.by_place.push(view.clone());
        views.places.insert(view, place);
        Ok(ViewId(place))
    }

    pub fn get(&self, id: ViewId) -> Option<Arc<View>> {
        self.views.read().by_place.get(id.0 as usize).cloned()
    }
}

/// Encodes one object on its own.
pub(crate) fn encode_object(
    views: &dyn Views,
    view: &View,
    value: &[u8],
    revision: Revision,
) -> Result<Bytes, StoreError> {
    let mut out = Vec::with_capacity(value.len() + value.len() / 2 + 64);
    views
        .encode(view, value, revision, &mut out)
        .map_err(|message| StoreError::new(Reason::Corrupt, message))?;
    // Kept as long as the change is: the slack would be kept too.
    out.shrink_to_fit();
    Ok(Bytes::from(out))
}
