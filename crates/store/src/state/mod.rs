//! What the store holds: keys with their versions, leases, the history of changes, and reads of
//! them. It knows neither files nor watchers.

pub(crate) mod apply;
pub(crate) mod change;
pub(crate) mod entry;
pub(crate) mod history;
pub(crate) mod index;
pub(crate) mod lease;
pub(crate) mod list;
pub(crate) mod listing;
pub(crate) mod live;
pub(crate) mod lost;
pub(crate) mod older;
pub(crate) mod pins;
pub(crate) mod quiet;
pub(crate) mod request;
pub(crate) mod selector;
pub(crate) mod views;
