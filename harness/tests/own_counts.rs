//! Host instructions that a run counts itself, and the machine code that it reads: with the valgrind and
//! the objdump of this machine, where there are any, without them, and with some that fail.
#![cfg(unix)]

mod common;

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::{env, fs};

use common::{Bench, no_panic, stderr};
use reports::dispatching::Dispatching;
use reports::schema::{HostCounts, HostSource, MachineCode, Results};

/// The smallest workload; two strategies, of which one calls and the other one jumps.
const TINY: &str = "run dispatch --engines stack+all/tagged/table/verified,\
                    stack+all/tagged/tail/verified --workloads integer-arithmetic --rounds 1 --out out";

/// Whether the machine has a program. Where it hasn't, it says so rather than nothing.
fn has(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        // Past the test runner, which keeps what tests print that succeed.
        let said = format!("\nNOT TESTED: there is no {program} here\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
    found
}

/// Puts a program of this name into a folder of the bench's; gives the folder.
fn fake(bench: &Bench, name: &str, script: &str) -> PathBuf {
    fs::create_dir_all(bench.path("bin")).unwrap();
    let program = bench.file(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    bench.path("bin")
}

/// Runs with this PATH; gives the results and what was said.
fn run_with(bench: &Bench, path: impl AsRef<OsStr>, options: &str) -> (Results, String) {
    let mut command = bench.command(&format!("{TINY} {options}"));
    let assert = command.env("PATH", path).assert();
    // One round is too few for any interval.
    assert_eq!(
        assert.get_output().status.code(),
        Some(3),
        "{}",
        stderr(&assert)
    );
    no_panic(&assert);
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    (results, stderr(&assert))
}

/// Why nothing was counted, and why no machine code was read.
fn absent(results: &Results) -> (&str, &str) {
    match (&results.host_counts, &results.machine_code) {
        (
            Some(HostCounts::Absent {
                reason: counts,
                by_run: true,
            }),
            Some(MachineCode::Absent { reason: code }),
        ) => (counts, code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_counts_its_own_variants_and_reads_how_they_dispatch() {
    if !has("valgrind") || !has("objdump") {
        return;
    }
    let bench = Bench::new();
    let (results, _) = run_with(&bench, env::var_os("PATH").unwrap(), "");
    let Some(HostCounts::Found {
        source, lacking, ..
    }) = &results.host_counts
    else {
        panic!("{:?}", results.host_counts);
    };
    assert_eq!((*source, lacking.as_slice()), (HostSource::Run, &[][..]));
    let [called, threaded] = results.cells.as_slice() else {
        panic!("{:?}", results.cells);
    };
    if env::consts::ARCH != "x86_64" {
        return;
    }
    for cell in [called, threaded] {
        let (host, dispatched) = (cell.host_instructions, cell.counts.unwrap().dispatched);
        assert!(host.unwrap() > dispatched.unwrap());
        // Every dispatch takes such a jump or call, and hardly anything else does.
        let taken: u64 = cell.jumps.iter().map(|jump| jump.taken).sum();
        assert!(taken >= dispatched.unwrap(), "{taken} of {dispatched:?}");
    }
    let main = Dispatching::of(called).unwrap().main;
    assert!(main[0].call, "{main:?}");
    // Without much optimization, a handler may call the next one.
    let mut functions: Vec<u32> = threaded.jumps.iter().map(|jump| jump.function).collect();
    functions.sort_unstable();
    functions.dedup();
    assert!(functions.len() > 2, "{:?}", threaded.jumps);
    let report = bench.read("out/report.md");
    assert!(report.contains("read by GNU objdump "), "{report}");
    assert!(
        report.contains("### Machine code that dispatches"),
        "{report}"
    );
}

#[test]
fn without_a_disassembler_there_are_counts_all_the_same() {
    if !has("valgrind") {
        return;
    }
    let bench = Bench::new();
    let mut path = fake(&bench, "objdump", "exit 1").into_os_string();
    path.push(":");
    path.push(env::var_os("PATH").unwrap());
    let (results, _) = run_with(&bench, path, "");
    for cell in &results.cells {
        assert!(cell.host_instructions.is_some() && cell.jumps.is_empty());
    }
    let Some(MachineCode::Absent { reason }) = &results.machine_code else {
        panic!("{:?}", results.machine_code);
    };
    let expected = match env::consts::ARCH {
        "x86_64" => "objdump gave no machine code",
        _ => "only that of x86_64",
    };
    assert!(reason.contains(expected), "{reason}");
    let report = bench.read("out/report.md");
    assert!(
        report.contains("Machine code: not read, because"),
        "{report}"
    );
}

#[test]
fn without_valgrind_the_run_goes_on_and_says_so() {
    let bench = Bench::new();
    let (results, said) = run_with(&bench, "", "");
    assert!(said.contains("no `valgrind` is in PATH"), "{said}");
    let (counts, code) = absent(&results);
    assert!(counts.contains("no `valgrind` is in PATH"), "{counts}");
    assert!(code.contains("no `valgrind` is in PATH"), "{code}");

    // Who asks for counts wants nothing else.
    let bench = Bench::new();
    let mut command = bench.command(&format!("{TINY} --count-host-instructions"));
    let assert = command.env("PATH", "").assert().code(1);
    assert!(stderr(&assert).contains("no `valgrind` is in PATH"));
    assert!(!bench.path("out").exists());
}

#[test]
fn a_quick_run_counts_nothing_unless_it_is_told_to() {
    let bench = Bench::new();
    let (results, said) = run_with(&bench, "", "--quick");
    assert!(!said.contains("valgrind"), "{said}");
    let (counts, code) = absent(&results);
    assert!(
        counts.contains("a quick run counts nothing unless --count-host-instructions"),
        "{counts}"
    );
    assert_eq!(code, counts);
    // It counts the stages only, which these are not.
    assert!(!bench.read("out/report.md").contains("ci/check"));
}

#[test]
fn what_cannot_be_counted_is_lacking_with_its_reason() {
    let bench = Bench::new();
    let script = "if [ \"$1\" = --version ]; then echo valgrind-3.19.0; exit; fi\n\
                  echo 'no more memory' >&2; exit 7";
    let path = fake(&bench, "valgrind", script);
    let (results, _) = run_with(&bench, path, "--quick --count-host-instructions");
    let (counts, _) = absent(&results);
    for part in [
        "/tagged/table/verified on integer-arithmetic, the counted process",
        "/tagged/tail/verified on integer-arithmetic",
        "no more memory",
    ] {
        assert!(counts.contains(part), "{counts}");
    }
    assert_eq!(results.rounds_done, 1);
}

#[test]
fn counts_of_a_file_and_of_the_run_exclude_each_other() {
    let bench = Bench::new();
    let assert = bench
        .run(&format!(
            "{TINY} --count-host-instructions --host-counts x.json"
        ))
        .code(2);
    assert!(stderr(&assert).contains("cannot be used with"));
}
