//! Finding the host instructions that describe this program: those that the gate in `ci/` counted
//! of the very sources, with the same compiler, target and profile, that this program was built
//! from. Counts of anything else would be wrong beside its times, so they are left out, and why is
//! said. The gate counts the stages only; for other variants a run can count by itself ([`of_run`]).

pub(crate) mod of_run;

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use reports::counts::{Host, Sources};
use reports::schema::{Cell, HostCounts, HostSource, Measure, Results, VariantId, WorkloadId};
use reports::store::ReadError;

use crate::console;
use crate::tool::Build;

/// Where counts are looked for, from the root of the repository, the freshest first.
const FOLDERS: [(&str, HostSource); 2] = [
    ("target/ci/counts", HostSource::Check),
    ("ci/baselines", HostSource::Baseline),
];

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

/// The counts that a directory or one above it has. A file that can't be read is warned of: no run
/// is lost for it.
pub(crate) fn search(directory: &Path, build: &Build) -> Search {
    let sources = match &build.sources {
        Ok(sources) => sources,
        Err(reason) => return Search::Absent(reason.clone()),
    };
    let is_root = |above: &&Path| {
        let mut folders = FOLDERS.iter();
        folders.any(|(folder, _)| above.join(folder).is_dir())
    };
    let Some(root) = directory.ancestors().find(is_root) else {
        let folders = FOLDERS.map(|(folder, _)| folder).join(" nor ");
        return Search::Absent(format!(
            "there is neither {folders} in this directory or above it"
        ));
    };
    let mut damaged = Vec::new();
    let mut nearest: Option<(usize, String)> = None;
    for (folder, source) in FOLDERS {
        for path in files(&root.join(folder)) {
            let name = path.strip_prefix(root).unwrap_or(&path).display();
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
                    console::warning(format_args!("{error}; its counts are left out"));
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
    /// Puts the counts into the results of a run whose cells are there.
    pub(crate) fn record(&self, results: &mut Results) {
        results.host_counts = Some(match self {
            Self::Found { host, source } => record(host, *source, results),
            Self::Absent(reason) => HostCounts::Absent {
                reason: reason.clone(),
                by_run: false,
            },
        });
    }
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
    ];
    let parts = parts
        .into_iter()
        .filter(|(_, counted, own)| counted != own)
        .map(|(what, counted, own)| format!("{what} {counted} instead of {own}"));
    let other_sources = (host.sources != *sources).then(|| {
        let paths = host.sources.differing(sources).join(", ");
        format!("other sources ({paths})")
    });
    other_sources.into_iter().chain(parts).collect()
}

/// Puts the counts into the cells, and tells what they are or why there are none.
fn record(host: &Host, source: HostSource, results: &mut Results) -> HostCounts {
    let (workloads, mut lacking) = counted_workloads(results);
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

/// The workloads at the sizes at which they are counted; the others are lacking.
fn counted_workloads(results: &Results) -> (Vec<WorkloadId>, Vec<String>) {
    let mut counted = Vec::new();
    let mut lacking = Vec::new();
    for id in results.workload_ids() {
        let workload = results.workload(id);
        let known = workloads::find(&workload.name);
        let default = known.and_then(|known| Some(known.size.as_ref()?.default));
        match default {
            Some(size) if workload.size != default => {
                lacking.push(format!(
                    "{}, counted at its size {size} only",
                    workload.title
                ));
            }
            _ => counted.push(id),
        }
    }
    (counted, lacking)
}

/// The variants that were not counted, on some workloads or on all.
fn name_uncounted(
    results: &Results,
    uncounted: &[(VariantId, Vec<WorkloadId>)],
    workloads: usize,
) -> Vec<String> {
    /// More variants than this are numbered, not named.
    const NAMED: usize = 4;
    if uncounted.len() > NAMED {
        return vec![format!("{} variants, not counted", uncounted.len())];
    }
    let name = |(variant, without): &(VariantId, Vec<WorkloadId>)| {
        let variant = &results.variant(*variant).name;
        if without.len() == workloads {
            return format!("{variant}, not counted");
        }
        let titles: Vec<&str> = without
            .iter()
            .map(|&workload| &*results.workload(workload).title)
            .collect();
        format!("{variant} on {}, not counted", titles.join(", "))
    };
    uncounted.iter().map(name).collect()
}

#[cfg(test)]
mod tests;
