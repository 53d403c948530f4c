//! Finding the host instructions that describe this program: those that the gate in `ci/` counted
//! of the very sources, with the same compiler, target and profile, that this program was built
//! from. Counts of anything else would be wrong beside its times, so they are left out, and why is
//! said. The gate counts the stages only; for other variants a run can count by itself ([`of_run`]).

pub(crate) mod of_run;

use std::collections::HashSet;
use std::env;
use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use reports::counts::{Host, Sources};
use reports::schema::{Cell, HostCounts, HostSource, Measure, Results, VariantId, WorkloadId};
use reports::store::ReadError;

use crate::tool::Build;
use crate::workers;

/// Where counts are looked for, from the root of the repository, the freshest first.
const FOLDERS: [(&str, HostSource); 2] = [
    ("target/ci/counts", HostSource::Check),
    ("ci/baselines", HostSource::Baseline),
];

/// Where the gate leaves its counts in Cargo's folder of built files, which may be another than `target`.
const IN_TARGET: &str = "ci/counts";

/// What counts what the gate doesn't.
const OPTION: &str = "--count-host-instructions";

/// What was found.
#[derive(Debug)]
pub(crate) enum Search {
    /// Counts that describe this program.
    Found {
        /// The counts.
        host: Host,
        /// Where they are from.
        source: HostSource,
    },
    /// There are none, for a reason as after “because”.
    Absent(String),
}

/// The counts of a file that the user named.
///
/// # Errors
/// If it can't be read, or doesn't describe this program.
pub(crate) fn of_file(path: &Path, build: &Build) -> anyhow::Result<Search> {
    let unfit = |reason: &dyn Display| anyhow!("can't use {}: {reason}", path.display());
    let host = read(path)?;
    let sources = build.sources.as_ref().map_err(|reason| unfit(reason))?;
    let differences = differences(&host, sources, build);
    if !differences.is_empty() {
        bail!(unfit(&format!("it counts {}", differences.join(", "))));
    }
    Ok(Search::Found {
        host,
        source: HostSource::File,
    })
}

/// Cargo's folders of built files: those that its variables name, and that which this program is in,
/// wherever a configuration file or an option has put it.
pub(crate) fn target_folders() -> Vec<PathBuf> {
    let named = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];
    let named = named.into_iter().filter_map(env::var_os);
    let named = named.filter(|it| !it.is_empty()).map(PathBuf::from);
    let executable = workers::own_executable().unwrap_or_default();
    // `target/release/monkeybench`; with `--target`, a folder deeper.
    let own = executable.ancestors().skip(2).take(2);
    named.chain(own.map(Path::to_owned)).collect()
}

/// The counts that Cargo's folders of built files have, or a directory or one above it. A file that
/// can't be read is warned of: no run is lost for it.
pub(crate) fn search(
    directory: &Path,
    targets: &[PathBuf],
    build: &Build,
    mut warn: impl FnMut(&str),
) -> Search {
    let sources = match &build.sources {
        Ok(sources) => sources,
        Err(reason) => return Search::Absent(reason.clone()),
    };
    let is_root = |above: &&Path| {
        let mut folders = FOLDERS.iter();
        folders.any(|(folder, _)| above.join(folder).is_dir())
    };
    let root = directory.ancestors().find(is_root);
    let folders = folders(root, targets);
    if folders.is_empty() {
        let folders = FOLDERS.map(|(folder, _)| folder).join(" nor ");
        return Search::Absent(format!(
            "there is neither {folders} in this directory or above it"
        ));
    }
    let mut damaged = Vec::new();
    let mut nearest: Option<(usize, String)> = None;
    for (folder, source) in folders {
        for path in files(&folder) {
            let name = named(&path, root);
            match read(&path) {
                Ok(host) => {
                    let differences = differences(&host, sources, build);
                    if differences.is_empty() {
                        return Search::Found { host, source };
                    }
                    let reason = format!("{name} counts {}", differences.join(", "));
                    if nearest.as_ref().is_none_or(|it| differences.len() < it.0) {
                        nearest = Some((differences.len(), reason));
                    }
                }
                // The portable counts stand beside them.
                Err(error) if is_another_kind(&error) => {}
                Err(error) => {
                    warn(&format!("{error}; its counts are left out"));
                    damaged.push(format!("{name} is damaged"));
                }
            }
        }
    }
    let reasons: Vec<String> = nearest
        .map(|(_, reason)| reason)
        .into_iter()
        .chain(damaged)
        .collect();
    Search::Absent(if reasons.is_empty() {
        "nothing has been counted yet".to_owned()
    } else {
        reasons.join(", and ")
    })
}

