//! Experiments: what is compared with what, on which programs, as TOML files. Those of the project
//! are part of the binary; a user's own is given by its path.
//!
//! A file's types become validated ones in [`file`] and nowhere else: whoever holds an
//! [`Experiment`] needn't doubt a name in it.

mod file;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use reports::schema::{Baseline, ExperimentKind, NotOffered, PublishedStage};
use workloads::Workload;

use crate::names::Unknown;
use crate::sources;

use file::Missing;

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
    /// The name of the workload that the headline and the published stages are about.
    pub(crate) headline: String,
    /// What the published figures of the workloads compare.
    pub(crate) baseline: Option<Baseline>,
    /// The published speedups, by workload, where they aren't the quotient of the times.
    pub(crate) speedups: BTreeMap<String, f64>,
    /// Who takes part, in the order of the tables.
    pub(crate) contenders: Vec<Contender>,
    /// Who would take part if this build offered them.
    pub(crate) not_offered: Vec<NotOffered>,
    /// On which programs.
    pub(crate) workloads: Vec<&'static Workload>,
    /// Whether a run counts the host instructions of its variants itself.
    pub(crate) host_instructions: bool,
    /// Whether it also reads what their machine code does to dispatch.
    pub(crate) machine_code: bool,
}

/// A variant that takes part.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// Its name, in canonical form.
    pub(crate) name: String,
    /// What tables call it.
    pub(crate) label: String,
    /// What it is, in a line.
    pub(crate) summary: String,
    /// What the source document says of it.
    pub(crate) published: Option<PublishedStage>,
    /// The name of the variant that it is judged against, where that isn't the reference.
    pub(crate) counterpart: Option<String>,
    /// Who runs it.
    pub(crate) engine: Engine,
}

/// Who serves a worker.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    /// This program, with an engine of the catalog.
    Builtin(&'static str),
    /// Another program that speaks the protocol: its name and arguments.
    External(Vec<String>),
}

impl Contender {
    /// An engine of the catalog.
    pub(crate) fn builtin(variant: &'static catalog::Variant) -> Self {
        Self {
            name: variant.name.clone(),
            label: variant.name.clone(),
            summary: variant.summary.clone(),
            published: None,
            counterpart: None,
            engine: Engine::Builtin(&variant.name),
        }
    }

    /// Another program.
    fn external(name: String, command: Vec<String>, summary: Option<String>) -> Self {
        Self {
            label: name.clone(),
            summary: summary.unwrap_or_else(|| format!("external: {}", command.join(" "))),
            name,
            published: None,
            counterpart: None,
            engine: Engine::External(command),
        }
    }
}

/// The project's experiments, in the order in which they are listed.
///
/// # Errors
/// If one of the files is wrong, which the tests exclude.
pub(crate) fn embedded() -> anyhow::Result<Vec<Experiment>> {
    EMBEDDED
        .into_iter()
        .map(|text| file::parse(text, Missing::LeftOut))
        .collect()
}

/// Finds an experiment by its name or by the path of its file.
///
/// # Errors
/// If there is none, or the file is wrong.
pub(crate) fn find(name: &str) -> anyhow::Result<Experiment> {
    let known = embedded()?;
    if let Some(experiment) = known.iter().find(|known| known.name == name) {
        return Ok(experiment.clone());
    }
    let path = Path::new(name);
    let is_path = path.extension().is_some_and(|it| it == "toml") || path.components().count() > 1;
    if !is_path && !path.is_file() {
        let names = known.iter().map(|experiment| &*experiment.name);
        bail!(Unknown::new("experiment", name, names));
    }
    let file = sources::read_at_most(name, MAX_BYTES, "an experiment")?;
    file::parse(&file.text, Missing::Error).with_context(|| format!("{name} is no experiment"))
}

/// The largest experiment, in bytes. It also bounds how much of a wrong file an error shows.
const MAX_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests;
