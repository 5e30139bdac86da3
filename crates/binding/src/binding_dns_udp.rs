//! A DNS server's UDP sockets: one thread for each, many datagrams a system call.

use crate::binding_dns::{Answer, Shared};
use crate::binding_dns_counters::Served;
use crate::binding_dns_forward::{Client, Job};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use steersman_dns::query::Transport;

/// Datagrams that are read at once.
const BATCH: usize = 32;
/// Longer messages of clients are cut, and then are none.
const MAX_MESSAGE: usize = 4096;
/// Room for where a datagram was sent to.
const CONTROL: usize = 64;
/// How long the end may take to be seen, if the socket's own end is not.
const STOP_CHECK: Duration = Duration::from_secs(1);
const RECEIVE_BUFFER: usize = 1024 * 1024;

/// Binds a socket of either protocol; an IPv6 one is of IPv6 alone.
pub fn bind(address: SocketAddr, kind: Type) -> Result<Socket> {
    let protocol = if kind == Type::DGRAM {
        Protocol::UDP
    } else {
        Protocol::TCP
    };
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    } else {
        // More than the system allows becomes what it allows.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
        socket.set_read_timeout(Some(STOP_CHECK))?;
        if address.ip().is_unspecified() {
            tell_destinations(&socket, address.is_ipv6())?;
        }
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Makes the kernel say where each datagram was sent to, so that the response comes from there.
fn tell_destinations(socket: &Socket, is_ipv6: bool) -> Result<()> {
    let (level, option) = if is_ipv6 {
        (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)
    } else {
        (libc::IPPROTO_IP, libc::IP_PKTINFO)
    };
    let on: libc::c_int = 1;
    // SAFETY: the descriptor is open, and the pointer and length are of one integer.
    let code = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if code == 0 {
        Ok(())
    } else {
        Err(Error::last_os_error())
    }
}

/// Who sent a datagram, and where to.
#[derive(Clone)]
#[repr(C, align(8))]
pub struct Peer {
    /// First, so that it is aligned as its headers need.
    control: [u8; CONTROL],
    address: libc::sockaddr_storage,
    control_length: usize,
    address_length: usize,
}

/// One datagram that came, and the response to it.
struct Slot {
    peer: Peer,
    length: usize,
    message: [u8; MAX_MESSAGE],
    response: Vec<u8>,
    code: u8,
    of_zone: bool,
    qtype: u16,
}

/// What is read and answered at once.
struct Batch {
    slots: Vec<Slot>,
}

fn empty_address() -> libc::sockaddr_storage {
    // SAFETY: all zeros are a valid value of this structure of numbers.
    unsafe { std::mem::zeroed() }
}

impl Batch {
    fn new() -> Batch {
        let slot = || Slot {
            peer: Peer {
                control: [0; CONTROL],
                address: empty_address(),
                control_length: 0,
                address_length: 0,
            },
            length: 0,
            message: [0; MAX_MESSAGE],
            response: Vec::with_capacity(1500),
            code: 0,
            of_zone: false,
            qtype: 0,
        };
        Batch {
            slots: (0..BATCH).map(|_| slot()).collect(),
        }
    }

    /// Waits for datagrams; how many came.
    fn receive(&mut self, socket: &Socket) -> Result<usize> {
        let empty_vector = libc::iovec {
            iov_base: std::ptr::null_mut(),
            iov_len: 0,
        };
        let mut vectors = [empty_vector; BATCH];
        // SAFETY: all zeros are a valid value of this structure of numbers and null pointers.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
        for (index, slot) in self.slots.iter_mut().enumerate() {
            vectors[index].iov_base = slot.message.as_mut_ptr().cast();
            vectors[index].iov_len = MAX_MESSAGE;
            let header = &mut headers[index].msg_hdr;
            header.msg_name = (&raw mut slot.peer.address).cast();
            header.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_iov = &raw mut vectors[index];
            header.msg_iovlen = 1;
            header.msg_control = slot.peer.control.as_mut_ptr().cast();
            header.msg_controllen = CONTROL;
        }
        // SAFETY: every pointer is into `self.slots` or `vectors`, with its length, and both
        // outlive the call.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_WAITFORONE,
                std::ptr::null_mut(),
            )
        };
        if count < 0 {
            return Err(Error::last_os_error());
        }
        for (slot, header) in self.slots.iter_mut().zip(&headers[..count as usize]) {
            let cut = header.msg_hdr.msg_flags & (libc::MSG_TRUNC | libc::MSG_CTRUNC) != 0;
            slot.length = if cut { 0 } else { header.msg_len as usize };
            slot.peer.control_length = header.msg_hdr.msg_controllen;
            slot.peer.address_length = header.msg_hdr.msg_namelen as usize;
        }
        Ok(count as usize)
    }

    /// Sends the first slots' responses; those that cannot be sent are lost, as datagrams are.
    fn send(&mut self, socket: &Socket, count: usize) {
        let empty_vector = libc::iovec {
            iov_base: std::ptr::null_mut(),
            iov_len: 0,
        };
        let mut vectors = [empty_vector; BATCH];
        // SAFETY: all zeros are a valid value of this structure of numbers and null pointers.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
        let mut filled = 0;
        for slot in self.slots.iter_mut().take(count) {
            if slot.response.is_empty() {
                continue;
            }
            vectors[filled].iov_base = slot.response.as_mut_ptr().cast();
            vectors[filled].iov_len = slot.response.len();
            let header = &mut headers[filled].msg_hdr;
            header.msg_iov = &raw mut vectors[filled];
            header.msg_iovlen = 1;
            slot.peer.describe(header);
            filled += 1;
        }
        let mut sent = 0;
        while sent < filled {
            let rest = &mut headers[sent..filled];
            // SAFETY: every pointer is into `self.slots` or `vectors`, with its length, and both
            // outlive the call.
            let count = unsafe {
                libc::sendmmsg(
                    socket.as_raw_fd(),
                    rest.as_mut_ptr(),
                    rest.len() as libc::c_uint,
                    0,
                )
            };
            // The first of the rest is the one that failed.
            sent += count.max(1) as usize;
        }
    }
}

