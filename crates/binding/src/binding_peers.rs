//! Who holds a TCP socket of this machine: the kernel's socket table asked for one connection
//! (sock_diag(7)), and the processes that have a socket open (/proc). Linux only.

use napi::bindgen_prelude::{AsyncTask, Env, Error, Result, Task};
use napi_derive::napi;
use std::net::{IpAddr, SocketAddr};

/// One row of the kernel's table of TCP sockets.
#[napi(object)]
pub struct TcpSocketRow {
    /// The kernel's number of the state: 1 is established.
    pub state: u32,
    /// Who made the socket. 4294967295 where it has no user here.
    pub user: u32,
    /// 0 for a socket that no process holds any more.
    pub inode: f64,
}

/// A process that has a socket open.
#[napi(object)]
pub struct SocketHolder {
    pub inode: f64,
    /// The text of /proc/PID/cgroup.
    pub cgroups: String,
}

#[napi(object)]
pub struct SocketHolders {
    pub holders: Vec<SocketHolder>,
    /// The cgroups of the processes whose open files this process may not see.
    pub hidden: Vec<String>,
}

fn socket_address(ip: &str, port: u32) -> Result<SocketAddr> {
    let ip: IpAddr = ip
        .parse()
        .map_err(|_| Error::from_reason(format!("{ip:?} is not an IP address")))?;
    let port =
        u16::try_from(port).map_err(|_| Error::from_reason(format!("{port} is not a port")))?;
    // The kernel keeps IPv4 connections of IPv6 sockets under their IPv4 addresses.
    Ok(SocketAddr::new(ip.to_canonical(), port))
}

/// The row of the socket that is bound to the first address and connected to the second, exactly;
/// absent where this network namespace has none. Errors where the kernel cannot be asked.
#[napi(catch_unwind)]
pub fn tcp_socket_row(
    local: String,
    local_port: u32,
    remote: String,
    remote_port: u32,
) -> Result<Option<TcpSocketRow>> {
    let local = socket_address(&local, local_port)?;
    let remote = socket_address(&remote, remote_port)?;
    system::row(local, remote).map_err(|error| Error::from_reason(format!("sock_diag: {error}")))
}

pub struct HolderSearch {
    inodes: Vec<u64>,
}

impl Task for HolderSearch {
    type Output = SocketHolders;
    type JsValue = SocketHolders;

    fn compute(&mut self) -> Result<SocketHolders> {
        system::holders(&self.inodes).map_err(|error| Error::from_reason(format!("/proc: {error}")))
    }

    fn resolve(&mut self, _: Env, output: SocketHolders) -> Result<SocketHolders> {
        Ok(output)
    }
}

/// Every process that holds one of the sockets, found on a thread of the pool.
#[napi(ts_return_type = "Promise<SocketHolders>")]
pub fn find_socket_holders(inodes: Vec<f64>) -> AsyncTask<HolderSearch> {
    let inodes = inodes.into_iter().map(|inode| inode as u64).collect();
    AsyncTask::new(HolderSearch { inodes })
}

#[cfg(target_os = "linux")]
mod system {
    use super::{SocketHolder, SocketHolders, TcpSocketRow};
    use std::fs;
    use std::io::{Error, ErrorKind, Read, Result, Write};
    use std::net::{IpAddr, SocketAddr};
    use std::os::fd::{FromRawFd, OwnedFd};
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    const AF_INET: u8 = 2;
    const AF_INET6: u8 = 10;
    const AF_NETLINK: i32 = 16;
    const SOCK_RAW_CLOEXEC: i32 = 3 | 0o2_000_000;
    const NETLINK_SOCK_DIAG: i32 = 4;
    const IPPROTO_TCP: u8 = 6;
    const NLM_F_REQUEST: u16 = 1;
    const NLMSG_ERROR: u16 = 2;
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const ENOENT: i32 = 2;
    /// The head of a netlink message, and inet_diag_req_v2 after it.
    const HEADER_BYTES: usize = 16;
    const REQUEST_BYTES: usize = HEADER_BYTES + 56;
    /// inet_diag_msg: where its fields are, counted from the message's beginning.
    const FAMILY: usize = HEADER_BYTES;
    const STATE: usize = HEADER_BYTES + 1;
    const LOCAL_PORT: usize = HEADER_BYTES + 4;
    const REMOTE_PORT: usize = HEADER_BYTES + 6;
    const LOCAL_ADDRESS: usize = HEADER_BYTES + 8;
    const REMOTE_ADDRESS: usize = HEADER_BYTES + 24;
    const USER: usize = HEADER_BYTES + 64;
    const INODE: usize = HEADER_BYTES + 68;
    /// The kernel answers within the call that asks; this bounds what would otherwise hang.
    const TIMEOUT: Duration = Duration::from_millis(500);

    unsafe extern "C" {
        safe fn socket(domain: i32, kind: i32, protocol: i32) -> i32;
    }

    fn open() -> Result<OwnedFd> {
        let fd = socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG);
        if fd < 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: the descriptor was just made, is open, and nobody else owns it.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    fn put_address(bytes: &mut [u8], ip: IpAddr) {
        match ip {
            IpAddr::V4(ip) => bytes[..4].copy_from_slice(&ip.octets()),
            IpAddr::V6(ip) => bytes[..16].copy_from_slice(&ip.octets()),
        }
    }

