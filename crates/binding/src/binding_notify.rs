//! A message to the service manager (sd_notify's protocol, see sd_notify(3)). The manager looks at
//! which process sent it (`NotifyAccess=main`), and Node has no Unix datagrams.

use napi::bindgen_prelude::{Error, Result};
use napi_derive::napi;

/// Sends `state` (for example `READY=1`) as one datagram from this process to the socket at `path`,
/// an absolute path or, after `@`, a name in Linux's abstract namespace. Errors when nothing
/// listens there or the path is neither.
#[napi]
pub fn notify_service_manager(path: String, state: String) -> Result<()> {
    send(&path, state.as_bytes()).map_err(|error| Error::from_reason(format!("{path}: {error}")))
}

#[cfg(unix)]
fn send(path: &str, state: &[u8]) -> std::io::Result<()> {
    use std::os::unix::net::UnixDatagram;
    let socket = UnixDatagram::unbound()?;
    // A manager that does not read must not hold up the one thread of JavaScript.
    socket.set_nonblocking(true)?;
    if let Some(name) = path.strip_prefix('@') {
        socket.send_to_addr(state, &abstract_address(name)?)?;
    } else if path.starts_with('/') {
        socket.send_to(state, path)?;
    } else {
        return Err(invalid("neither an absolute path nor an abstract name"));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &str) -> std::io::Result<std::os::unix::net::SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    std::os::unix::net::SocketAddr::from_abstract_name(name)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn abstract_address(_: &str) -> std::io::Result<std::os::unix::net::SocketAddr> {
    Err(invalid("this system has no abstract names"))
}

#[cfg(not(unix))]
fn send(_: &str, _: &[u8]) -> std::io::Result<()> {
    Err(invalid("this system has no Unix sockets"))
}

#[allow(
    dead_code,
    reason = "which errors there are depends on the system it is built for"
)]
fn invalid(why: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidInput, why)
}
