//! Who takes part in an experiment: an engine, of this program or another one, and what it is called.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::externals;

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
    External(externals::Command),
}

/// Who serves a worker, in a file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum WireEngine {
    Builtin(String),
    External(externals::Command),
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
    pub(crate) fn external(
        name: String,
        command: externals::Command,
        summary: Option<String>,
    ) -> Self {
        Self {
            label: name.clone(),
            summary: summary.unwrap_or_else(|| format!("external: {}", command.words.join(" "))),
            name,
            counterpart: None,
            engine: Engine::External(command),
        }
    }
}
