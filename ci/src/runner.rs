//! The program that starts valgrind for each bench. It has to be of the same version as the
//! library, so it is installed for this project, under `target`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::output;
use crate::project::{self, Project, capture};

const NAME: &str = "gungraun-runner";

/// The runner of the version in Cargo.lock, installed if it is not there.
///
/// # Errors
/// If Cargo.lock doesn't have it, or it can't be installed.
pub(crate) fn find(project: &Project) -> anyhow::Result<PathBuf> {
    let path = project.root().join("Cargo.lock");
    let lock =
        std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    let version = locked_version(&lock)
        .with_context(|| format!("{} has no package {NAME}", path.display()))?;
    let folder = project.workshop().join("runner").join(&version);
    let runner = folder.join("bin").join(NAME);
    if is_version(&runner, &version) {
        return Ok(runner);
    }
    output::note(format_args!(
        "installing {NAME} {version} into {}; this is done once",
        folder.display()
    ));
    project::show(
        project::cargo()
            .args(["install", NAME, "--locked", "--force", "--version"])
            .arg(format!("={version}"))
            .arg("--root")
            .arg(&folder)
            .current_dir(project.root()),
    )
    .with_context(|| format!("can't install {NAME} {version}"))?;
    Ok(runner)
}

/// The version of the runner in the text of a Cargo.lock.
fn locked_version(lock: &str) -> Option<String> {
    let lock: toml::Table = lock.parse().ok()?;
    let packages = lock.get("package")?.as_array()?;
    let runner = packages
        .iter()
        .find(|package| package.get("name").and_then(toml::Value::as_str) == Some(NAME))?;
    Some(runner.get("version")?.as_str()?.to_owned())
}

/// Whether it is there and says that it is of this version.
fn is_version(runner: &PathBuf, version: &str) -> bool {
    let printed = capture(Command::new(runner).arg("--version"));
    printed.is_ok_and(|printed| printed.split_whitespace().any(|word| word == version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_lock_file() {
        let lock = "version = 4\n[[package]]\nname = 'gungraun'\nversion = '0.1.0'\n\
                    [[package]]\nname = 'gungraun-runner'\nversion = '0.2.0'\n";
        assert_eq!(locked_version(lock).as_deref(), Some("0.2.0"));
        assert_eq!(
            locked_version("version = 4\n[[package]]\nname = 'a'\n"),
            None
        );
        assert!(locked_version(include_str!("../../Cargo.lock")).is_some());
    }
}
