//! What host counts are exact for: the key that names their baseline.

use std::process::Command;

use anyhow::Context as _;
use reports::counts::Key;

use crate::outcome::Invalid;
use crate::project::{Project, capture};

/// The profile that the benches are built with: Cargo's `bench`, which is `release`.
const PROFILE: &str = "release";

/// The key of this machine.
///
/// # Errors
/// What is missing, and what to do about it.
pub(crate) fn of(project: &Project) -> Result<Key, Invalid> {
    let valgrind = capture(Command::new("valgrind").arg("--version"))
        .context("no valgrind, which counts the host layer")
        .map_err(|error| Invalid::new(error, INSTALL_VALGRIND))?;
    with(project, &valgrind).map_err(|error| Invalid::new(error, WITHOUT))
}

/// What to do without valgrind.
const INSTALL_VALGRIND: &str = "install it (`apt-get install valgrind`), or check the portable layer alone: \
                                `ci/check --layer counts`";

/// What to do where the key can't be told.
const WITHOUT: &str = "check the portable layer alone: `ci/check --layer counts`";

fn with(project: &Project, valgrind: &str) -> anyhow::Result<Key> {
    let rustc = capture(Command::new("rustc").arg("-vV").current_dir(project.root()))?;
    let field = |name: &str| {
        let value = rustc.lines().find_map(|line| line.strip_prefix(name));
        let value = value.with_context(|| format!("`rustc -vV` has no `{name}`"));
        value.map(|value| value.trim().to_owned())
    };
    Ok(Key {
        target: field("host:")?,
        rustc: field("release:")?,
        valgrind: version(valgrind),
        libc: libc()?,
        profile: PROFILE.to_owned(),
    })
}

/// `3.19.0` of `valgrind-3.19.0`.
fn version(printed: &str) -> String {
    let line = printed.lines().next().unwrap_or_default();
    line.strip_prefix("valgrind-").unwrap_or(line).to_owned()
}

/// `glibc-2.36` of `glibc 2.36`.
fn libc() -> anyhow::Result<String> {
    let printed = capture(Command::new("getconf").arg("GNU_LIBC_VERSION")).context(
        "can't tell the C library's version, which the key needs: the host layer is for glibc",
    )?;
    Ok(printed.replace(' ', "-"))
}
