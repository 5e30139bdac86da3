//! Seats for requests that JavaScript does not see.

use std::sync::Arc;

use napi_derive::napi;
use steersman_front::Seats;

#[napi]
pub struct NativeSeats {
    seats: Arc<Seats>,
}

impl NativeSeats {
    pub fn seats(&self) -> Arc<Seats> {
        self.seats.clone()
    }
}

#[napi]
impl NativeSeats {
    /// None at first.
    #[napi(constructor)]
    #[allow(clippy::new_without_default, reason = "JavaScript makes them")]
    pub fn new() -> NativeSeats {
        NativeSeats {
            seats: Arc::default(),
        }
    }

    /// Those that have more run to their end. Where there are none nobody waits for one.
    #[napi]
    pub fn limit_to(&self, limit: u32) {
        self.seats.limit_to(limit as usize);
    }

    #[napi(getter)]
    pub fn used(&self) -> u32 {
        self.seats.used() as u32
    }
}
