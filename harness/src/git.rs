//! What git knows of the repository in which the user stands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, bail};

/// The root of the repository that holds a folder.
///
/// # Errors
/// If there is none, or no git.
pub(crate) fn top(folder: &Path) -> anyhow::Result<PathBuf> {
    run(folder, &["rev-parse", "--show-toplevel"]).map(PathBuf::from)
}

/// Whether the clone lacks what came before some commit.
///
/// # Errors
/// If git can't say.
pub(crate) fn is_shallow(top: &Path) -> anyhow::Result<bool> {
    Ok(run(top, &["rev-parse", "--is-shallow-repository"])? == "true")
}

/// The files of the last commit below a folder of the repository, from its root.
///
/// # Errors
/// If git can't say.
pub(crate) fn list(top: &Path, folder: &str) -> anyhow::Result<Vec<PathBuf>> {
    let names = run(top, &["ls-tree", "-r", "--name-only", "HEAD", "--", folder])?;
    Ok(names.lines().map(PathBuf::from).collect())
}

/// The files that any commit has had below a folder of the repository, from its root.
///
/// # Errors
/// If git can't say.
pub(crate) fn ever(top: &Path, folder: &str) -> anyhow::Result<BTreeSet<PathBuf>> {
    let asked = [
        "log",
        "--format=",
        "--name-only",
        "--no-renames",
        "--",
        folder,
    ];
    let names = run(top, &asked)?;
    Ok(names.lines().map(PathBuf::from).collect())
}

/// A file as it was in a commit; none if it wasn't there.
///
/// # Errors
/// If git can't be started.
pub(crate) fn show(top: &Path, commit: &str, file: &Path) -> anyhow::Result<Option<String>> {
    let object = format!("{commit}:{}", file.display());
    let output = output(top, &["show", &object])?;
    let text = String::from_utf8(output.stdout).ok();
    Ok(text.filter(|_| output.status.success()))
}

/// What git prints.
///
/// # Errors
/// If it can't be started, or what it says is wrong.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = output(folder, arguments)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !output.status.success() {
        // Asked to be quiet, it says nothing.
        let said = text(&output.stderr);
        let why = if said.is_empty() {
            "it found none"
        } else {
            &said
        };
        bail!("git {}: {why}", arguments[0]);
    }
    Ok(text(&output.stdout))
}

fn output(folder: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .output()
        .context("can't start git")
}
