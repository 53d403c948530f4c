//! The program itself: its version and how it was built.

use std::fs;

use reports::schema;

use crate::workers;

/// The version, with what `--version` adds to it.
pub(crate) const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("MONKEYBENCH_COMMIT"),
    " ",
    env!("MONKEYBENCH_DIRTY"),
    "\ncompiler: ",
    env!("MONKEYBENCH_RUSTC_VERSION"),
    "\ntarget: ",
    env!("MONKEYBENCH_TARGET"),
    "\nprofile: ",
    env!("MONKEYBENCH_PROFILE"),
);

/// The Cargo features that decide which engines there are, with whether each is on.
const FEATURES: [(&str, bool); 5] = [
    ("constant-operands", cfg!(feature = "constant-operands")),
    ("superinstructions", cfg!(feature = "superinstructions")),
    ("constant-folding", cfg!(feature = "constant-folding")),
    ("integer-cache", cfg!(feature = "integer-cache")),
    ("type-specialization", cfg!(feature = "type-specialization")),
];

/// What a results file says of the program that measured.
pub(crate) fn tool() -> schema::Tool {
    schema::Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: Some(env!("MONKEYBENCH_COMMIT").to_owned()).filter(|commit| !commit.is_empty()),
        dirty: !env!("MONKEYBENCH_DIRTY").is_empty(),
        rustc: env!("MONKEYBENCH_RUSTC_VERSION").to_owned(),
        target: env!("MONKEYBENCH_TARGET").to_owned(),
        profile: env!("MONKEYBENCH_PROFILE").to_owned(),
        features: FEATURES
            .iter()
            .filter(|(_, on)| *on)
            .map(|(name, _)| (*name).to_owned())
            .collect(),
    }
}

/// A hash of the program that is running, to tell builds apart that have the same commit: 64-bit
/// FNV-1a of its bytes. None if it can't be read.
pub(crate) fn executable_hash() -> Option<String> {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = fs::read(workers::own_executable().ok()?).ok()?;
    let hash = bytes.iter().fold(BASIS, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    Some(format!("{hash:016x}"))
}
