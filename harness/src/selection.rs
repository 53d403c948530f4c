//! What the user picks by name: engines, workloads and their sizes. A wrong name or size is a
//! wrong usage, answered with the names that are near.

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;

use anyhow::{bail, ensure};
use catalog::{UnknownVariant, Variant};
use workloads::{Suite, Workload};

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

/// The word for the workloads of all suites.
const ALL_SUITES: &str = "all";

/// The workloads that these words mean, in this order, each once: a word is the name of a workload
/// or of a suite, or `all`.
///
/// # Errors
/// If a word is unknown or there twice, or there is none.
pub(crate) fn workloads(words: &[String]) -> anyhow::Result<Vec<&'static Workload>> {
    ensure!(!words.is_empty(), "there is no workload to run");
    no_duplicates("workload", words.iter().map(String::as_str))?;
    let mut selected: Vec<&Workload> = Vec::new();
    for word in words {
        for workload in meant_by(word)? {
            // A workload may stand before its suite, and so come first.
            if selected.iter().all(|it| it.name != workload.name) {
                selected.push(workload);
            }
        }
    }
    Ok(selected)
}

/// The workloads that a word means.
///
/// # Errors
/// If it means none.
pub(crate) fn meant_by(word: &str) -> Result<Vec<&'static Workload>, Unknown> {
    if let Some(workload) = workloads::find(word) {
        return Ok(vec![workload]);
    }
    if word == ALL_SUITES {
        return Ok(workloads::all().iter().collect());
    }
    let suite = Suite::ALL.into_iter().find(|suite| suite.name() == word);
    let suite = suite.ok_or_else(|| {
        let names = workloads::all().iter().map(|workload| &*workload.name);
        let suites = Suite::ALL.into_iter().map(Suite::name);
        Unknown::new("workload", word, names.chain(suites).chain([ALL_SUITES]))
    })?;
    Ok(suite.workloads().iter().collect())
}

/// The engine of the catalog with this name.
///
/// # Errors
/// If there is none.
pub(crate) fn engine(name: &str) -> Result<&'static Variant, Unknown> {
    let all = catalog::variants().iter().map(|variant| &*variant.name);
    catalog::find(name).map_err(|error| unknown(error, all))
}

/// The error for a name that is none of `all` engines. The catalog knows best what is near a name
/// that could be one.
fn unknown<'n>(error: UnknownVariant, all: impl IntoIterator<Item = &'n str>) -> Unknown {
    let unknown = Unknown::new("engine", &error.name, all);
    match error.why {
        Some(why) => unknown.because(why, error.near),
        None => unknown,
    }
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
    let variant = catalog::find(name).map_err(|error| unknown(error, externals.chain(builtin)))?;
    // The user may have written `stack+all` for what the experiment spells out.
    Ok(named(&variant.name)
        .cloned()
        .unwrap_or_else(|| Contender::builtin(variant)))
}

/// The variants of these names: of those `known`, or else of the catalog.
///
/// # Errors
/// If a name is unknown or there twice.
pub(crate) fn contenders(names: &[String], known: &[Contender]) -> anyhow::Result<Vec<Contender>> {
    let contenders = names
        .iter()
        .map(|name| contender(name, known))
        .collect::<anyhow::Result<Vec<_>>>()?;
    no_duplicates("engine", contenders.iter().map(|it| &*it.name))?;
    Ok(contenders)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(words: &[&str]) -> Result<Vec<&'static str>, String> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let selected = workloads(&words).map_err(|error| error.to_string())?;
        Ok(selected.iter().map(|it| &*it.name).collect())
    }

    #[test]
    fn a_word_is_a_workload_or_a_suite_or_all() {
        let names = |suite: Suite| suite.workloads().iter().map(|it| &*it.name);
        let documented: Vec<_> = names(Suite::Documented).collect();
        let realistic: Vec<_> = names(Suite::Realistic).collect();
        assert_eq!(selected(&["documented"]).unwrap(), documented);
        assert_eq!(selected(&["realistic"]).unwrap(), realistic);
        let both = [documented.clone(), realistic.clone()].concat();
        assert_eq!(selected(&["all"]).unwrap(), both);
        assert_eq!(selected(&["documented", "realistic"]).unwrap(), both);

        // What is named first comes first, and once.
        let mixed = selected(&["tak", "realistic", "fibonacci"]).unwrap();
        assert_eq!(mixed[0], "tak");
        assert_eq!(mixed.last(), Some(&"fibonacci"));
        assert_eq!(mixed.len(), realistic.len() + 1);
    }

    #[test]
    fn wrong_words_are_answered_with_near_ones() {
        for (words, complaint) in [
            (&["realstic"][..], "did you mean realistic?"),
            (&["fibonaci"], "did you mean fibonacci?"),
            (&["zzzzzz"], "realistic, all"),
            (&["all", "all"], "workload all is there twice"),
            (&[], "no workload"),
        ] {
            let error = selected(words).unwrap_err();
            assert!(error.contains(complaint), "{words:?}: {error}");
        }
    }
}
