//! What the tests of every suite ask about its programs.

#![allow(unreachable_pub, reason = "each test binary has this as a module")]

use std::collections::BTreeSet;
use std::path::Path;

use workloads::{Suite, Workload};

/// The programs of a suite, by name and FNV-1a hash of their text.
pub fn fingerprints(suite: Suite) -> Vec<(&'static str, u64)> {
    let workloads = suite.workloads().iter();
    workloads
        .map(|workload| (&*workload.name, fnv1a(&source(workload, None))))
        .collect()
}

fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The text of a workload at a size that it has.
pub fn source(workload: &Workload, size: Option<u64>) -> String {
    workload.source(size).expect("a size within bounds")
}

/// Makes sure that the programs of a suite's folder are its workloads.
pub fn assert_folder_is_suite(suite: Suite) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(suite.name());
    let files: BTreeSet<_> = std::fs::read_dir(folder)
        .expect("the folder of programs")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    let embedded: BTreeSet<_> = suite
        .workloads()
        .iter()
        .map(|workload| format!("{}.monkey", workload.name).into())
        .collect();
    assert_eq!(files, embedded);
}
