//! From an experiment's file to an experiment: every key that it may have, and what must hold of it.

use std::path::Path;

use anyhow::{bail, ensure};
use reports::schema::{ExperimentKind, NotOffered};
use serde::Deserialize;

use super::Experiment;
use crate::contenders::Contender;
use crate::externals::{self, WireExternal};
use crate::names::{self, Unknown};
use crate::selection::{self, Meaning};
use crate::workload::{self, AnyWorkload, WireWorkload};

/// A file's content.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireExperiment {
    name: String,
    question: String,
    kind: Option<ExperimentKind>,
    reference: Option<String>,
    headline: Option<String>,
    workloads: Option<Vec<String>>,
    #[serde(default)]
    host_instructions: bool,
    #[serde(default)]
    machine_code: bool,
    #[serde(default)]
    variant: Vec<WireVariant>,
    #[serde(default)]
    external: Vec<WireExternal>,
    #[serde(default)]
    workload: Vec<WireWorkload>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireVariant {
    engine: String,
    label: Option<String>,
    counterpart: Option<String>,
}

/// Whose file it is.
pub(super) enum Origin<'o> {
    /// The project's. It names variants that a build without some Cargo feature lacks, or one with
    /// another compiler or for another machine; those are left out.
    Project,
    /// A user's own, which should name what there is.
    User {
        /// The file's folder.
        folder: &'o Path,
        /// The externals that it may name besides its own.
        known: Vec<Contender>,
    },
}

/// The experiment of a file.
///
/// # Errors
/// If the file is none, or something in it can't be.
pub(super) fn parse(text: &str, origin: Origin<'_>) -> anyhow::Result<Experiment> {
    let wire: WireExperiment = toml::from_str(text)?;
    names::check_line("experiment's name", &wire.name)?;
    names::check_line("experiment's question", &wire.question)?;
    let kind = wire.kind.unwrap_or(ExperimentKind::Comparison);
    let (missing, folder, known) = match origin {
        Origin::Project => (Missing::LeftOut, Path::new(""), Vec::new()),
        Origin::User { folder, known } => (Missing::Error, folder, known),
    };
    let externals = externals::declared(wire.external, folder, None)?;
    selection::no_duplicates("engine", externals.iter().map(|it| &*it.name))?;
    let is_known = |it: &&Contender| known.iter().any(|known| known.name == it.name);
    if let Some(Contender { name, .. }) = externals.iter().find(is_known) {
        bail!(
            "engine {name} is there twice: as its own [[external]] and in the engines file; one is enough, \
             and a variant can name either"
        );
    }
    let (contenders, not_offered) = contenders(wire.variant, externals, &known, missing)?;
    check_counterparts(kind, &contenders)?;
    let Some(first) = contenders.first() else {
        bail!("it has no variant");
    };
    let reference = match &wire.reference {
        Some(name) => taking_part("reference", name, &contenders)?,
        None => first.name.clone(),
    };
    let own = workload::declared(wire.workload, folder)?;
    let words = Meaning { folder, own: &own };
    let mut workloads = match &wire.workloads {
        Some(names) => words.workloads(names)?,
        None if own.is_empty() => workload::documented(),
        None => Vec::new(),
    };
    for own in &own {
        // It may have been named, so as to stand elsewhere.
        if workloads.iter().all(|it| it.name() != own.name()) {
            workloads.push(own.clone());
        }
    }
    let headline = match wire.headline {
        Some(name) => name,
        None => workloads
            .first()
            .map_or_else(String::new, |it| it.name().to_owned()),
    };
    let names = workloads.iter().map(AnyWorkload::name);
    if names.clone().all(|name| name != headline) {
        bail!(Unknown::new("headline", &headline, names));
    }
    ensure!(
        wire.host_instructions || !wire.machine_code,
        "machine_code is read where host_instructions are counted, which it doesn't ask for",
    );
    Ok(Experiment {
        name: wire.name,
        question: wire.question,
        kind,
        reference,
        headline,
        contenders,
        externals: known,
        not_offered,
        workloads,
        own_workloads: own,
        host_instructions: wire.host_instructions,
        machine_code: wire.machine_code,
    })
}

/// The canonical name of the contender that has a role.
fn taking_part(
    role: &'static str,
    name: &str,
    contenders: &[Contender],
) -> Result<String, Unknown> {
    // It may be spelled otherwise than the variant.
    let canonical = selection::contender(name, contenders).map_or(name.to_owned(), |it| it.name);
    let names = contenders.iter().map(|it| &*it.name);
    match names.clone().any(|name| name == canonical) {
        true => Ok(canonical),
        false => Err(Unknown::new(role, name, names)),
    }
}

/// Makes sure that counterparts take part, and that only comparisons have any: in a progression, each
/// variant's is the one before.
fn check_counterparts(kind: ExperimentKind, contenders: &[Contender]) -> anyhow::Result<()> {
    for contender in contenders {
        let Some(counterpart) = &contender.counterpart else {
            continue;
        };
        ensure!(
            kind == ExperimentKind::Comparison,
            "a progression compares {:?} with the variant before it, so it can't have a counterpart",
            contender.name,
        );
        ensure!(
            *counterpart != contender.name,
            "variant {counterpart:?} is its own counterpart",
        );
        taking_part("counterpart", counterpart, contenders)?;
    }
    Ok(())
}

/// What to do about a variant that this build hasn't got.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Error,
    LeftOut,
}

/// The variants in their order, then the experiment's externals that none of them is; and the
/// variants that are left out, since this build doesn't offer them.
fn contenders(
    variants: Vec<WireVariant>,
    externals: Vec<Contender>,
    known: &[Contender],
    missing: Missing,
) -> anyhow::Result<(Vec<Contender>, Vec<NotOffered>)> {
    let nameable = [&*externals, known].concat();
    let mut contenders: Vec<Contender> = Vec::new();
    let mut not_offered = Vec::new();
    for wire in variants {
        if missing == Missing::LeftOut
            && let Err(unknown) = catalog::find(&wire.engine)
            && let Some(why) = unknown.why
        {
            not_offered.push(NotOffered {
                label: wire.label.unwrap_or_else(|| wire.engine.clone()),
                name: wire.engine,
                why: why.to_owned(),
            });
            continue;
        }
        let found = selection::contender(&wire.engine, &nameable)?;
        if let Some(label) = &wire.label {
            names::check_line(&format!("label of {}", wire.engine), label)?;
        }
        // Without an optimization, `stack+all` is the same as `stack`.
        if missing == Missing::LeftOut && contenders.iter().any(|it| it.name == found.name) {
            continue;
        }
        let counterpart = match &wire.counterpart {
            Some(name) => match selection::contender(name, &nameable) {
                Err(_) if missing == Missing::LeftOut => None,
                found => Some(found?.name),
            },
            None => None,
        };
        contenders.push(Contender {
            label: wire.label.unwrap_or(found.label),
            counterpart,
            ..found
        });
    }
    for external in externals {
        if contenders.iter().all(|it| it.name != external.name) {
            contenders.push(external);
        }
    }
    selection::no_duplicates("variant", contenders.iter().map(|it| &*it.name))?;
    Ok((contenders, not_offered))
}
