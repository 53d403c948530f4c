//! Another build of this program, to measure beside this one: each engine of both, in the same rounds.
//!
//! The other build is a binary, or a revision of the repository in which the user stands. A revision is
//! checked out and built under `target/against`, by the same cargo, and kept there: asked for again, it is
//! there already.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use reports::schema::{ExperimentKind, NotOffered};

use crate::console;
use crate::contenders::{self, Contender, Engine};
use crate::experiments::Experiment;
use crate::git;
use crate::workers::{Named, Worker};

/// The least program, by which a build shows that it has an engine.
const TRIVIAL: Named<'_> = Named {
    name: "trivial",
    source: "1",
};

/// Another build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherBuild {
    /// What tables call it.
    pub(crate) name: String,
    /// Its program.
    pub(crate) binary: PathBuf,
}

impl OtherBuild {
    /// The build that a user names: by the path of a program, else by a revision, which is built.
    ///
    /// # Errors
    /// If there is neither, or the revision can't be built.
    pub(crate) fn find(named: &str) -> anyhow::Result<Self> {
        let path = Path::new(named);
        if path.is_file() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            return Ok(Self {
                name: word(&name),
                binary: path.canonicalize()?,
            });
        }
        let commit = format!("{named}^{{commit}}");
        let asked = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let commit = git::run(Path::new("."), &asked).with_context(|| {
            format!("--against {named}: there is no such file, and no such revision of a repository here")
        })?;
        let top = git::top(Path::new("."))?;
        Ok(Self {
            name: word(named),
            binary: built(&top, &commit).with_context(|| format!("--against {named}"))?,
        })
    }

    /// The command of one of its engines.
    fn command(&self, engine: &str) -> anyhow::Result<contenders::Command> {
        let binary = self.binary.to_str();
        let binary = binary.with_context(|| {
            format!(
                "the path of the other build is not UTF-8: {}",
                self.binary.display()
            )
        })?;
        Ok(contenders::Command {
            words: [binary, "worker", engine].map(str::to_owned).into(),
            directory: None,
        })
    }

    /// Whether an engine is one of this build's.
    pub(crate) fn has(&self, engine: &Engine) -> bool {
        match engine {
            Engine::Builtin(_) => false,
            Engine::External(command) => {
                command.words.first().map(Path::new) == Some(&*self.binary)
            }
        }
    }
}

/// Builds a commit, and gives the program.
fn built(top: &Path, commit: &str) -> anyhow::Result<PathBuf> {
    let folder = top
        .join("target")
        .join("against")
        .join(&commit[..12.min(commit.len())]);
    let source = folder.join("source");
    if !source.join("Cargo.toml").is_file() {
        // What `cargo clean` has removed is still registered.
        git::run(top, &["worktree", "prune"])?;
        let path = source
            .to_str()
            .context("the repository's path is not UTF-8")?;
        git::run(
            top,
            &[
                "worktree", "add", "--quiet", "--force", "--detach", path, commit,
            ],
        )?;
    }
    console::note(format_args!(
        "building {} in {}",
        &commit[..12.min(commit.len())],
        folder.display()
    ));
    let target = folder.join("target");
    let status = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--locked",
            "--quiet",
            "--package",
            "monkeybench",
        ])
        .current_dir(&source)
        .env("CARGO_TARGET_DIR", &target)
        // Set for this build, it is not the other's.
        .env_remove("RUSTUP_TOOLCHAIN")
        .stdin(Stdio::null())
        .status()
        .context("can't start cargo")?;
    ensure!(status.success(), "its build failed: {status}");
    let binary = target
        .join("release")
        .join(format!("monkeybench{}", std::env::consts::EXE_SUFFIX));
    ensure!(binary.is_file(), "its build made no {}", binary.display());
    Ok(binary)
}

/// A name as a part of a variant's.
fn word(name: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || "-_.~^/".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(plain).collect()
}

/// Puts each engine of this program beside the same one of the other build, instead of what the experiment
/// compares. Who is left out is not offered, with the reason.
///
/// # Errors
/// If nobody is left.
pub(crate) fn pair(
    experiment: &mut Experiment,
    other: &OtherBuild,
    timeout: Duration,
) -> anyhow::Result<()> {
    let mut left_out = Vec::new();
    let mut leave_out = |contender: &Contender, why: String| {
        left_out.push(NotOffered {
            name: contender.name.clone(),
            label: contender.name.clone(),
            why,
        });
    };
    let mut contenders = Vec::new();
    for new in std::mem::take(&mut experiment.contenders) {
        if matches!(new.engine, Engine::External(_)) {
            leave_out(&new, "it is no engine of this program".to_owned());
            continue;
        }
        let old = Contender::external(
            format!("{}@{}", new.name, other.name),
            other.command(&new.name)?,
            Some(format!("{} of the other build", new.name)),
        );
        if let Err(fault) = Worker::new(old.engine.clone()).check(TRIVIAL, timeout) {
            leave_out(
                &new,
                format!("it does not work in the other build: {fault}"),
            );
            continue;
        }
        contenders.push(Contender {
            label: new.name.clone(),
            counterpart: Some(old.name.clone()),
            ..new
        });
        contenders.push(old);
    }
    ensure!(
        !contenders.is_empty(),
        "nothing to compare with {}: {}",
        other.binary.display(),
        told(&left_out).join("; ")
    );
    if contenders.iter().all(|it| it.name != experiment.reference) {
        experiment.reference.clone_from(&contenders[0].name);
    }
    *experiment = Experiment {
        name: "against".to_owned(),
        question: format!("Is this build faster than {}?", other.name),
        kind: ExperimentKind::Builds,
        contenders,
        not_offered: experiment
            .not_offered
            .iter()
            .cloned()
            .chain(left_out)
            .collect(),
        host_instructions: false,
        machine_code: false,
        ..experiment.clone()
    };
    Ok(())
}

/// Who is left out, and why.
fn told(left_out: &[NotOffered]) -> Vec<String> {
    let told = left_out.iter().map(|it| format!("{}: {}", it.name, it.why));
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_a_file_nor_a_revision_is_refused() {
        let error = OtherBuild::find("no-such-thing-at-all").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("no such file, and no such revision"),
            "{text}"
        );
        // An option is no revision.
        assert!(OtherBuild::find("--all").is_err());
    }

    #[test]
    fn a_build_knows_its_engines() {
        let build = OtherBuild {
            name: "old".to_owned(),
            binary: PathBuf::from("/bin/old"),
        };
        let of = |words: &[&str]| {
            Engine::External(contenders::Command {
                words: words.iter().map(|&word| word.to_owned()).collect(),
                directory: None,
            })
        };
        assert!(build.has(&Engine::External(build.command("tree").unwrap())));
        assert!(!build.has(&of(&["/bin/older", "worker", "tree"])));
        assert!(!build.has(&of(&[])));
    }

    #[test]
    fn names_of_builds_are_words() {
        assert_eq!(word("HEAD~1"), "HEAD~1");
        assert_eq!(word("a b,c@{1}"), "a-b-c--1-");
    }
}
