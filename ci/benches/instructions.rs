//! Machine instructions of every stage on every workload, counted by callgrind.
//!
//! `ci/check` runs these and compares. Only the phase itself is counted, the region that the
//! catalog names: set-up, the check of the result and the framework are outside. The framework is
//! gungraun, which used to be published as `iai-callgrind`.

#![allow(missing_docs, reason = "the framework's macros make public items")]

use std::hint::black_box;

use ci::cells::{self, Cell};
use ci::heap;
use ci::subject::{Observed, Subject};
use gungraun::prelude::*;
use gungraun::{Callgrind, EntryPoint};
use reports::schema::Measure;

/// Holds glibc to one way of doing things. Copying and comparing use the instructions that every
/// x86-64 has, with thresholds that don't depend on the size of the caches. The heap is one area
/// that is large enough from the start, so that nobody asks the system for more amidst a count.
/// Other libraries, and other architectures, have nothing of these names and ignore them.
const TUNABLES: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX,-BMI2,-LZCNT,-MOVBE,\
-ERMS,-FSRM,-RTM,-SSE4_2,-SSE4_1,-SSSE3,-Prefer_ERMS,-Prefer_FSRM,-AVX_Fast_Unaligned_Load\
:glibc.cpu.x86_data_cache_size=32768\
:glibc.cpu.x86_shared_cache_size=1048576\
:glibc.cpu.x86_non_temporal_threshold=786432\
:glibc.cpu.x86_rep_movsb_threshold=1048576\
:glibc.cpu.x86_rep_stosb_threshold=1048576\
:glibc.malloc.top_pad=67108864\
:glibc.malloc.trim_threshold=1073741824\
:glibc.malloc.mmap_threshold=33554432";

/// Whatever a machine may differ in is given or switched off: caches are not simulated, no
/// settings are read from the environment or the user's files.
fn config() -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::with_args(["--cache-sim=no", "--branch-sim=no"]);
    callgrind.entry_point(EntryPoint::Custom(catalog::COUNTED_REGION.to_owned()));
    let mut config = LibraryBenchmarkConfig::default();
    config
        .env_clear(true)
        .env("GLIBC_TUNABLES", TUNABLES)
        // The runner passes this one on, with a path of the machine in it.
        .env("LD_LIBRARY_PATH", "")
        .valgrind_args(["--command-line-only=yes"])
        .tool(callgrind);
    config
}

fn prepare(cell: Cell) -> (Cell, Subject) {
    let subject = Subject::new(cell.variant, cell.workload);
    let subject = subject.unwrap_or_else(|error| panic!("{error:#}"));
    heap::level();
    (cell, subject)
}

/// A wrong result ends the process, and so the count.
fn check((observed, _subject): (Observed, Subject)) {
    if let Err(error) = observed.check() {
        panic!("{error:#}");
    }
}

#[library_benchmark(setup = prepare, teardown = check)]
#[benches::run(iter = cells::of(Measure::Run))]
#[benches::parse(iter = cells::of(Measure::Parse))]
#[benches::compile(iter = cells::of(Measure::Compile))]
fn phase((cell, subject): (Cell, Subject)) -> (Observed, Subject) {
    let observed = black_box(&subject).once(cell.phase());
    (observed, subject)
}

library_benchmark_group!(name = phases, benchmarks = phase);

main!(config = config(), library_benchmark_groups = phases);
