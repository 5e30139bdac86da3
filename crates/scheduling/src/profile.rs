//! A profile: plugins with their arguments and weights, and the work they have kept.

use crate::cluster::Cluster;
use crate::nodes::{NodeSlot, Nodes};
use crate::plugin::{
    ClusterPlugin, ClusterState, FITS, Home, NodePlugin, OutcomeId, Outcomes, PLUGINS, Plugin,
    Reads, descriptor,
};
use crate::preemption::KeptDryRun;
use crate::template::Shape;
use ahash::AHashMap;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Cells (one a shape and node) that profiles keep between them; past it the shapes that were not
/// asked for longest are computed again. 8 Mi cells are about 400 MiB.
const CELLS_MAX: usize = 8 << 20;

/// Different sets of reasons before all that refers to them is forgotten. Pods may ask for
/// resources of any name, so their number has no bound of its own.
const OUTCOMES_MAX: usize = 1 << 16;

/// What the engine is built from: KubeSchedulerConfiguration's fields that have effect here, with
/// each profile's plugins resolved to one list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// Breaks ties.
    pub seed: u64,
    /// 0 adapts to the number of nodes.
    pub percentage_of_nodes_to_score: u32,
    pub profiles: Vec<ProfileConfig>,
}

/// A profile.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProfileConfig {
    pub scheduler_name: String,
    pub percentage_of_nodes_to_score: Option<u32>,
    /// In the order in which filters run; absent is the default profile.
    pub plugins: Option<Vec<PluginConfig>>,
}

/// A plugin of a profile.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PluginConfig {
    pub name: String,
    /// Whether its filter is enabled; absent is yes when it has one.
    pub filter: Option<bool>,
    /// Whether its score is enabled; absent is yes when it has one.
    pub score: Option<bool>,
    /// 0 or absent is the table's.
    pub weight: i64,
    pub args: Value,
}

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// A path into the configuration.
    pub field: String,
    pub detail: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.detail)
    }
}

impl std::error::Error for ConfigError {}

pub(crate) struct NodeEntry {
    pub name: &'static str,
    pub plugin: Box<dyn NodePlugin>,
    pub filters: bool,
    /// Weight and column among raw scores; `None` when it does not score.
    pub score: Option<(i64, usize)>,
}

pub(crate) struct ClusterEntry {
    pub name: &'static str,
    pub plugin: Box<dyn ClusterPlugin>,
    pub filters: bool,
    pub weight: i64,
}

/// A profile, built.
pub struct Profile {
    pub scheduler_name: String,
    pub percentage_of_nodes_to_score: Option<u32>,
    pub(crate) node_plugins: Vec<NodeEntry>,
    pub(crate) cluster_plugins: Vec<ClusterEntry>,
    /// A usage filter runs before some placement filter: both must be asked to know the first.
    usage_first: bool,
    pub(crate) preempts: bool,
    /// DynamicResources is enabled: for a pod without claims its PostFilter adds one note.
    pub(crate) claims_note: bool,
    raw_columns: usize,
    pub(crate) outcomes: Outcomes,
    grids: AHashMap<u64, Grid>,
    kept_cells: usize,
    prepared: AHashMap<u32, Prepared>,
    calls: u64,
}

/// Cluster plugins' states for a template.
pub(crate) struct Prepared {
    counts_epoch: u64,
    serial: u64,
    used: u64,
    /// One a cluster plugin of the profile.
    pub states: Vec<Option<Box<dyn ClusterState>>>,
    /// What removing pods of lower priority from a node came to; at most one a node.
    pub dry_runs: AHashMap<NodeSlot, KeptDryRun>,
}

/// What is known of a shape on each node.
pub(crate) struct Grid {
    used: u64,
    image_epoch: u64,
    reads_images: bool,
    cells: Vec<Cell>,
    /// Raw scores: `columns` a row.
    raw: Vec<i32>,
    columns: usize,
    /// Rows of the nodes asked for, when few can be; otherwise a node's slot is its row.
    rows: Option<AHashMap<NodeSlot, usize>>,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    placement_stamp: u64,
    usage_stamp: u64,
    placement: OutcomeId,
    usage: OutcomeId,
}

