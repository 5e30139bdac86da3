//! Hashing and comparing passwords: tens of milliseconds each, on one thread of its own, so that
//! it takes one processor at most, whoever asks for how much.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

use bytes::Bytes;
use parking_lot::Mutex;
use steersman_upkeep::random_bytes;
use tokio::sync::oneshot;

use crate::status::{Code, Status};

/// Passwords that wait for the thread; one of each connection.
const MOST_WAITING: usize = 256;
/// Bcrypt knows no more.
const MOST_PASSWORD_BYTES: usize = 72;

type Job = Box<dyn FnOnce() + Send>;

/// The thread begins with the first password, and ends when this is dropped and its work is done.
pub struct Passwords {
    cost: u32,
    jobs: Mutex<Option<SyncSender<Job>>>,
}

impl Passwords {
    pub fn new(cost: u32) -> Passwords {
        Passwords {
            cost,
            jobs: Mutex::new(None),
        }
    }

    /// In the form that Go's bcrypt writes, which etcd reads.
    pub async fn hash(&self, password: String) -> Result<Bytes, Status> {
        let length = password.len();
        if length > MOST_PASSWORD_BYTES {
            let message = format!("bcrypt: password length exceeds {MOST_PASSWORD_BYTES} bytes");
            return Err(Status::new(Code::Unknown, message));
        }
        let cost = self.cost;
        let salt = random_bytes()?;
        let hashed = self.run(move || {
            let hashed = bcrypt::hash_with_salt(password, cost, salt);
            hashed.map(|parts| parts.format_for_version(bcrypt::Version::TwoA))
        });
        match hashed.await? {
            Ok(text) => Ok(Bytes::from(text)),
            Err(_) => Err(Status::DEFECT),
        }
    }

    /// Whether the password is the one that was hashed.
    pub async fn is(&self, hashed: Bytes, password: String) -> Result<bool, Status> {
        self.run(move || {
            let hashed = std::str::from_utf8(&hashed).unwrap_or("");
            bcrypt::verify(password, hashed).unwrap_or(false)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Status> {
        let (sender, receiver) = oneshot::channel();
        let job = Box::new(move || {
            // Whoever asked may be gone: then nothing is worked on.
            if !sender.is_closed() {
                let _ = sender.send(work());
            }
        });
        self.enqueue(job)?;
        receiver.await.map_err(|_| Status::DEFECT)
    }

    fn enqueue(&self, job: Job) -> Result<(), Status> {
        let mut jobs = self.jobs.lock();
        let sender = match &mut *jobs {
            Some(sender) => sender,
            none => none.insert(start()?),
        };
        sender.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Status::TOO_MANY_REQUESTS,
            TrySendError::Disconnected(_) => Status::DEFECT,
        })
    }
}

fn start() -> Result<SyncSender<Job>, Status> {
    let (sender, receiver) = sync_channel::<Job>(MOST_WAITING);
    let run = move || {
        for job in receiver {
            // A panic was printed; whoever waits is told by the end of its channel.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    };
    let thread = std::thread::Builder::new().name("etcd-passwords".to_owned());
    thread.spawn(run).map_err(|error| {
        let message = format!("etcdserver: start a thread: {error}");
        Status::new(Code::Unavailable, message)
    })?;
    Ok(sender)
}
