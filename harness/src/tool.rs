//! The program itself: its version and how it was built.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use reports::counts::Sources;
use reports::schema;

use crate::workers;

/// The version, with what `--version` adds to it.
pub(crate) static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    let schema::Tool {
        version,
        commit,
        dirty,
        rustc,
        target,
        profile,
        settings,
        ..
    } = tool();
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    let dirty = if dirty { " dirty" } else { "" };
    let sources = match Build::own().sources {
        Ok(Sources(sources)) => sources,
        Err(reason) => format!("unknown: {reason}"),
    };
    format!(
        "{version}\ncommit: {commit}{dirty}\nsources: {sources}\ncompiler: {rustc}\n\
         target: {target}\nprofile: {profile}\nsettings: {settings}"
    )
});

/// What decides how many machine instructions the engines of a program take.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    /// What it was built from, or why that can't be said, as after “because”.
    pub(crate) sources: Result<Sources, String>,
    /// The target triple.
    pub(crate) target: String,
    /// The compiler's version: `1.95.0`.
    pub(crate) rustc: String,
    /// The Cargo profile.
    pub(crate) profile: String,
    /// What the compiler was told for the engines.
    pub(crate) settings: String,
}

impl Build {
    /// The build of the program that is running.
    pub(crate) fn own() -> Self {
        let schema::Tool {
            rustc,
            target,
            profile,
            settings,
            ..
        } = tool();
        // `rustc 1.95.0 (59807616e 2026-04-14)`
        let rustc = rustc.split(' ').nth(1).unwrap_or(&rustc).to_owned();
        Self {
            sources: own_sources(),
            target,
            rustc,
            profile,
            settings,
        }
    }
}

fn own_sources() -> Result<Sources, String> {
    let flags = env!("MONKEYBENCH_RUSTFLAGS");
    if !flags.is_empty() {
        return Err(format!("this program was built with RUSTFLAGS {flags:?}"));
    }
    let missing = catalog::features(false);
    if !missing.is_empty() {
        return Err(format!(
            "this program was built without {}",
            missing.join(", ")
        ));
    }
    let states = Sources::PATHS.map(state);
    let dirty: Vec<&str> = Sources::PATHS
        .into_iter()
        .zip(states)
        .filter(|(_, state)| *state == "dirty")
        .map(|(path, _)| path)
        .collect();
    if !dirty.is_empty() {
        return Err(format!(
            "this program was built from a tree with changes in {}",
            dirty.join(", ")
        ));
    }
    Sources::from_hashes(states)
        .ok_or_else(|| "this program was built outside a git repository".to_owned())
}

/// What the build script recorded of a path: a hash, `dirty`, or nothing.
fn state(path: &str) -> &'static str {
    env!("MONKEYBENCH_SOURCES")
        .split(' ')
        .find_map(|source| source.strip_prefix(path)?.strip_prefix('='))
        .unwrap_or_default()
}

/// What was recorded of the program when it was built. Its file's hash isn't among it: that takes a
/// look at the whole file ([`executable_hash`]).
pub(crate) fn tool() -> schema::Tool {
    schema::Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: Some(env!("MONKEYBENCH_COMMIT").to_owned()).filter(|commit| !commit.is_empty()),
        dirty: !env!("MONKEYBENCH_DIRTY").is_empty(),
        rustc: env!("MONKEYBENCH_RUSTC_VERSION").to_owned(),
        target: env!("MONKEYBENCH_TARGET").to_owned(),
        profile: env!("MONKEYBENCH_PROFILE").to_owned(),
        features: catalog::features(true)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        settings: catalog::settings(),
        executable: None,
    }
}

/// A hash of the program that is running, to tell builds apart that have the same commit. None if it
/// can't be read.
pub(crate) fn executable_hash() -> Option<String> {
    file_hash(&workers::own_executable().ok()?)
}

/// A hash of a file. None if it can't be read.
pub(crate) fn file_hash(path: &Path) -> Option<String> {
    Some(hash(&fs::read(path).ok()?))
}

/// A hash that tells contents apart which nobody has made up to be the same: 64-bit FNV-1a.
pub(crate) fn hash(bytes: &[u8]) -> String {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = bytes.iter().fold(BASIS, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sources that the build script doesn't watch would be taken for unchanged.
    #[test]
    fn the_build_script_records_every_path_that_counts_depend_on() {
        for path in Sources::PATHS {
            let recorded = env!("MONKEYBENCH_SOURCES").split(' ');
            let of_path = recorded.filter(|source| source.starts_with(&format!("{path}=")));
            assert_eq!(of_path.count(), 1, "{path}");
        }
    }

    #[test]
    fn the_compilers_version_stands_alone() {
        let rustc = Build::own().rustc;
        assert!(rustc.starts_with(|c: char| c.is_ascii_digit()), "{rustc}");
        assert!(!rustc.contains(' '), "{rustc}");
    }
}
