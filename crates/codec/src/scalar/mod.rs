//! Values with a text form of their own, each as Go and apimachinery write and read them.

pub mod base64;
pub mod duration;
pub mod number;
pub mod time;
