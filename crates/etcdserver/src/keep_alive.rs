//! The stream over which leases are renewed.

use bytes::Bytes;
use prost::Message;
use steersman_etcdapi::{LeaseKeepAliveRequest, LeaseKeepAliveResponse};
use steersman_store::Reason;

use crate::auth::Caller;
use crate::grpc::{Gone, Incoming, Outgoing, framed_message};
use crate::services::{header, signed};
use crate::status::Status;
use crate::worker::Worker;

impl Worker {
    pub async fn keep_leases_alive(
        &self,
        incoming: &mut Incoming,
        outgoing: &mut Outgoing,
        caller: &Caller,
    ) -> Result<Result<(), Status>, Gone> {
        let metrics = &self.engine.metrics;
        loop {
            let response = match incoming.next(metrics).await {
                Ok(None) => return Ok(Ok(())),
                Ok(Some(message)) => self.renew(message, caller),
                Err(status) => Err(status),
            };
            match response {
                Ok(response) => outgoing.send(response, metrics).await?,
                Err(status) => return Ok(Err(status)),
            }
        }
    }

    fn renew(&self, message: Bytes, caller: &Caller) -> Result<Bytes, Status> {
        let request = LeaseKeepAliveRequest::decode(message).map_err(|_| Status::UNREADABLE)?;
        let (engine, id) = (&self.engine, request.id);
        let access = engine.auth.access(caller)?;
        access.check_user()?;
        access.check_lease_writes(&engine.store, id)?;
        let ttl = match engine
            .store
            .keep_lease_alive(id as u64, engine.now_millis())
        {
            Ok(lease) => signed(lease.ttl_seconds),
            // That it is gone is no failure of the stream.
            Err(error) if error.reason == Reason::LeaseNotFound => 0,
            Err(error) => return Err(error.into()),
        };
        Ok(framed_message(&LeaseKeepAliveResponse {
            header: header(&engine.header, engine.store.current_revision()),
            id,
            ttl,
        }))
    }
}
