//! What git says of the code at a path: its hash, whatever the prose and the tests beside it say.
//!
//! The build script of the harness records it of the program, and the gate of what it counts; equal
//! hashes are equal code only where both ask the same. So this file is a part of both, and needs
//! nothing but the standard library.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What decides what an engine executes: paths from the root of the project.
pub const PATHS: [&str; 5] = [
    "engines",
    "workloads",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
];

/// What of these paths is no part of any program.
const NO_CODE: [&str; 2] = [":(exclude,glob)**/*.md", ":(exclude,glob)**/tests/**"];

/// The code at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is that of the commit: a hash of it.
    Committed(String),
    /// It differs from the commit.
    Changed,
    /// Git can't tell: there is no git, no repository, or nothing of it in the repository.
    Unknown,
}

impl State {
    /// Asks git of a path from the project's root.
    pub fn of(root: &Path, path: &str) -> Self {
        match state(root, path) {
            Some(state) => state,
            None => Self::Unknown,
        }
    }
}

fn state(root: &Path, path: &str) -> Option<State> {
    let status = ["--no-optional-locks", "status", "--porcelain", "--", path];
    if !git(root, &[&status[..], &NO_CODE].concat(), "")?.is_empty() {
        return Some(State::Changed);
    }
    // Nothing differs from the commit, so this lists what it has, with a hash of each file.
    let listing = ["ls-files", "--stage", "--", path];
    let listing = git(root, &[&listing[..], &NO_CODE].concat(), "")?;
    if listing.is_empty() {
        return None;
    }
    let hash = git(root, &["hash-object", "--stdin"], &listing)?;
    Some(State::Committed(hash))
}

/// What git prints, given this to read; none if it fails.
fn git(root: &Path, arguments: &[&str], input: &str) -> Option<String> {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    // Those that read nothing may have ended by now.
    stdin.write_all(input.as_bytes()).ok();
    drop(stdin);
    let Output { status, stdout, .. } = child.wait_with_output().ok()?;
    let text = String::from_utf8(stdout).ok()?;
    status.success().then(|| text.trim_end().to_owned())
}
