//! A connection that speaks another protocol from here on: bytes both ways, as they are.

use std::future::poll_fn;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::exchange::{Exchange, Op};
use crate::http1::{Gone, READ_ROOM, Reader, Writer};
use crate::limits::{GATHER_BYTES, Limits};
use crate::wire::event;

/// Until both sides have ended, or one is gone. JavaScript hears of that when the exchange ends.
pub async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut Reader<S>,
    writer: &mut Writer<S>,
    exchange: &Exchange,
    limits: &Limits,
) {
    let reading = async {
        loop {
            poll_fn(|context| exchange.poll_credit(context)).await;
            if reader.buffer.is_empty() && reader.fill(READ_ROOM).await? == 0 {
                exchange.event(event::DATA_END);
                return Ok(());
            }
            exchange.data(&reader.buffer);
            reader.buffer.clear();
        }
    };
    let writing = async {
        let mut taken = 0;
        let mut next = None;
        let (stall, grace) = (limits.stream_stall, limits.abort_grace);
        loop {
            match next.take().or_else(|| exchange.try_op()) {
                Some(Op::Write(bytes)) => {
                    taken += bytes.len();
                    writer.out.extend_from_slice(&bytes);
                    if writer.out.len() < GATHER_BYTES {
                        continue;
                    }
                }
                Some(Op::End) => {
                    writer.send(Some(exchange), stall, grace).await?;
                    writer.half.shutdown().await?;
                    exchange.event(event::FINISHED);
                    // Only an abort can follow.
                    exchange.op().await;
                    return Err(Gone);
                }
                Some(_) => {
                    let _ = writer.send(Some(exchange), grace, grace).await;
                    return Err(Gone);
                }
                None => {}
            }
            writer.send(Some(exchange), stall, grace).await?;
            exchange.wrote(std::mem::take(&mut taken));
            next = Some(exchange.op().await);
        }
    };
    let _: Result<((), ()), Gone> = tokio::try_join!(reading, writing);
}
