//! The scheduling engine: changes of the cluster in, placements of batches of pods out.
//! Both directions are text or flat arrays; see `steersman_scheduling::wire` for the lines.

use napi::bindgen_prelude::{Error, Result, Status};
use napi_derive::napi;
use std::panic::{AssertUnwindSafe, catch_unwind};
use steersman_scheduling::engine::{Decision, Engine, NodeExplanation};
use steersman_scheduling::plugin::{Home, PLUGINS};
use steersman_scheduling::profile::Config;
use steersman_scheduling::wire;

/// A plugin of the default profile.
#[napi(object)]
pub struct SchedulingPlugin {
    pub name: String,
    /// 0 when it does not score.
    pub weight: u32,
    pub filters: bool,
    /// `native`, `typescript`, or `later`: accepted and without effect.
    pub home: String,
}

/// Every plugin, in the order of the default profile.
#[napi]
pub fn scheduling_plugins() -> Vec<SchedulingPlugin> {
    let one = |line: &steersman_scheduling::plugin::Descriptor| SchedulingPlugin {
        name: line.name.to_string(),
        weight: line.weight as u32,
        filters: line.filters,
        home: match line.home {
            Home::Native(_) => "native",
            Home::TypeScript => "typescript",
            Home::Later => "later",
        }
        .to_string(),
    };
    PLUGINS.iter().map(one).collect()
}

/// A pod that was not placed.
#[napi(object)]
pub struct SchedulingFailure {
    /// Its place in the batch.
    pub index: u32,
    pub message: String,
    /// The request could not be read, and only that is wrong.
    pub refused: bool,
    /// Plugins that refused nodes.
    pub plugins: Vec<String>,
    /// The node where the victims make room.
    pub nominated_node: Option<String>,
    /// UIDs of the pods to be deleted for it.
    pub victims: Vec<String>,
    /// UIDs of pods that lose their nomination to that node.
    pub displaced: Vec<String>,
}

/// What became of a batch.
#[napi(object)]
pub struct SchedulingBatch {
    /// The node of each pod of the batch; empty for those in `failures`.
    pub nodes: Vec<String>,
    pub failures: Vec<SchedulingFailure>,
    /// Nodes looked at and nodes that passed, summed over the batch.
    pub evaluated_nodes: u32,
    pub feasible_nodes: u32,
}

/// A plugin's score of a node, 0 to 100.
#[napi(object)]
pub struct SchedulingScore {
    pub plugin: String,
    pub score: i64,
}

/// What the plugins say of a node.
#[napi(object)]
pub struct SchedulingNodeExplanation {
    pub node: String,
    /// The plugin that refuses it; absent when it passes.
    pub refused_by: Option<String>,
    pub reasons: Vec<String>,
    /// Removing pods may help.
    pub resolvable: bool,
    pub scores: Vec<SchedulingScore>,
    /// The weighted sum.
    pub total: i64,
}

/// How much the engine knows.
#[napi(object)]
pub struct SchedulingSizes {
    pub nodes: u32,
    pub pods: u32,
    pub templates: u32,
}

/// One scheduler's view of a cluster. It belongs to the thread that made it.
#[napi]
pub struct SchedulingEngine {
    engine: Engine,
    /// A call panicked: the state may be torn, so every later call is refused.
    broken: bool,
}

#[napi]
impl SchedulingEngine {
    /// `config` is JSON: seed, percentageOfNodesToScore, profiles. Throws with the field's path.
    #[napi(constructor)]
    pub fn new(config: String) -> Result<Self> {
        let config: Config = steersman_scheduling::input::decode("config", &config)
            .map_err(|error| Error::new(Status::InvalidArg, error.to_string()))?;
        let engine = Engine::new(config)
            .map_err(|error| Error::new(Status::InvalidArg, error.to_string()))?;
        Ok(Self {
            engine,
            broken: false,
        })
    }

    fn guarded<T>(&mut self, call: impl FnOnce(&mut Engine) -> T) -> Result<T> {
        let broken = || Error::new(Status::GenericFailure, "the scheduling engine is broken");
        if self.broken {
            return Err(broken());
        }
        match catch_unwind(AssertUnwindSafe(|| call(&mut self.engine))) {
            Ok(value) => Ok(value),
            Err(_) => {
                self.broken = true;
                Err(broken())
            }
        }
    }

    /// Takes over changes, one a line. Gives back what could not be read; the rest is in effect.
    #[napi]
    pub fn apply(&mut self, changes: String) -> Result<Vec<String>> {
        self.guarded(|engine| {
            wire::apply(engine, &changes)
                .iter()
                .map(ToString::to_string)
                .collect()
        })
    }

