//! Who takes part in an experiment: an engine, of this program or another one, and what it is called.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A variant that takes part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contender {
    /// Its name, in canonical form.
    pub(crate) name: String,
    /// What tables call it.
    pub(crate) label: String,
    /// What it is, in a line.
    pub(crate) summary: String,
    /// The name of the variant that it is judged against, where that isn't the reference.
    pub(crate) counterpart: Option<String>,
    /// Who runs it.
    pub(crate) engine: Engine,
}

/// Who serves a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "WireEngine")]
pub(crate) enum Engine {
    /// This program, with an engine of the catalog.
    Builtin(&'static str),
    /// Another program that speaks the protocol.
    External(Command),
}

/// Who serves a worker, in a file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum WireEngine {
    Builtin(String),
    External(Command),
}

impl From<Engine> for WireEngine {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Builtin(name) => Self::Builtin(name.to_owned()),
            Engine::External(command) => Self::External(command),
        }
    }
}

// Derived, it would ask for texts that live as long as the program.
impl<'de> Deserialize<'de> for Engine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match WireEngine::deserialize(deserializer)? {
            WireEngine::Builtin(name) => {
                Self::Builtin(&catalog::find(&name).map_err(D::Error::custom)?.name)
            }
            WireEngine::External(command) => Self::External(command),
        })
    }
}

impl Contender {
    /// An engine of the catalog.
    pub(crate) fn builtin(variant: &'static catalog::Variant) -> Self {
        Self {
            name: variant.name.clone(),
            label: variant.name.clone(),
            summary: variant.summary.clone(),
            counterpart: None,
            engine: Engine::Builtin(&variant.name),
        }
    }

    /// Another program.
    pub(crate) fn external(name: String, command: Command, summary: Option<String>) -> Self {
        Self {
            label: name.clone(),
            summary: summary.unwrap_or_else(|| format!("external: {}", command.words.join(" "))),
            name,
            counterpart: None,
            engine: Engine::External(command),
        }
    }
}

/// How an external engine is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Command {
    /// The program, then its arguments.
    pub(crate) words: Vec<String>,
    /// The directory that it starts in; none: the current one.
    pub(crate) directory: Option<PathBuf>,
}

impl Command {
    /// The program's file, found as the system would find it: a name without a separator on the
    /// `PATH`, any other from the directory that the command starts in.
    ///
    /// # Errors
    /// If there is no such file, or it is none to execute.
    pub(crate) fn program(&self) -> anyhow::Result<PathBuf> {
        let [program, ..] = &*self.words else {
            bail!("it has no command");
        };
        let current = env::current_dir().context("there is no current directory")?;
        let directory = match &self.directory {
            Some(directory) => current.join(directory),
            None => current,
        };
        ensure!(
            directory.is_dir(),
            "there is no directory {}, which it is to start in",
            directory.display()
        );
        which::which_in(program, env::var_os("PATH"), &directory).map_err(|_| {
            let is_path = Path::new(program).components().count() > 1;
            let place = directory.display();
            match (is_path, directory.join(program).exists()) {
                (false, _) => anyhow!("the program {program:?} is not on the PATH"),
                (true, false) => anyhow!("there is no program {program} in {place}"),
                (true, true) => anyhow!("{program} in {place} is not executable"),
            }
        })
    }

    /// The files that the command names: its program, and whatever word, or part of one after `=`, is
    /// the path of a file as the program would take it.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let named = self.words.iter().skip(1).flat_map(|word| {
            let value = word.split_once('=').map(|(_, value)| value);
            [Some(&**word), value].into_iter().flatten()
        });
        let directory = self.directory.as_deref().unwrap_or(Path::new(""));
        let named = named.map(|word| directory.join(word));
        let program = self.program().ok();
        program
            .into_iter()
            .chain(named.filter(|path| path.is_file()))
            .collect()
    }
}
