//! Exact counts of engines on workloads, as files: what the gate in `ci/` keeps as its baselines, and
//! where a run looks for the machine instructions that it shows beside its times.
//!
//! There are two layers. [`Portable`] counts depend on the project's sources alone, so one file serves
//! every platform. [`Host`] counts are machine instructions, exact for one toolchain, so a
//! file belongs to one [`Key`], and files of different keys are never compared.

pub mod code;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::schema;
pub use crate::schema::Key;
use crate::store::{self, ReadError, WriteError};

/// The version of the schema of these files; one of another version is refused, not guessed at.
const SCHEMA_VERSION: u32 = 1;

/// How far two counts of host instructions may differ for a report to call them the same, as a
/// fraction: nobody would act upon less. (The gate's tolerances are settings of its own.)
pub const HOST_TOLERANCE: f64 = 0.001;

/// The portable layer: counts that every build of the same sources gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portable {
    format: PortableFormat,
    schema: u32,
    /// At most one cell for each variant and workload.
    pub cells: Vec<PortableCell>,
}

/// The host layer: machine instructions of one toolchain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    format: HostFormat,
    schema: u32,
    /// What the counts are exact for.
    pub key: Key,
    /// Which sources were counted.
    pub sources: Sources,
    /// What the compiler was told for the engines; empty in a file that is older than this field.
    #[serde(default)]
    pub settings: String,
    /// At most one cell for each bench, variant and workload.
    pub cells: Vec<HostCell>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum PortableFormat {
    #[serde(rename = "monkeybench-portable-counts")]
    Portable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum HostFormat {
    #[serde(rename = "monkeybench-host-counts")]
    Host,
}

/// What one run of a variant on a workload counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortableCell {
    /// The variant's name.
    pub variant: String,
    /// The workload's name.
    pub workload: String,
    /// Dispatched instructions, calls, allocations, bytes of code.
    pub counts: schema::Counts,
    /// How often each opcode was dispatched, by name; those that were not are left out.
    pub opcodes: BTreeMap<String, u64>,
}

/// What one bench counts in machine instructions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostCell {
    /// The phase that was counted.
    pub bench: schema::Measure,
    /// The variant's name.
    pub variant: String,
    /// The workload's name.
    pub workload: String,
    /// All machine instructions of the phase.
    pub instructions: u64,
    /// Instructions by function, callees not included; small ones may be left out.
    pub functions: BTreeMap<String, u64>,
}

/// Which sources a program was built from: git's hashes of the code that decides what an engine
/// executes, so that two commits which agree in these agree in all counts. Prose and tests are no part
/// of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sources(pub String);

impl Sources {
    /// The paths, from the root of the project.
    pub const PATHS: [&str; 5] = code::PATHS;

    /// From the hashes of [`Self::PATHS`], in that order; none if some are missing.
    pub fn from_hashes<'h>(hashes: impl IntoIterator<Item = &'h str>) -> Option<Self> {
        const DIGITS: usize = 12;
        let short: Option<Vec<&str>> = hashes.into_iter().map(|hash| hash.get(..DIGITS)).collect();
        let short = short.filter(|short| short.len() == Self::PATHS.len())?;
        Some(Self(short.join("-")))
    }

    /// The paths in which other sources differ, as far as either has a hash for them.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let (mut own, mut others) = (self.0.split('-'), other.0.split('-'));
        let mut paths = Self::PATHS.to_vec();
        paths.retain(|_| own.next() != others.next());
        paths
    }
}

impl Portable {
    const FORMAT: &str = "monkeybench-portable-counts";

    /// A file of these cells.
    pub fn new(cells: Vec<PortableCell>) -> Self {
        Self {
            format: PortableFormat::Portable,
            schema: SCHEMA_VERSION,
            cells,
        }
    }

    /// The cell of a variant and a workload.
    pub fn cell(&self, variant: &str, workload: &str) -> Option<&PortableCell> {
        self.cells
            .iter()
            .find(|cell| cell.variant == variant && cell.workload == workload)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let portable: Self = store::read_json(
            path,
            Self::FORMAT,
            "file of portable counts",
            SCHEMA_VERSION,
        )?;
        let name = |it: &PortableCell| format!("{} on {}", it.variant, it.workload);
        match twice(&portable.cells, name) {
            Some(cell) => Err(twofold(path, cell)),
            None => Ok(portable),
        }
    }

    /// Writes a file, replacing what stood there at once.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        store::write_json(path, self)
    }
}

impl Host {
    const FORMAT: &str = "monkeybench-host-counts";

    /// A file of these cells.
    pub fn new(key: Key, sources: Sources, settings: String, cells: Vec<HostCell>) -> Self {
        Self {
            format: HostFormat::Host,
            schema: SCHEMA_VERSION,
            key,
            sources,
            settings,
            cells,
        }
    }

    /// The cell of a bench, a variant and a workload.
    pub fn cell(&self, bench: schema::Measure, variant: &str, workload: &str) -> Option<&HostCell> {
        self.cells.iter().find(|cell| {
            cell.bench == bench && cell.variant == variant && cell.workload == workload
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let host: Self =
            store::read_json(path, Self::FORMAT, "file of host counts", SCHEMA_VERSION)?;
        let name = |it: &HostCell| format!("{} of {} on {}", it.bench, it.variant, it.workload);
        match twice(&host.cells, name) {
            Some(cell) => Err(twofold(path, cell)),
            None => Ok(host),
        }
    }

    /// Writes a file, replacing what stood there at once.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        store::write_json(path, self)
    }
}

/// The name of a cell that is there twice, as a merge may leave it.
fn twice<C>(cells: &[C], name: impl Fn(&C) -> String) -> Option<String> {
    let mut seen = HashSet::new();
    cells
        .iter()
        .map(name)
        .find(|name| !seen.insert(name.clone()))
}

fn twofold(path: &Path, cell: String) -> ReadError {
    ReadError::CountedTwice {
        path: path.to_owned(),
        cell,
    }
}