impl Peer {
    /// Writes where a datagram goes, and where from: the response comes from where the query was
    /// sent to. The interface is left to the routing table.
    fn describe(&mut self, header: &mut libc::msghdr) {
        header.msg_name = (&raw mut self.address).cast();
        header.msg_namelen = self.address_length as libc::socklen_t;
        let head_length = size_of::<libc::cmsghdr>();
        if self.control_length < head_length + size_of::<libc::in_pktinfo>() {
            return;
        }
        // SAFETY: the bytes begin with a header, as long as the kernel said, and any bytes are one.
        let head: libc::cmsghdr = unsafe { std::ptr::read_unaligned(self.control.as_ptr().cast()) };
        if head.cmsg_level == libc::IPPROTO_IP && head.cmsg_type == libc::IP_PKTINFO {
            // The interface's number is the first field.
            self.control[head_length..head_length + 4].fill(0);
        }
        header.msg_control = self.control.as_mut_ptr().cast();
        header.msg_controllen = self.control_length;
    }
}

/// Sends one response; where that cannot be, it is lost, as datagrams are.
pub fn send_one(socket: &Socket, peer: &mut Peer, response: &[u8]) {
    let mut vector = libc::iovec {
        iov_base: response.as_ptr().cast_mut().cast(),
        iov_len: response.len(),
    };
    // SAFETY: all zeros are a valid value of this structure of numbers and null pointers.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut vector;
    header.msg_iovlen = 1;
    peer.describe(&mut header);
    // SAFETY: every pointer is into `peer`, `vector` or `response`, which outlive the call, and the
    // kernel only reads them.
    unsafe {
        libc::sendmsg(socket.as_raw_fd(), &raw const header, 0);
    }
}

/// Answers what comes to a socket until the server stops.
pub fn serve(socket: &Socket, index: usize, shared: &Arc<Shared>) {
    let mut batch = Batch::new();
    let mut seed = shared.seed(index as u64);
    let is_ipv6 = socket
        .local_addr()
        .is_ok_and(|address: SockAddr| address.is_ipv6());
    loop {
        let received = batch.receive(socket);
        if shared.is_stopping() {
            return;
        }
        let count = match received {
            Ok(count) => count,
            Err(error) => {
                let is_usual = matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                );
                if !is_usual {
                    // No memory, say: trying again at once would only take the processor.
                    std::thread::sleep(Duration::from_millis(10));
                }
                continue;
            }
        };
        let started = Instant::now();
        let server = Server {
            socket: index,
            is_ipv6,
            shared,
        };
        if server.answer_all(&mut batch.slots[..count], &mut seed) {
            shared.wake();
        }
        batch.send(socket, count);
        let nanoseconds = (started.elapsed().as_nanos() as u64) / count.max(1) as u64;
        for slot in batch.slots.iter().take(count) {
            if !slot.response.is_empty() {
                shared.counters.served(&Served {
                    of_zone: slot.of_zone,
                    tcp: false,
                    ipv6: is_ipv6,
                    code: slot.code,
                    qtype: slot.qtype,
                    request: slot.length,
                    response: slot.response.len(),
                    nanoseconds,
                });
            }
        }
    }
}

/// What answers one socket.
struct Server<'a> {
    socket: usize,
    is_ipv6: bool,
    shared: &'a Arc<Shared>,
}

impl Server<'_> {
    /// Whether another server must be asked for any.
    fn answer_all(&self, slots: &mut [Slot], seed: &mut u64) -> bool {
        let mut forwards = false;
        let zone = self.shared.zone.read();
        for slot in slots {
            let message = &slot.message[..slot.length];
            let response = &mut slot.response;
            match self
                .shared
                .answer(&zone, message, Transport::Udp, seed, response)
            {
                Answer::Done(done) => {
                    (slot.code, slot.of_zone, slot.qtype) = (done.code, done.of_zone, done.qtype);
                }
                Answer::Pending(pending) => {
                    response.clear();
                    forwards = true;
                    self.shared.elsewhere.push(Job {
                        client: Client::Udp {
                            socket: self.socket,
                            peer: Box::new(slot.peer.clone()),
                        },
                        is_ipv6: self.is_ipv6,
                        message: message.into(),
                        pending,
                        started: Instant::now(),
                    });
                }
            }
        }
        forwards
    }
}
