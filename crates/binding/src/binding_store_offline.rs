//! Data directories that no store has open: what the `steersman store` commands do with them.

use std::path::Path;
use std::sync::Arc;

use napi::bindgen_prelude::{Env, Function, Uint8ArraySlice};
use napi_derive::napi;
use steersman_store::{
    DirectoryMaker, Disk, Draft, EntryMeta, Finding, Kept, Loss, Offline, RecoveryReport, restore,
};

use steersman_upkeep::random_salt;

use crate::binding_store::{NativeStore, Result, failure, invalid};
use crate::binding_store_numbers::whole;
use crate::binding_store_shared::SharedStore;
use crate::binding_store_views::CodecViews;

#[napi(object, object_from_js = false)]
pub struct FindingOutput {
    pub kind: String,
    pub path: String,
    pub offset: f64,
    pub bytes: f64,
    pub text: String,
}

/// What a directory held when it was opened or read.
#[napi(object, object_from_js = false)]
pub struct RecoveryReportOutput {
    pub closed: bool,
    pub snapshot_revision: f64,
    pub snapshot_keys: f64,
    pub segments: f64,
    pub log_bytes: f64,
    pub groups: f64,
    pub records: f64,
    pub revision: f64,
    pub findings: Vec<FindingOutput>,
}

#[napi(object, object_from_js = false)]
pub struct LossOutput {
    pub path: String,
    pub offset: f64,
    pub bytes: f64,
    pub what: String,
}

#[napi(object, object_from_js = false)]
pub struct CheckOutput {
    pub report: RecoveryReportOutput,
    /// Why opening it is refused; absent: it is sound.
    pub refusal: Option<String>,
    pub losses: Vec<LossOutput>,
}

#[napi(object, object_from_js = false)]
pub struct KeptOutput {
    pub revision: f64,
    pub keys: f64,
    pub leases: f64,
}

#[napi(object, object_from_js = false)]
pub struct RepairOutput {
    /// Absent: the directory is sound, and nothing was done.
    pub refusal: Option<String>,
    pub losses: Vec<LossOutput>,
    pub originals: Option<String>,
    pub kept: KeptOutput,
}

#[napi(object, object_from_js = false)]
pub struct LeaseOutput {
    pub lease_id: f64,
    pub ttl_seconds: f64,
}

fn finding(finding: &Finding) -> FindingOutput {
    FindingOutput {
        kind: finding.kind.name().to_owned(),
        path: finding.path.display().to_string(),
        offset: finding.offset as f64,
        bytes: finding.bytes as f64,
        text: finding.to_string(),
    }
}

pub fn report(report: &RecoveryReport) -> RecoveryReportOutput {
    RecoveryReportOutput {
        closed: report.closed,
        snapshot_revision: report.snapshot_revision as f64,
        snapshot_keys: report.snapshot_keys as f64,
        segments: report.segments as f64,
        log_bytes: report.log_bytes as f64,
        groups: report.groups as f64,
        records: report.records as f64,
        revision: report.revision as f64,
        findings: report.findings.iter().map(finding).collect(),
    }
}

fn losses(losses: Vec<Loss>) -> Vec<LossOutput> {
    let output = |loss: Loss| LossOutput {
        path: loss.path.display().to_string(),
        offset: loss.offset as f64,
        bytes: loss.bytes as f64,
        what: loss.what,
    };
    losses.into_iter().map(output).collect()
}

fn kept(kept: Kept) -> KeptOutput {
    KeptOutput {
        revision: kept.revision as f64,
        keys: kept.keys as f64,
        leases: kept.leases as f64,
    }
}

fn offline(directory: &str) -> Result<Offline> {
    Offline::open(Arc::new(Disk), Path::new(directory)).map_err(failure)
}

/// Changes nothing.
#[napi]
pub fn check_store(directory: String) -> Result<CheckOutput> {
    let check = offline(&directory)?.check().map_err(failure)?;
    Ok(CheckOutput {
        report: report(&check.report),
        refusal: check.refusal.map(|error| error.message),
        losses: losses(check.losses),
    })
}

#[napi]
pub fn repair_store(directory: String) -> Result<RepairOutput> {
    let salt = random_salt().map_err(failure)?;
    let repair = offline(&directory)?.repair(salt).map_err(failure)?;
    Ok(RepairOutput {
        refusal: repair.refusal.map(|error| error.message),
        losses: losses(repair.losses),
        originals: repair.originals.map(|path| path.display().to_string()),
        kept: kept(repair.kept),
    })
}

/// Writes the state as of the newest revision to one file.
#[napi]
pub fn save_store(directory: String, file: String) -> Result<KeptOutput> {
    let saved = offline(&directory)?.save(Path::new(&file));
    saved.map(kept).map_err(failure)
}

/// Makes a directory from a file of `saveStore`.
#[napi]
pub fn restore_store(file: String, directory: String, bump: f64) -> Result<KeptOutput> {
    let salt = random_salt().map_err(failure)?;
    let (file, directory) = (Path::new(&file), Path::new(&directory));
    let bump = whole(bump, "the bump")?;
    restore(Arc::new(Disk), file, directory, bump, salt)
        .map(kept)
        .map_err(failure)
}

/// The state of a directory, in memory: what is written to it goes nowhere.
#[napi]
pub fn load_store(env: &Env, directory: String, wake: Function<'_, (), ()>) -> Result<NativeStore> {
    let (store, _) = offline(&directory)?
        .load(Arc::new(CodecViews::default()))
        .map_err(failure)?;
    NativeStore::new(env, SharedStore::register(store), &wake)
}

/// Makes a directory from entries.
#[napi]
pub struct StoreMaker {
    maker: Option<DirectoryMaker>,
}

#[napi]
impl StoreMaker {
    #[napi(factory)]
    pub fn begin(directory: String) -> Result<StoreMaker> {
        let salt = random_salt().map_err(failure)?;
        let maker = DirectoryMaker::new(Arc::new(Disk), Path::new(&directory), salt);
        Ok(StoreMaker {
            maker: Some(maker.map_err(failure)?),
        })
    }

    fn maker(&mut self) -> Result<&mut DirectoryMaker> {
        self.maker.as_mut().ok_or_else(|| invalid("it is finished"))
    }

    /// Keys come rising.
    #[napi]
    pub fn put(
        &mut self,
        key: String,
        value: Uint8ArraySlice<'_>,
        create_revision: f64,
        mod_revision: f64,
        version: f64,
        lease_id: f64,
    ) -> Result<()> {
        let meta = EntryMeta {
            create_revision: whole(create_revision, "the revision")?,
            mod_revision: whole(mod_revision, "the revision")?,
            version: whole(version, "the version")?,
            lease_id: whole(lease_id, "the lease")?,
            order: 0,
        };
        let maker = self.maker()?;
        maker
            .put(Draft::new(key.as_bytes(), &value), meta)
            .map_err(failure)
    }

    #[napi]
    pub fn lease(&mut self, lease_id: f64, ttl_seconds: f64) -> Result<()> {
        let lease_id = whole(lease_id, "the lease")?;
        let ttl_seconds = whole(ttl_seconds, "the time to live")?;
        let maker = self.maker()?;
        maker.lease(lease_id, ttl_seconds).map_err(failure)
    }

    #[napi]
    pub fn finish(&mut self, revision: f64) -> Result<KeptOutput> {
        let revision = whole(revision, "the revision")?;
        let maker = self.maker.take();
        let maker = maker.ok_or_else(|| invalid("it is finished"))?;
        maker.finish(revision).map(kept).map_err(failure)
    }
}