impl Profile {
    /// Builds one; plugins that live elsewhere or come later are skipped.
    pub fn build(config: ProfileConfig, path: &str) -> Result<Self, ConfigError> {
        let fail = |field: String, detail: String| Err(ConfigError { field, detail });
        let plugins = config.plugins.unwrap_or_else(|| {
            let default = |name: &'static str| PluginConfig {
                name: name.into(),
                ..PluginConfig::default()
            };
            PLUGINS.iter().map(|line| default(line.name)).collect()
        });
        let mut profile = Self {
            scheduler_name: config.scheduler_name,
            percentage_of_nodes_to_score: config.percentage_of_nodes_to_score,
            node_plugins: Vec::new(),
            cluster_plugins: Vec::new(),
            usage_first: false,
            preempts: false,
            claims_note: false,
            raw_columns: 0,
            outcomes: Outcomes::default(),
            grids: AHashMap::new(),
            kept_cells: 0,
            prepared: AHashMap::new(),
            calls: 0,
        };
        for (index, one) in plugins.into_iter().enumerate() {
            let field = format!("{path}.plugins[{index}]");
            let Some(line) = descriptor(&one.name) else {
                return fail(field, format!("unknown plugin {:?}", one.name));
            };
            profile.preempts |= line.name == "DefaultPreemption";
            profile.claims_note |= line.name == "DynamicResources";
            let Home::Native(build) = line.home else {
                continue;
            };
            let weight = if one.weight == 0 {
                line.weight
            } else {
                one.weight
            };
            if weight < 0 {
                return fail(format!("{field}.weight"), "must not be negative".into());
            }
            let filters = line.filters && one.filter.unwrap_or(true);
            let scores = line.scores && one.score.unwrap_or(true);
            match build(&one.args) {
                Err(detail) => return fail(format!("{field}.args"), detail),
                Ok(Plugin::Node(plugin)) => {
                    let score = scores.then_some((weight, profile.raw_columns));
                    profile.raw_columns += usize::from(scores);
                    profile.node_plugins.push(NodeEntry {
                        name: line.name,
                        plugin,
                        filters,
                        score,
                    });
                }
                Ok(Plugin::Cluster(plugin)) => profile.cluster_plugins.push(ClusterEntry {
                    name: line.name,
                    plugin,
                    filters,
                    weight: if scores { weight } else { 0 },
                }),
            }
        }
        let reads: Vec<Reads> = profile
            .node_plugins
            .iter()
            .filter(|p| p.filters)
            .map(|p| p.plugin.reads())
            .collect();
        profile.usage_first = reads
            .iter()
            .position(|reads| *reads == Reads::Usage)
            .is_some_and(|first| reads[first..].contains(&Reads::Placement));
        Ok(profile)
    }

    /// Whether any plugin scores; without one the first node that passes is taken.
    pub fn scores(&self) -> bool {
        self.raw_columns > 0 || self.cluster_plugins.iter().any(|one| one.weight > 0)
    }

    /// Takes a shape's grid out (to be given back by [`Self::put_grid`]).
    pub(crate) fn take_grid(&mut self, serial: u64, shape: &Shape, nodes: &Nodes) -> Grid {
        self.calls += 1;
        if self.outcomes.len() > OUTCOMES_MAX {
            self.outcomes = Outcomes::default();
            self.grids.clear();
            self.prepared.clear();
            self.kept_cells = 0;
        }
        let mut grid = match self.grids.remove(&serial) {
            Some(grid) => {
                self.kept_cells -= grid.cells.len();
                grid
            }
            None => Grid {
                used: 0,
                image_epoch: nodes.image_epoch,
                reads_images: false,
                cells: Vec::new(),
                raw: Vec::new(),
                columns: self.raw_columns,
                rows: shape.node_match.pinned_names().map(|_| AHashMap::new()),
            },
        };
        grid.used = self.calls;
        if grid.image_epoch != nodes.image_epoch || grid.cells.is_empty() {
            let had = grid.reads_images;
            grid.image_epoch = nodes.image_epoch;
            grid.reads_images = shape.images.iter().any(|image| nodes.knows_image(image));
            if had || grid.reads_images {
                grid.cells
                    .iter_mut()
                    .for_each(|cell| cell.placement_stamp = 0);
            }
        }
        if grid.rows.is_none() {
            grid.reach(nodes.bound());
        }
        grid
    }

    /// Keeps a grid for the next pod of its shape. Pods that name their nodes hardly share one.
    pub(crate) fn put_grid(&mut self, serial: u64, grid: Grid) {
        if grid.rows.is_some() {
            return;
        }
        self.kept_cells += grid.cells.len();
        self.grids.insert(serial, grid);
        if self.kept_cells <= CELLS_MAX || self.grids.len() <= 2 {
            return;
        }
        // The older half goes, so that the search for it is paid for by many insertions.
        let mut ages: Vec<u64> = self.grids.values().map(|one| one.used).collect();
        ages.sort_unstable();
        let oldest_kept = ages[ages.len() / 2];
        self.grids.retain(|_, one| one.used > oldest_kept);
        self.kept_cells = self.grids.values().map(|one| one.cells.len()).sum();
    }

    /// Takes a template's prepared states out, made anew when counts were (to be given back).
    pub(crate) fn take_prepared(&mut self, cluster: &mut Cluster, template: u32) -> Prepared {
        let serial = cluster.shapes[cluster.templates[template].shape].serial;
        if let Some(mut prepared) = self.prepared.remove(&template) {
            let same = prepared.counts_epoch == cluster.counts_epoch;
            if same && prepared.serial == serial {
                prepared.used = self.calls;
                return prepared;
            }
        }
        let mut states = Vec::with_capacity(self.cluster_plugins.len());
        for entry in &self.cluster_plugins {
            states.push(entry.plugin.prepare(cluster, template, &mut self.outcomes));
        }
        Prepared {
            counts_epoch: cluster.counts_epoch,
            serial,
            used: self.calls,
            states,
            dry_runs: AHashMap::new(),
        }
    }

    /// Keeps prepared states for the next pod of their template. Those of an earlier epoch go when
    /// there are many: their tallies are gone too.
    pub(crate) fn put_prepared(&mut self, template: u32, prepared: Prepared) {
        if self.prepared.len() >= 2 * crate::cluster::IDLE_TEMPLATES_MAX {
            let mut ages: Vec<u64> = self.prepared.values().map(|one| one.used).collect();
            ages.sort_unstable();
            let oldest_kept = ages[ages.len() / 2];
            self.prepared.retain(|_, one| one.used > oldest_kept);
        }
        self.prepared.insert(template, prepared);
    }

    /// What node plugins say of a node, from the grid where nothing has changed.
    pub(crate) fn node_outcome(
        &mut self,
        grid: &mut Grid,
        nodes: &Nodes,
        shape: &Shape,
        node: NodeSlot,
    ) -> OutcomeId {
        let at = node as usize;
        let row = grid.row_or_insert(node);
        let cell = grid.cells[row];
        if cell.placement_stamp == nodes.static_stamp[at]
            && cell.usage_stamp == nodes.usage_stamp[at]
        {
            return self.first_of(cell);
        }
        self.refresh(grid, nodes, shape, node)
    }

    #[inline]
    fn first_of(&self, cell: Cell) -> OutcomeId {
        if cell.placement == FITS {
            return cell.usage;
        }
        if cell.usage == FITS || !self.usage_first {
            return cell.placement;
        }
        let rank = |id: OutcomeId| {
            let plugin = self.outcomes.get(id).plugin;
            self.node_plugins
                .iter()
                .position(|entry| entry.name == plugin)
        };
        if rank(cell.usage) < rank(cell.placement) {
            cell.usage
        } else {
            cell.placement
        }
    }

    fn refresh(
        &mut self,
        grid: &mut Grid,
        nodes: &Nodes,
        shape: &Shape,
        node: NodeSlot,
    ) -> OutcomeId {
        let at = node as usize;
        let row = grid.row(node);
        let mut cell = grid.cells[row];
        if cell.placement_stamp != nodes.static_stamp[at] {
            cell.placement = self.ask(Reads::Placement, grid, nodes, shape, node);
            cell.placement_stamp = nodes.static_stamp[at];
            cell.usage_stamp = 0;
        }
        if cell.usage_stamp != nodes.usage_stamp[at] {
            if cell.placement == FITS || self.usage_first {
                cell.usage = self.ask(Reads::Usage, grid, nodes, shape, node);
            }
            cell.usage_stamp = nodes.usage_stamp[at];
        }
        grid.cells[row] = cell;
        self.first_of(cell)
    }

    fn ask(
        &mut self,
        reads: Reads,
        grid: &mut Grid,
        nodes: &Nodes,
        shape: &Shape,
        node: NodeSlot,
    ) -> OutcomeId {
        for entry in self
            .node_plugins
            .iter()
            .filter(|p| p.filters && p.plugin.reads() == reads)
        {
            let outcome = entry.plugin.filter(nodes, shape, node, &mut self.outcomes);
            if outcome != FITS {
                return outcome;
            }
        }
        let row = grid.row(node) * grid.columns;
        for entry in self
            .node_plugins
            .iter()
            .filter(|p| p.plugin.reads() == reads)
        {
            if let Some((_, column)) = entry.score {
                let raw = entry.plugin.score(nodes, shape, node);
                grid.raw[row + column] = raw.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
            }
        }
        FITS
    }
}

impl Grid {
    fn reach(&mut self, rows: usize) {
        self.cells.resize(rows, Cell::default());
        self.raw.resize(rows * self.columns, 0);
    }

    #[inline]
    fn row(&self, node: NodeSlot) -> usize {
        match &self.rows {
            None => node as usize,
            Some(rows) => rows.get(&node).copied().unwrap_or(0),
        }
    }

    fn row_or_insert(&mut self, node: NodeSlot) -> usize {
        let Some(rows) = &mut self.rows else {
            return node as usize;
        };
        if let Some(row) = rows.get(&node) {
            return *row;
        }
        let row = self.cells.len();
        rows.insert(node, row);
        self.reach(row + 1);
        row
    }

    /// The raw score of a node in a column, of a node that was just asked for.
    #[inline]
    pub fn raw(&self, node: NodeSlot, column: usize) -> i64 {
        i64::from(self.raw[self.row(node) * self.columns + column])
    }
}

/// A shape with its serial, held apart from the cluster while it changes.
pub(crate) fn shape_of(cluster: &Cluster, template: u32) -> (u64, Arc<Shape>) {
    let entry = &cluster.shapes[cluster.templates[template].shape];
    (entry.serial, Arc::clone(&entry.shape))
}