impl Search {
    /// Where the counts are from, or why there are none, in a few words.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::Found { source, .. } => match source {
                HostSource::Check => "those that ci/check counted last".to_owned(),
                HostSource::Baseline => "those of ci/check's baseline".to_owned(),
                HostSource::File => "those of the file that --host-counts names".to_owned(),
                HostSource::Run => "those of a run".to_owned(),
            },
            Self::Absent(reason) => format!("none, because {reason}"),
        }
    }

    /// Puts the counts into the results of a run whose cells are there. `by_run`: its experiment has
    /// runs count for themselves.
    pub(crate) fn record(&self, by_run: bool, results: &mut Results) {
        let mut counts = match self {
            Self::Found { host, source } => record(host, *source, results),
            Self::Absent(reason) => HostCounts::Absent {
                reason: reason.clone(),
                by_run,
            },
        };
        if let HostCounts::Absent { reason, by_run } = &mut counts
            && !*by_run
            && !gate_counts(results)
        {
            *by_run = true;
            if !reason.contains(OPTION) {
                reason.push_str(&format!(
                    "; and the gate counts no cell of this run, but {OPTION} does"
                ));
            }
        }
        results.host_counts = Some(counts);
    }
}

/// The folders that may have counts, each once, the freshest first.
fn folders(root: Option<&Path>, targets: &[PathBuf]) -> Vec<(PathBuf, HostSource)> {
    let in_targets = targets
        .iter()
        .map(|target| (target.join(IN_TARGET), HostSource::Check));
    let in_root = root.into_iter().flat_map(|root| {
        let folders = FOLDERS.into_iter();
        folders.map(|(folder, source)| (root.join(folder), source))
    });
    let mut seen = HashSet::new();
    in_targets
        .chain(in_root)
        .filter(|(folder, _)| folder.canonicalize().is_ok_and(|it| seen.insert(it)))
        .collect()
}

/// What a file is called, without the folders that are of this machine alone.
fn named(path: &Path, root: Option<&Path>) -> String {
    let in_root = root.and_then(|root| path.strip_prefix(root).ok());
    let in_target = || {
        let name = path.file_name()?;
        Some(Path::new("target").join(IN_TARGET).join(name))
    };
    let name = in_root.map(Path::to_owned).or_else(in_target);
    name.unwrap_or_default().display().to_string()
}

/// The JSON files of a folder, by name, so that the same is found each time.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension() == Some(OsStr::new("json")))
        .collect();
    files.sort();
    files
}

/// Reads counts, and makes sure that they count something.
fn read(path: &Path) -> anyhow::Result<Host> {
    let host = Host::read(path)?;
    let nothing = host.cells.iter().find(|cell| cell.instructions == 0);
    if let Some(cell) = nothing {
        bail!(
            "{}: has no instructions for {} of {} on {}",
            path.display(),
            cell.bench,
            cell.variant,
            cell.workload,
        );
    }
    Ok(host)
}

fn is_another_kind(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(ReadError::NotOurs { .. }))
}

/// What counts are of that a program is not of, as after “it counts”; empty: they describe it.
fn differences(host: &Host, sources: &Sources, build: &Build) -> Vec<String> {
    let key = &host.key;
    let parts = [
        ("target", &key.target, &build.target),
        ("rustc", &key.rustc, &build.rustc),
        ("profile", &key.profile, &build.profile),
        ("compiler settings", &host.settings, &build.settings),
    ];
    let parts = parts
        .into_iter()
        .filter(|(_, counted, own)| counted != own)
        .map(|(what, counted, own)| match counted.as_str() {
            "" => format!("unknown {what} instead of {own}"),
            _ => format!("{what} {counted} instead of {own}"),
        });
    let other_sources = (host.sources != *sources).then(|| {
        let paths = host.sources.differing(sources).join(", ");
        format!("other sources ({paths})")
    });
    other_sources.into_iter().chain(parts).collect()
}

/// Whether the gate counts any cell of a run: a stage on a documented workload at its usual size.
fn gate_counts(results: &Results) -> bool {
    let stages = catalog::stages();
    let mut variants = results.variants.iter();
    let has_stage = variants.any(|it| stages.iter().any(|stage| stage.name == it.name));
    let has_workload = results.workload_ids().any(|id| {
        let workload = results.workload(id);
        is_gates(&workload.name) && other_size(results, id).is_none()
    });
    has_stage && has_workload
}

