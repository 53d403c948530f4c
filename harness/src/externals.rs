//! Engines that are other programs: how a file declares one, and what must hold of it before
//! anything is measured. An experiment declares those that take part in it; an `engines.toml` declares
//! some for all experiments beside it, which use them by name.
//!
//! How one is spoken to is the business of [`crate::workers`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use catalog::syntax::printable;
use serde::Deserialize;

use crate::contenders::{Command, Contender, Engine};
use crate::names;
use crate::sources;

/// The name of a file of externals that is found without being named.
pub(crate) const FILE_NAME: &str = "engines.toml";

/// The largest such file, in bytes. It also bounds how much of a wrong one an error shows.
const MAX_BYTES: usize = 64 << 10;

/// An external engine as files declare it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireExternal {
    name: String,
    command: Vec<String>,
    summary: Option<String>,
    cwd: Option<PathBuf>,
}

/// An `engines.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEngines {
    #[serde(default)]
    external: Vec<WireExternal>,
}

/// The externals that a file in `folder` declares. They start in `default`, where they don't say
/// otherwise; none stands for the current directory.
///
/// # Errors
/// If one can't be, or has the name of another engine.
pub(crate) fn declared(
    wire: Vec<WireExternal>,
    folder: &Path,
    default: Option<&Path>,
) -> anyhow::Result<Vec<Contender>> {
    let mut names = BTreeSet::new();
    let external = |wire: WireExternal| {
        let WireExternal {
            name,
            command,
            summary,
            cwd,
        } = wire;
        names::check_listed("external engine's name", &name)?;
        ensure!(names.insert(name.clone()), "engine {name} is there twice");
        let is_ours = match catalog::find(&name) {
            Ok(_) => true,
            Err(unknown) => unknown.why.is_some(),
        };
        ensure!(
            !is_ours,
            "external engine {name:?} has the name of one of this program"
        );
        match command.first() {
            None => bail!("external engine {name:?} has no command"),
            Some(program) => {
                names::check_line(&format!("program of external engine {name:?}"), program)?;
            }
        }
        for word in command.iter().skip(1) {
            names::check_printable(&format!("command of external engine {name:?}"), word)?;
        }
        if let Some(summary) = &summary {
            names::check_line(&format!("summary of external engine {name:?}"), summary)?;
        }
        let directory = match cwd {
            Some(cwd) => Some(sources::within(folder, cwd)),
            None => default.map(Path::to_owned),
        };
        if let Some(directory) = &directory {
            ensure!(
                directory.to_str().is_some(),
                "external engine {name:?} would start in {}, whose path is not UTF-8, so that no \
                 results could name it",
                printable(&directory.display().to_string()),
            );
        }
        let command = Command {
            words: command,
            directory,
        };
        Ok(Contender::external(name, command, summary))
    };
    wire.into_iter().map(external).collect()
}

/// The externals of an `engines.toml`. Their commands start in its folder.
///
/// # Errors
/// If it can't be read, or is wrong.
fn read(path: &Path) -> anyhow::Result<Vec<Contender>> {
    let file = sources::read_at_most(path, MAX_BYTES, "a file of engines")?;
    let folder = path.parent().unwrap_or(Path::new(""));
    // The empty path is the current directory, but no directory that a process could start in.
    let start = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let wire: Result<WireEngines, _> = toml::from_str(&file.text);
    wire.map_err(anyhow::Error::from)
        .and_then(|wire| declared(wire.external, folder, Some(start)))
        .with_context(|| format!("{} is no file of engines", path.display()))
}

/// The externals of the file that the user named, or else of an `engines.toml` in a folder, if there is
/// one.
///
/// # Errors
/// As [`read`].
pub(crate) fn known(file: Option<&Path>, folder: &Path) -> anyhow::Result<Vec<Contender>> {
    if let Some(file) = file {
        return read(file);
    }
    let beside = folder.join(FILE_NAME);
    match beside.is_file() {
        true => read(&beside),
        false => Ok(Vec::new()),
    }
}

/// Makes sure that the program of every external engine is there.
///
/// # Errors
/// If one isn't.
pub(crate) fn check_programs<'c>(
    contenders: impl IntoIterator<Item = &'c Contender>,
) -> anyhow::Result<()> {
    for contender in contenders {
        if let Engine::External(command) = &contender.engine {
            command
                .program()
                .with_context(|| format!("can't start external engine {}", contender.name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
