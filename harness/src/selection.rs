//! What the user picks by name: engines, workloads and their sizes. A wrong name or size is a
//! wrong usage, answered with the names that are near.

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;

use anyhow::{bail, ensure};
use catalog::Variant;
use workloads::Workload;

use crate::experiments::{Contender, Engine};
use crate::names::Unknown;

/// A workload's size, as in `--size fibonacci=30`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SizeOption {
    name: String,
    size: u64,
}

impl FromStr for SizeOption {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, size) = text.split_once('=').ok_or("expected WORKLOAD=SIZE")?;
        Ok(Self {
            name: name.to_owned(),
            size: size.parse().map_err(|_| "the size is not a whole number")?,
        })
    }
}

/// The sizes that the user chose, by workload.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sizes(BTreeMap<String, u64>);

impl Sizes {
    /// Checks that each size is for one of the workloads, and allowed.
    ///
    /// # Errors
    /// If not, or if a workload has two sizes.
    pub(crate) fn new(options: &[SizeOption], workloads: &[&Workload]) -> anyhow::Result<Self> {
        let mut sizes = BTreeMap::new();
        for SizeOption { name, size } in options {
            let names = workloads.iter().map(|workload| &*workload.name);
            let workload = workloads
                .iter()
                .find(|workload| workload.name == *name)
                .ok_or_else(|| Unknown::new("workload", name, names))?;
            workload.source(Some(*size))?;
            ensure!(
                sizes.insert(name.clone(), *size).is_none(),
                "workload {name} is given two sizes"
            );
        }
        Ok(Self(sizes))
    }

    /// The size of a workload, where the user chose one.
    pub(crate) fn of(&self, workload: &Workload) -> Option<u64> {
        self.0.get(&workload.name).copied()
    }
}

/// The workloads of these names, in this order.
///
/// # Errors
/// If a name is unknown or there twice, or there is none.
pub(crate) fn workloads(names: &[String]) -> anyhow::Result<Vec<&'static Workload>> {
    ensure!(!names.is_empty(), "there is no workload to run");
    no_duplicates("workload", names.iter().map(String::as_str))?;
    names
        .iter()
        .map(|name| {
            let all = workloads::all().iter().map(|workload| &*workload.name);
            Ok(workloads::find(name).ok_or_else(|| Unknown::new("workload", name, all))?)
        })
        .collect()
}

/// The engine of the catalog with this name.
///
/// # Errors
/// If there is none.
pub(crate) fn engine(name: &str) -> Result<&'static Variant, Unknown> {
    let all = catalog::variants().iter().map(|variant| &*variant.name);
    catalog::find(name).map_err(|_| Unknown::new("engine", name, all))
}

/// The engines of the catalog with these names.
///
/// # Errors
/// If a name is unknown or there twice.
pub(crate) fn engines(names: &[String]) -> anyhow::Result<Vec<&'static Variant>> {
    let engines = names
        .iter()
        .map(|name| Ok(engine(name)?))
        .collect::<anyhow::Result<Vec<_>>>()?;
    no_duplicates("engine", engines.iter().map(|engine| &*engine.name))?;
    Ok(engines)
}

/// The variant of a name: one of those `known`, or else one of the catalog.
///
/// # Errors
/// If there is none.
pub(crate) fn contender(name: &str, known: &[Contender]) -> anyhow::Result<Contender> {
    let named = |name: &str| known.iter().find(|contender| contender.name == name);
    if let Some(contender) = named(name) {
        return Ok(contender.clone());
    }
    let externals = known
        .iter()
        .filter(|contender| matches!(contender.engine, Engine::External(_)))
        .map(|contender| &*contender.name);
    let builtin = catalog::variants().iter().map(|variant| &*variant.name);
    let variant =
        catalog::find(name).map_err(|_| Unknown::new("engine", name, externals.chain(builtin)))?;
    // The user may have written `stack+all` for what the experiment spells out.
    Ok(named(&variant.name)
        .cloned()
        .unwrap_or_else(|| Contender::builtin(variant)))
}

/// Makes sure that no name is there twice.
///
/// # Errors
/// If one is.
pub(crate) fn no_duplicates<'n>(
    what: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            bail!("{what} {name} is there twice");
        }
    }
    Ok(())
}
