//! From a change to everyone who watches it. It knows the state, and nothing of files.

pub(crate) mod channel;
pub(crate) mod frame;
pub(crate) mod hub;
pub(crate) mod older;
pub(crate) mod publish;
pub(crate) mod session;
pub(crate) mod watcher;
