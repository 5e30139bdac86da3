//! Numbers that JavaScript gives: what the store takes on trust is checked where it comes in.

use crate::binding_store::{Result, invalid};

/// A revision, an id, a number of bytes: whole and not negative. Above 2^53 it stays what it is: no
/// revision is that high, and the store says so.
pub fn whole(value: f64, what: &str) -> Result<u64> {
    if value < 0.0 || value.trunc() != value || !value.is_finite() {
        return Err(invalid(&format!(
            "{what} is {value}, which is no number of it"
        )));
    }
    Ok(value as u64)
}

/// As `whole`; more than there can be is no bound.
pub fn bound(value: f64, what: &str) -> Result<usize> {
    if value == f64::INFINITY {
        return Ok(usize::MAX);
    }
    Ok(usize::try_from(whole(value, what)?).unwrap_or(usize::MAX))
}

/// Milliseconds of a clock, which may come with fractions.
pub fn moment(value: f64) -> Result<u64> {
    whole(value.floor(), "the time")
}
