//! Maintenance.Snapshot: everything as a file of etcd's own, which its tools and its servers read,
//! sent page by page. What it keeps is what it sends: values that are replaced meanwhile stay until
//! they are sent.

mod bolt;
mod content;

use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use steersman_etcdapi::SnapshotResponse;

use crate::auth::Caller;
use crate::cluster_version;
use crate::grpc::{Gone, Outgoing, framed_message};
use crate::status::{Code, Status};
use crate::worker::Worker;

/// About so much is sent at once.
const PART_BYTES: usize = 64 << 10;
/// A client that takes nothing for so long has given up.
const PATIENCE: Duration = Duration::from_secs(60);

impl Worker {
    pub async fn send_snapshot(
        &self,
        outgoing: &mut Outgoing,
        caller: &Caller,
    ) -> Result<Result<(), Status>, Gone> {
        let engine = &self.engine;
        if let Err(status) = engine.auth.access(caller).and_then(|it| it.check_admin()) {
            return Ok(Err(status));
        }
        let Ok(_place) = engine.snapshots.try_acquire() else {
            return Ok(Err(Status::TOO_MANY_REQUESTS));
        };
        let planned = {
            let engine = engine.clone();
            tokio::task::spawn_blocking(move || engine.store.guarded(|| content::file(&engine)))
        };
        let file = match planned.await {
            Ok(Ok(file)) => file,
            Ok(Err(error)) => return Ok(Err(error.into())),
            Err(_) => return Ok(Err(Status::DEFECT)),
        };
        let mut remaining = file.length();
        let mut sum = Sha256::new();
        let mut waiting = Vec::new();
        let mut parts = file.parts();
        loop {
            let part = parts.next();
            let ends = part.is_none();
            waiting.extend(part.unwrap_or_default());
            if waiting.len() < PART_BYTES && !ends {
                continue;
            }
            let blob = std::mem::take(&mut waiting);
            sum.update(&blob);
            remaining = remaining.saturating_sub(blob.len() as u64);
            if let Err(status) = self.send_part(outgoing, blob.into(), remaining).await? {
                return Ok(Err(status));
            }
            if ends {
                break;
            }
            // Others on this thread have their turn.
            tokio::task::yield_now().await;
        }
        let sum = Bytes::copy_from_slice(&sum.finalize());
        self.send_part(outgoing, sum, 0).await
    }

    async fn send_part(
        &self,
        outgoing: &mut Outgoing,
        blob: Bytes,
        remaining_bytes: u64,
    ) -> Result<Result<(), Status>, Gone> {
        let message = framed_message(&SnapshotResponse {
            header: self.header(self.engine.store.current_revision()),
            remaining_bytes,
            blob,
            version: format!("{}.0", cluster_version()),
        });
        let sending = outgoing.send(message, &self.engine.metrics);
        match tokio::time::timeout(PATIENCE, sending).await {
            Ok(sent) => sent.map(Ok),
            Err(_) => {
                let message = "etcdserver: nobody takes the snapshot";
                Ok(Err(Status::new(Code::Unavailable, message)))
            }
        }
    }
}
