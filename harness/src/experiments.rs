//! Experiments: what is compared with what, on which programs, as TOML files. Those of the project
//! are part of the binary; a user's own is given by its path.
//!
//! A file's types become validated ones in [`mod@file`] and nowhere else: whoever holds an
//! [`Experiment`] needn't doubt a name in it.

mod file;

use std::path::Path;

use anyhow::{Context as _, bail};
use reports::schema::{ExperimentKind, NotOffered};

use crate::contenders::Contender;
use crate::externals;
use crate::names::Unknown;
use crate::sources;
use crate::workload::AnyWorkload;

use file::Origin;

/// The experiment that `monkeybench` alone runs.
pub(crate) const DEFAULT: &str = "progression";

/// The project's experiments.
const EMBEDDED: [&str; 4] = [
    include_str!("../experiments/progression.toml"),
    include_str!("../experiments/dispatch.toml"),
    include_str!("../experiments/values.toml"),
    include_str!("../experiments/checks.toml"),
];

/// What is compared, and why.
#[derive(Clone, Debug)]
pub(crate) struct Experiment {
    /// Its name.
    pub(crate) name: String,
    /// The question that it answers.
    pub(crate) question: String,
    /// Whether each variant builds on the one before.
    pub(crate) kind: ExperimentKind,
    /// The name of the variant that the others are compared with.
    pub(crate) reference: String,
    /// The name of the workload that the headline is about.
    pub(crate) headline: String,
    /// Who takes part, in the order of the tables.
    pub(crate) contenders: Vec<Contender>,
    /// External engines that don't take part, but may be asked for by name.
    pub(crate) externals: Vec<Contender>,
    /// Who would take part if this build offered them.
    pub(crate) not_offered: Vec<NotOffered>,
    /// On which programs.
    pub(crate) workloads: Vec<AnyWorkload>,
    /// Programs of its own, which take part unless others are asked for.
    pub(crate) own_workloads: Vec<AnyWorkload>,
    /// Whether a run counts the host instructions of its variants itself.
    pub(crate) host_instructions: bool,
    /// Whether it also reads what their machine code does to dispatch.
    pub(crate) machine_code: bool,
}

/// The project's experiments, in the order in which they are listed.
///
/// # Errors
/// If one of the files is wrong, which the tests exclude.
pub(crate) fn embedded() -> anyhow::Result<Vec<Experiment>> {
    EMBEDDED
        .into_iter()
        .map(|text| file::parse(text, Origin::Project))
        .collect()
}

/// Finds an experiment by its name or by the path of its file. It may name the externals of
/// `engines_file`, or else of an `engines.toml` beside it.
///
/// The project's experiments stand in no folder and name no external, so for them the current
/// directory's `engines.toml` is read, and that only where engines are asked for `by_name`: a run
/// that needs none must not fail by some other tool's file.
///
/// # Errors
/// If there is none, or a file is wrong.
pub(crate) fn find(
    name: &str,
    engines_file: Option<&Path>,
    by_name: bool,
) -> anyhow::Result<Experiment> {
    let mut known = embedded()?;
    if let Some(found) = known.iter().position(|known| known.name == name) {
        let mut experiment = known.swap_remove(found);
        if engines_file.is_some() || by_name {
            experiment.externals = externals::known(engines_file, Path::new(""))?;
        }
        return Ok(experiment);
    }
    let path = Path::new(name);
    let is_path = path.extension().is_some_and(|it| it == "toml") || path.components().count() > 1;
    if !is_path && !path.is_file() {
        let names = known.iter().map(|experiment| &*experiment.name);
        bail!(Unknown::new("experiment", name, names));
    }
    let file = sources::read_at_most(path, MAX_BYTES, "an experiment")?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let known = externals::known(engines_file, folder)?;
    file::parse(&file.text, Origin::User { folder, known })
        .with_context(|| format!("{name} is no experiment"))
}

/// The largest experiment, in bytes. It also bounds how much of a wrong file an error shows.
const MAX_BYTES: usize = 64 << 10;

#[cfg(test)]
mod documentation;
#[cfg(test)]
mod tests;