    fn request(local: SocketAddr, remote: SocketAddr) -> Result<[u8; REQUEST_BYTES]> {
        if local.is_ipv4() != remote.is_ipv4() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "addresses of two families",
            ));
        }
        let mut bytes = [0; REQUEST_BYTES];
        bytes[..4].copy_from_slice(&(REQUEST_BYTES as u32).to_ne_bytes());
        bytes[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        bytes[6..8].copy_from_slice(&NLM_F_REQUEST.to_ne_bytes());
        let body = &mut bytes[HEADER_BYTES..];
        body[0] = if local.is_ipv4() { AF_INET } else { AF_INET6 };
        body[1] = IPPROTO_TCP;
        body[4..8].copy_from_slice(&u32::MAX.to_ne_bytes()); // sockets in any state
        body[8..10].copy_from_slice(&local.port().to_be_bytes());
        body[10..12].copy_from_slice(&remote.port().to_be_bytes());
        put_address(&mut body[12..28], local.ip());
        put_address(&mut body[28..44], remote.ip());
        body[48..56].fill(0xff); // no cookie
        Ok(bytes)
    }

    fn u32_at(bytes: &[u8], at: usize) -> u32 {
        let mut four = [0; 4];
        four.copy_from_slice(&bytes[at..at + 4]);
        u32::from_ne_bytes(four)
    }

    pub fn row(local: SocketAddr, remote: SocketAddr) -> Result<Option<TcpSocketRow>> {
        let asked = request(local, remote)?;
        let channel = UnixDatagram::from(open()?);
        channel.set_read_timeout(Some(TIMEOUT))?;
        let mut file = fs::File::from(OwnedFd::from(channel));
        file.write_all(&asked)?;
        let mut bytes = [0; 4096];
        let length = file.read(&mut bytes)?;
        read_row(&bytes[..length], local, remote)
    }

    fn ip_at(family: u8, bytes: &[u8]) -> IpAddr {
        if family == AF_INET {
            let mut octets = [0; 4];
            octets.copy_from_slice(&bytes[..4]);
            return IpAddr::from(octets);
        }
        let mut octets = [0; 16];
        octets.copy_from_slice(&bytes[..16]);
        // An IPv6 socket's IPv4 connection is found by its IPv4 addresses and told mapped.
        IpAddr::from(octets).to_canonical()
    }

    fn endpoint_of(bytes: &[u8], port: usize, address: usize) -> SocketAddr {
        let port = u16::from_be_bytes([bytes[port], bytes[port + 1]]);
        SocketAddr::new(ip_at(bytes[FAMILY], &bytes[address..address + 16]), port)
    }

    fn read_row(
        bytes: &[u8],
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<Option<TcpSocketRow>> {
        let short = || Error::new(ErrorKind::UnexpectedEof, "a short message");
        if bytes.len() < HEADER_BYTES + 4 {
            return Err(short());
        }
        if u16::from_ne_bytes([bytes[4], bytes[5]]) == NLMSG_ERROR {
            let code = (u32_at(bytes, HEADER_BYTES) as i32).wrapping_neg();
            return if code == ENOENT {
                Ok(None)
            } else {
                Err(Error::from_raw_os_error(code))
            };
        }
        if bytes.len() < INODE + 4 {
            return Err(short());
        }
        // Where there is no such connection the kernel gives a listening socket instead.
        let is_the_one = endpoint_of(bytes, LOCAL_PORT, LOCAL_ADDRESS) == local
            && endpoint_of(bytes, REMOTE_PORT, REMOTE_ADDRESS) == remote;
        Ok(is_the_one.then(|| TcpSocketRow {
            state: u32::from(bytes[STATE]),
            user: u32_at(bytes, USER),
            inode: f64::from(u32_at(bytes, INODE)),
        }))
    }

    /// `socket:[123]` as the link of an open file says it.
    fn inode_of(link: &str) -> Option<u64> {
        link.strip_prefix("socket:[")?
            .strip_suffix(']')?
            .parse()
            .ok()
    }

    pub fn holders(inodes: &[u64]) -> Result<SocketHolders> {
        let mut found = SocketHolders {
            holders: Vec::new(),
            hidden: Vec::new(),
        };
        for entry in fs::read_dir("/proc")?.flatten() {
            let name = entry.file_name();
            if name
                .to_str()
                .is_some_and(|name| name.parse::<u32>().is_ok())
            {
                look_into(&entry.path(), inodes, &mut found);
            }
        }
        Ok(found)
    }

    /// A process that ends meanwhile holds nothing; one that may not be looked into is hidden.
    fn look_into(process: &std::path::Path, inodes: &[u64], found: &mut SocketHolders) {
        // An unreadable cgroup is told as such, never as an empty one.
        let cgroups = || fs::read_to_string(process.join("cgroup")).unwrap_or_else(|_| "?".into());
        let files = match fs::read_dir(process.join("fd")) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return found.hidden.push(cgroups());
            }
            Err(_) => return,
        };
        for file in files.flatten() {
            let link = match fs::read_link(file.path()) {
                Ok(link) => link,
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    return found.hidden.push(cgroups());
                }
                Err(_) => continue,
            };
            let inode = link.to_str().and_then(inode_of);
            if let Some(inode) = inode.filter(|inode| inodes.contains(inode)) {
                let cgroups = cgroups();
                found.holders.push(SocketHolder {
                    inode: inode as f64,
                    cgroups,
                });
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{SocketHolders, TcpSocketRow};
    use std::io::{Error, Result};
    use std::net::SocketAddr;

    fn unsupported() -> Error {
        Error::new(std::io::ErrorKind::Unsupported, "this system does not tell")
    }

    pub fn row(_: SocketAddr, _: SocketAddr) -> Result<Option<TcpSocketRow>> {
        Err(unsupported())
    }

    pub fn holders(_: &[u64]) -> Result<SocketHolders> {
        Err(unsupported())
    }
}
