//! How stored bytes become what readers want. The store knows nothing of the bytes: the caller
//! gives it these functions.

use std::sync::Arc;

use bytes::Bytes;
pub use steersman_grammar::view::{Attributes, Format, Part};

use crate::Revision;
use crate::error::{Reason, StoreError};
use crate::sync::RwLock;

/// The place of a registered view; views are few and live as long as the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViewId(pub u32);

/// More views than there are kinds, versions and formats together; further ones are refused.
pub const MAX_VIEWS: usize = 16_384;

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

/// The views that were asked for so far, by place.
#[derive(Default)]
pub(crate) struct ViewTable {
    views: RwLock<Vec<Arc<View>>>,
}

impl ViewTable {
    pub fn register(&self, view: View) -> Result<ViewId, StoreError> {
        if let Some(at) = self.views.read().iter().position(|known| **known == view) {
            return Ok(ViewId(at as u32));
        }
        let mut views = self.views.write();
        if let Some(at) = views.iter().position(|known| **known == view) {
            return Ok(ViewId(at as u32));
        }
        if views.len() >= MAX_VIEWS {
            return Err(StoreError::new(
                Reason::TooLarge,
                format!("more than {MAX_VIEWS} views"),
            ));
        }
        views.push(Arc::new(view));
        Ok(ViewId(views.len() as u32 - 1))
    }

    pub fn get(&self, id: ViewId) -> Option<Arc<View>> {
        self.views.read().get(id.0 as usize).cloned()
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