/// Whether a workload is one that the gate counts.
fn is_gates(workload: &str) -> bool {
    let mut documented = workloads::documented().iter();
    documented.any(|it| it.name == workload)
}

/// Puts the counts into the cells, and tells what they are or why there are none.
fn record(host: &Host, source: HostSource, results: &mut Results) -> HostCounts {
    let (workloads, mut lacking) = counted_workloads(host, results);
    let mut uncounted = Vec::new();
    for variant in results.variant_ids() {
        let instructions = |workload: WorkloadId| {
            let name = &results.workload(workload).name;
            let cell = host.cell(Measure::Run, &results.variant(variant).name, name)?;
            Some(cell.instructions)
        };
        let (with, without): (Vec<_>, Vec<_>) = workloads
            .iter()
            .map(|&workload| (workload, instructions(workload)))
            .partition(|(_, instructions)| instructions.is_some());
        for (workload, instructions) in with {
            let at = |cell: &&mut Cell| (cell.variant, cell.workload) == (variant, workload);
            if let Some(cell) = results.cells.iter_mut().find(at) {
                cell.host_instructions = instructions;
            }
        }
        if !without.is_empty() {
            let without = without.into_iter().map(|(workload, _)| workload);
            uncounted.push((variant, without.collect()));
        }
    }
    lacking.extend(name_uncounted(results, &uncounted, workloads.len()));
    let mut cells = results.cells.iter();
    if cells.all(|cell| cell.host_instructions.is_none()) {
        return HostCounts::Absent {
            reason: format!("there are no counts for {}", lacking.join("; nor for ")),
            by_run: false,
        };
    }
    HostCounts::Found {
        key: host.key.clone(),
        source,
        lacking,
    }
}

/// The workloads that are counted, at the sizes at which they are; the others are lacking.
fn counted_workloads(host: &Host, results: &Results) -> (Vec<WorkloadId>, Vec<String>) {
    let (mut counted, mut lacking) = (Vec::new(), Vec::new());
    let (mut forgotten, mut others) = (Vec::new(), Vec::new());
    for id in results.workload_ids() {
        let workload = results.workload(id);
        let is_counted = || host.cells.iter().any(|cell| cell.workload == workload.name);
        if let Some(size) = other_size(results, id) {
            let title = &workload.title;
            lacking.push(format!("{title}, counted at its size {size} only"));
        } else if is_counted() {
            counted.push(id);
        } else if is_gates(&workload.name) {
            forgotten.push(&*workload.title);
        } else {
            others.push(&*workload.title);
        }
    }
    if !forgotten.is_empty() {
        lacking.push(format!("{}, not counted", forgotten.join(", ")));
    }
    if !others.is_empty() {
        lacking.push(format!(
            "{}, which the gate doesn't count ({OPTION} does)",
            others.join(", ")
        ));
    }
    (counted, lacking)
}

/// The size at which a workload is counted, where a run has it at another.
fn other_size(results: &Results, id: WorkloadId) -> Option<u64> {
    let workload = results.workload(id);
    let size = workloads::find(&workload.name)?.size.as_ref()?.default;
    (workload.size != Some(size)).then_some(size)
}

/// The variants that were not counted, on some of so many workloads or on all: at most one sentence,
/// as there is one reason.
fn name_uncounted(
    results: &Results,
    uncounted: &[(VariantId, Vec<WorkloadId>)],
    workloads: usize,
) -> Option<String> {
    /// More variants than this are numbered, not named.
    const NAMED: usize = 4;
    let name = |(variant, without): &(VariantId, Vec<WorkloadId>)| {
        let variant = &results.variant(*variant).name;
        if without.len() == workloads {
            return variant.clone();
        }
        let titles: Vec<&str> = without
            .iter()
            .map(|&workload| &*results.workload(workload).title)
            .collect();
        format!("{variant} on {}", titles.join(", "))
    };
    let names = match uncounted {
        [] => return None,
        few if few.len() <= NAMED => few.iter().map(name).collect::<Vec<_>>().join(", "),
        many => format!("{} variants", many.len()),
    };
    Some(format!("{names}, not counted"))
}

#[cfg(test)]
mod tests;