    /// Places pods, one a line, in order. Placed ones are assumed until `pod-` or `pod+` says
    /// otherwise.
    #[napi]
    pub fn schedule(&mut self, scheduler_name: String, pods: String) -> Result<SchedulingBatch> {
        let profile = self.profile(&scheduler_name)?;
        let requests = wire::requests(&pods)
            .map_err(|error| Error::new(Status::InvalidArg, error.to_string()))?;
        self.guarded(|engine| {
            let mut batch = SchedulingBatch {
                nodes: Vec::with_capacity(requests.len()),
                failures: Vec::new(),
                evaluated_nodes: 0,
                feasible_nodes: 0,
            };
            engine.begin_batch();
            for (index, request) in requests.into_iter().enumerate() {
                let decision = engine.schedule(profile, request);
                record(&mut batch, index as u32, decision);
            }
            batch
        })
    }

    /// For each of some pods (lines as in `schedule`): whether what changed on the named nodes can
    /// help it.
    #[napi]
    pub fn helped(
        &mut self,
        scheduler_name: String,
        pods: String,
        nodes: Vec<String>,
    ) -> Result<Vec<bool>> {
        let profile = self.profile(&scheduler_name)?;
        let requests = wire::requests(&pods)
            .map_err(|error| Error::new(Status::InvalidArg, error.to_string()))?;
        let nodes: Vec<&str> = nodes.iter().map(String::as_str).collect();
        self.guarded(|engine| engine.helped(profile, &requests, &nodes))
    }

    /// What every node's plugins say of one pod (a line as in `schedule`), which is not placed.
    #[napi]
    pub fn explain(
        &mut self,
        scheduler_name: String,
        pod: String,
    ) -> Result<Vec<SchedulingNodeExplanation>> {
        let profile = self.profile(&scheduler_name)?;
        let invalid = |error: steersman_scheduling::input::InputError| {
            Error::new(Status::InvalidArg, error.to_string())
        };
        let requests = wire::requests(&pod).map_err(invalid)?;
        let Some(request) = requests.into_iter().next() else {
            return Ok(Vec::new());
        };
        let explanation = self
            .guarded(|engine| engine.explain(profile, request))?
            .map_err(invalid)?;
        Ok(explanation.nodes.into_iter().map(explained).collect())
    }

    /// How much the engine knows.
    #[napi]
    pub fn sizes(&self) -> SchedulingSizes {
        let cluster = &self.engine.cluster;
        SchedulingSizes {
            nodes: cluster.nodes.len() as u32,
            pods: cluster.pods.len() as u32,
            templates: cluster.templates.len() as u32,
        }
    }

    fn profile(&self, scheduler_name: &str) -> Result<usize> {
        self.engine.profile(scheduler_name).ok_or_else(|| {
            Error::new(
                Status::InvalidArg,
                format!("no profile is named {scheduler_name:?}"),
            )
        })
    }
}

fn record(batch: &mut SchedulingBatch, index: u32, decision: Decision) {
    let strings = |list: Vec<Box<str>>| list.into_iter().map(String::from).collect();
    let mut failure = SchedulingFailure {
        index,
        message: String::new(),
        refused: false,
        plugins: Vec::new(),
        nominated_node: None,
        victims: Vec::new(),
        displaced: Vec::new(),
    };
    match decision {
        Decision::Placed {
            node,
            evaluated,
            feasible,
        } => {
            batch.nodes.push(node.into());
            batch.evaluated_nodes += evaluated;
            batch.feasible_nodes += feasible;
            return;
        }
        Decision::Refused(error) => {
            failure.message = error.to_string();
            failure.refused = true;
        }
        Decision::Failed(why) => {
            failure.message = why.message;
            failure.plugins = why.plugins.into_iter().map(String::from).collect();
            if let Some(preemption) = why.preemption {
                failure.nominated_node = Some(preemption.node.into());
                failure.victims = strings(preemption.victims);
                failure.displaced = strings(preemption.displaced);
            }
        }
    }
    batch.nodes.push(String::new());
    batch.failures.push(failure);
}

fn explained(node: NodeExplanation) -> SchedulingNodeExplanation {
    let (refused_by, reasons, resolvable) = match node.refused {
        Some((plugin, reasons, resolvable)) => (Some(plugin.to_string()), reasons, resolvable),
        None => (None, Vec::new(), false),
    };
    let score = |(plugin, score): (&str, i64)| SchedulingScore {
        plugin: plugin.into(),
        score,
    };
    SchedulingNodeExplanation {
        node: node.node.into(),
        refused_by,
        reasons,
        resolvable,
        scores: node.scores.into_iter().map(score).collect(),
        total: node.total,
    }
}
