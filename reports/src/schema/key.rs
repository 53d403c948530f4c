//! What counts of machine instructions are exact for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What decides how many machine instructions the same sources take.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The target triple.
    pub target: String,
    /// The compiler: `1.95.0`.
    pub rustc: String,
    /// The counter: `3.19.0`.
    pub valgrind: String,
    /// The C library: `glibc-2.36`.
    pub libc: String,
    /// The Cargo profile: `release`.
    pub profile: String,
}

impl fmt::Display for Key {
    /// In the form that names the baseline's file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            target,
            rustc,
            valgrind,
            libc,
            profile,
        } = self;
        write!(
            f,
            "{target}_rustc-{rustc}_valgrind-{valgrind}_{libc}_{profile}"
        )
    }
}
