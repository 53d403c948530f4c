//! The checkout: where its files are, and what git says of it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, bail, ensure};
use reports::counts::Sources;
use reports::counts::code::State;
use serde::Deserialize;

/// The checkout that is checked.
pub(crate) struct Project {
    root: PathBuf,
    /// Cargo's folder of built files, wherever the user has put it.
    target: PathBuf,
}

/// What is of interest in `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// Where the committed baselines are, from the root.
const BASELINES: &str = "ci/baselines";

impl Project {
    /// The checkout that this program was started from, or else built from.
    ///
    /// # Errors
    /// If Cargo can't tell where it builds.
    pub(crate) fn find() -> anyhow::Result<Self> {
        // Cargo sets it for what `cargo run` starts.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.parent().context("the crate has no folder above")?;
        let mut metadata = cargo();
        metadata
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(root);
        let metadata = capture(&mut metadata)?;
        let metadata: Metadata =
            serde_json::from_str(&metadata).context("can't read what `cargo metadata` prints")?;
        Ok(Self {
            root: root.to_owned(),
            target: metadata.target_directory,
        })
    }

    /// The repository's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A committed baseline.
    pub(crate) fn baseline(&self, name: &str) -> PathBuf {
        self.baselines().join(format!("{name}.json"))
    }

    /// The folder of the committed baselines.
    pub(crate) fn baselines(&self) -> PathBuf {
        self.root.join(BASELINES)
    }

    /// Where `monkeybench run` finds what was counted last.
    pub(crate) fn counts(&self) -> PathBuf {
        self.workshop().join("counts")
    }

    /// The folder of what the gate installs and leaves behind.
    pub(crate) fn workshop(&self) -> PathBuf {
        self.target.join("ci")
    }

    /// What isn't committed, the baselines excepted: a line per file.
    ///
    /// # Errors
    /// If git fails.
    pub(crate) fn uncommitted(&self) -> anyhow::Result<String> {
        let mut status = Command::new("git");
        status
            .args(["--no-optional-locks", "status", "--porcelain", "--"])
            .args([".", &format!(":(exclude){BASELINES}")])
            .current_dir(&self.root);
        capture(&mut status)
    }

    /// Which sources were counted; none if they are not those of a commit, or git can't tell.
    pub(crate) fn sources(&self) -> Option<Sources> {
        let states = Sources::PATHS.map(|path| State::of(&self.root, path));
        let hashes: Option<Vec<&str>> = states
            .iter()
            .map(|state| match state {
                State::Committed(hash) => Some(hash.as_str()),
                State::Changed | State::Unknown => None,
            })
            .collect();
        Sources::from_hashes(hashes?)
    }
}

/// The Cargo that runs this program, or else the one that is found.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// What a command prints.
///
/// # Errors
/// If it can't be started, prints no text, or fails; the error has what it said beside that.
pub(crate) fn capture(command: &mut Command) -> anyhow::Result<String> {
    let output = finish(command, |output| output.stderr.clone())?;
    let text = String::from_utf8(output.stdout)
        .with_context(|| format!("{} prints no text", command.get_program().display()))?;
    Ok(text.trim_end().to_owned())
}

/// Runs a command to its end.
///
/// # Errors
/// If it can't be started or fails; the error has its last lines.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    finish(command, |output| {
        [output.stdout.as_slice(), &output.stderr].concat()
    })?;
    Ok(())
}

fn finish(command: &mut Command, said: impl FnOnce(&Output) -> Vec<u8>) -> anyhow::Result<Output> {
    let name = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("can't start {name}"))?;
    if !output.status.success() {
        let said = said(&output);
        let said = String::from_utf8_lossy(&said);
        bail!("{name} failed, {}:\n{}", output.status, last_lines(&said));
    }
    Ok(output)
}

/// Runs a command that shows the user its progress.
///
/// # Errors
/// If it can't be started or fails.
pub(crate) fn show(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().display().to_string();
    let status = command
        .status()
        .with_context(|| format!("can't start {name}"))?;
    ensure!(status.success(), "{name} failed, {status}");
    Ok(())
}

/// The end of what a command has said.
fn last_lines(text: &str) -> String {
    const MOST: usize = 30;
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(MOST)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of the paths that counts depend on, in miniature, and what git says of it.
    struct Repository(tempfile::TempDir);

    impl Repository {
        fn new() -> Self {
            let repository = Self(tempfile::tempdir().unwrap());
            for file in [
                "engines/a/src/lib.rs",
                "engines/README.md",
                "workloads/w.toml",
            ] {
                repository.write(file, "before");
            }
            for file in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
                repository.write(file, "");
            }
            repository
        }

        fn write(&self, file: &str, text: &str) {
            let path = self.0.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }

        fn git(&self, arguments: &[&str]) {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=test", "-c", "user.email=test@localhost"])
                .args(["-c", "commit.gpgsign=false"])
                .args(arguments)
                .current_dir(self.0.path());
            run(&mut git).unwrap();
        }

        fn commit(&self) -> Option<Sources> {
            self.git(&["add", "--all"]);
            self.git(&["commit", "--quiet", "--message", "a state"]);
            self.sources()
        }

        fn sources(&self) -> Option<Sources> {
            let root = self.0.path().to_owned();
            let target = root.join("target");
            Project { root, target }.sources()
        }
    }

    #[test]
    fn sources_are_the_code_and_neither_prose_nor_tests() {
        let repository = Repository::new();
        assert_eq!(repository.sources(), None, "there is no repository");
        repository.git(&["init", "--quiet"]);
        assert_eq!(repository.sources(), None, "nothing is committed");
        let sources = repository.commit();
        assert!(sources.is_some());

        for file in [
            "engines/README.md",
            "workloads/deep/NOTES.md",
            "engines/a/tests/it.rs",
        ] {
            repository.write(file, "after");
            assert_eq!(repository.sources(), sources, "{file} has changed");
            assert_eq!(repository.commit(), sources, "{file} is another");
        }
        for file in [
            "engines/a/src/lib.rs",
            "workloads/w.toml",
            "engines/b/src/new.rs",
        ] {
            let before = repository.sources();
            repository.write(file, "after");
            assert_eq!(repository.sources(), None, "{file} has changed");
            assert_ne!(repository.commit(), before, "{file} is another");
        }
    }
}
