//! What the user picks by name: engines, workloads and their sizes. A wrong name or size is a
//! wrong usage, answered with the names that are near.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::str::FromStr;

use anyhow::{anyhow, bail, ensure};
use catalog::{UnknownVariant, Variant};
use serde::{Deserialize, Serialize};
use workloads::Suite;

use crate::contenders::{Contender, Engine};
use crate::names::Unknown;
use crate::sources;
use crate::workload::{self, ALL_SUITES, AnyWorkload, OwnWorkload};

/// A workload's size, as in `--size fibonacci=30`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct SizeOption {
    name: String,
    size: u64,
}

impl From<SizeOption> for String {
    fn from(SizeOption { name, size }: SizeOption) -> Self {
        format!("{name}={size}")
    }
}

impl TryFrom<String> for SizeOption {
    type Error = <Self as FromStr>::Err;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for SizeOption {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, size) = text.rsplit_once('=').ok_or("expected WORKLOAD=SIZE")?;
        Ok(Self {
            name: name.to_owned(),
            size: size
                .parse()
                .map_err(|_| "the size is no whole number from 0 up")?,
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
    pub(crate) fn new(options: &[SizeOption], workloads: &[AnyWorkload]) -> anyhow::Result<Self> {
        let mut sizes = BTreeMap::new();
        for SizeOption { name, size } in options {
            let names = workloads.iter().map(AnyWorkload::name);
            let workload = workloads
                .iter()
                .find(|workload| workload.name() == name)
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
    pub(crate) fn of(&self, workload: &AnyWorkload) -> Option<u64> {
        self.0.get(workload.name()).copied()
    }
}

/// Which workloads words can mean: all of the project's, and a user's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meaning<'m> {
    /// The folder from which paths are.
    pub(crate) folder: &'m Path,
    /// The user's own that are known by name.
    pub(crate) own: &'m [AnyWorkload],
}

impl Meaning<'_> {
    /// What words on the command line mean, where no experiment gives more meaning to them.
    pub(crate) fn plain() -> Self {
        Self {
            folder: Path::new(""),
            own: &[],
        }
    }

    /// The workloads that these words mean, in this order, each once: a word is the name of a workload
    /// or of a suite, `all`, or the path of a program.
    ///
    /// # Errors
    /// If a word is unknown or there twice, or there is none, or a program can't be read.
    pub(crate) fn workloads(&self, words: &[String]) -> anyhow::Result<Vec<AnyWorkload>> {
        ensure!(!words.is_empty(), "there is no workload to run");
        no_duplicates("workload", words.iter().map(String::as_str))?;
        let mut selected: Vec<AnyWorkload> = Vec::new();
        for word in words {
            let meant = self.of(word)?;
            // A workload may stand before its suite, and so come first; programs of one name are
            // not one program.
            let is_new = |workload: &AnyWorkload| {
                let mut selected = selected.iter();
                workload.file().is_some() || selected.all(|it| it.name() != workload.name())
            };
            let new: Vec<_> = meant.into_iter().filter(is_new).collect();
            selected.extend(new);
        }
        workload::check_names(&selected)?;
        Ok(selected)
    }

    /// The workloads that a word means.
    ///
    /// # Errors
    /// If it means none, or a program that can't be read.
    fn of(&self, word: &str) -> anyhow::Result<Vec<AnyWorkload>> {
        if let Some(own) = self.own.iter().find(|own| own.name() == word) {
            return Ok(vec![own.clone()]);
        }
        if workload::is_path(word) {
            let own = OwnWorkload::workload(&sources::within(self.folder, word))?;
            return Ok(vec![AnyWorkload::Own(own)]);
        }
        let own = self.own.iter().map(AnyWorkload::name);
        of_the_project(word, own).map_err(|unknown| match self.folder.join(word).is_file() {
            true => anyhow!("unknown workload {word:?}; the file of that name is ./{word}"),
            false => unknown.into(),
        })
    }
}

/// The project's workloads that a word means, which might also have been one of `others`.
///
/// # Errors
/// If it means none.
pub(crate) fn of_the_project<'n>(
    word: &str,
    others: impl Iterator<Item = &'n str>,
) -> Result<Vec<AnyWorkload>, Unknown> {
    if let Some(workload) = workloads::find(word) {
        return Ok(vec![workload.into()]);
    }
    if word == ALL_SUITES {
        return Ok(workload::all());
    }
    let suite = Suite::ALL.into_iter().find(|suite| suite.name() == word);
    let suite = suite.ok_or_else(|| {
        let names = workloads::all().iter().map(|workload| &*workload.name);
        let suites = Suite::ALL.into_iter().map(Suite::name);
        let ours: Vec<&str> = names.chain(suites).chain([ALL_SUITES]).collect();
        Unknown::new("workload", word, others.chain(ours))
    })?;
    Ok(suite.workloads().iter().map(Into::into).collect())
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

    fn selected(words: &[&str]) -> Result<Vec<String>, String> {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let selected = Meaning::plain().workloads(&words);
        let selected = selected.map_err(|error| error.to_string())?;
        Ok(selected.iter().map(|it| it.name().to_owned()).collect())
    }

    #[test]
    fn a_word_is_a_workload_or_a_suite_or_all() {
        let names = |suite: Suite| suite.workloads().iter().map(|it| it.name.clone());
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
        assert_eq!(mixed.last().unwrap(), "fibonacci");
        assert_eq!(mixed.len(), realistic.len() + 1);
    }

    #[test]
    fn a_file_without_a_folder_is_told_how_to_be_meant() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine"), "1").unwrap();
        let meaning = Meaning {
            folder: folder.path(),
            own: &[],
        };
        let said = |word: &str| {
            meaning
                .workloads(&[word.to_owned()])
                .unwrap_err()
                .to_string()
        };
        assert!(said("mine").ends_with("the file of that name is ./mine"));
        assert!(said("other").contains("there are: fibonacci"));
        assert!(meaning.workloads(&["./mine".to_owned()]).is_ok());
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
