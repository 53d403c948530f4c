//! `monkeybench run` and `report`: what a run leaves, and how it survives interruption. No test
//! here asserts a time.

mod common;

use std::fs;

use common::{Bench, exists, no_panic, stderr, stdout};
use reports::schema::{Measure, Results, SCHEMA_VERSION};
use workloads::Workload;

/// A run of an instant: two variants on the smallest workload.
const TINY: &str = "run --engines tree,stack --workloads integer-arithmetic --seed 7 --out out";

/// The status of a run without failures: whether it is to be trusted depends on the machine, and
/// a build without optimization never is.
fn good_or_invalid(assert: &assert_cmd::assert::Assert) {
    let code = assert.get_output().status.code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {}", stderr(assert));
    no_panic(assert);
}

#[test]
fn a_run_leaves_results_samples_and_report() {
    let bench = Bench::new();
    let assert = bench.run(&format!("{TINY} --rounds 2"));
    good_or_invalid(&assert);
    let text = stdout(&assert);
    assert!(text.contains("integer-arithmetic"), "{text}");
    assert!(text.contains("out/report.md"), "{text}");
    for file in ["results.json", "samples.jsonl", "report.md", "results.csv"] {
        assert!(exists(bench.path("out").join(file)), "{file}");
    }

    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert_eq!((results.rounds_planned, results.rounds_done), (2, 2));
    assert_eq!((results.seed, results.interrupted), (7, false));
    assert!(
        results
            .command
            .starts_with("monkeybench run --engines tree,stack ")
    );
    assert_eq!(results.workloads[0].value, "93105");
    let taken = |measure, control| {
        let taken = results.samples.iter();
        taken
            .filter(|sample| sample.measure == measure && sample.control == control)
            .count()
    };
    // Two rounds of two variants and the control; the phases in the first only, and one parser.
    assert_eq!(
        (taken(Measure::Run, false), taken(Measure::Run, true)),
        (4, 2)
    );
    assert_eq!(
        (taken(Measure::Parse, false), taken(Measure::Total, false)),
        (1, 2)
    );
    // First executions in a process each, in the first round; no machine of ours runs twice.
    assert_eq!(
        (taken(Measure::First, false), taken(Measure::Warm, false)),
        (2, 0)
    );
    let first = results
        .samples
        .iter()
        .filter(|it| it.measure == Measure::First);
    assert!(first.clone().all(|sample| sample.iterations == 1));
    let identity = results.variants[1].identity.as_ref().unwrap();
    assert_eq!(
        (identity.protocol, identity.engine.as_deref()),
        (2, Some("stack"))
    );
    assert_eq!(identity.version.as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert!(results.variants.iter().all(|variant| variant.builtin));
    assert_eq!(results.cells.len(), 2);
    if cfg!(target_os = "linux") {
        // The whole process: more than a megabyte, less than a program that holds the harness too.
        let peak = |cell: usize| results.cells[cell].peak_memory_bytes.unwrap();
        assert!((1 << 20..200 << 20).contains(&peak(0)), "{}", peak(0));
        assert!((1 << 20..200 << 20).contains(&peak(1)), "{}", peak(1));
    }
    let dispatched = |cell: usize| results.cells[cell].counts.unwrap().dispatched;
    assert_eq!(dispatched(0), None, "a tree-walker has no instructions");
    assert!(dispatched(1).unwrap() > 0);
}

#[test]
fn a_size_of_the_users_own_is_settled_by_the_oracle() {
    let bench = Bench::new();
    let assert = bench.run(
        "run --engines stack --workloads fibonacci --size fibonacci=10 --rounds 1 --out out --json",
    );
    // One round is too few for any interval.
    assert_eq!(assert.get_output().status.code(), Some(3));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(summary["rounds_done"], 1);
    assert_eq!(summary["cells"][0]["speedup"]["median"], 1.0);
    let invalid = summary["invalid"].as_array().unwrap();
    let rounds = invalid
        .iter()
        .find(|it| it["reason"] == "1 complete round is too few: a 95 % interval needs 6")
        .unwrap();
    assert!(
        rounds["advice"].as_str().unwrap().contains("`--rounds`"),
        "{rounds}"
    );
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert_eq!(results.workloads[0].value, "55");
    assert_eq!(results.workloads[0].title, "fibonacci(10)");
}

#[test]
fn two_suites_are_told_apart() {
    let bench = Bench::new();
    // Suites are whole or none, so all programs run, at their least sizes.
    let size = |it: &Workload| Some(format!("--size {}={}", it.name, it.size.as_ref()?.least));
    let sizes: Vec<String> = workloads::all().iter().filter_map(size).collect();
    let assert = bench.run(&format!(
        "run --engines tree,stack --workloads all {} --rounds 6 --out out --json",
        sizes.join(" ")
    ));
    good_or_invalid(&assert);
    let summary: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let conclusion = &summary["conclusions"][0];
    assert_eq!(conclusion["variant"], "stack");
    assert_eq!(conclusion["base"], "tree");
    assert_eq!(conclusion["suites"][0]["suite"], "documented");
    assert_eq!(conclusion["suites"][1]["suite"], "realistic");
    assert_eq!(summary["variants"][1]["value_bytes"], 8);
    assert!(bench.read("out/report.md").contains("## Suites"));

    // A part of a suite is none.
    let assert = bench.run(
        "run --engines tree,stack --workloads tak,integer-arithmetic --size tak=2 --rounds 6 \
         --out part --json",
    );
    good_or_invalid(&assert);
    assert!(
        stderr(&assert).contains("the headline is tak: fibonacci, the experiment's, is not among"),
        "{}",
        stderr(&assert)
    );
    let results = Results::read(&bench.path("part/results.json")).unwrap();
    assert_eq!(results.experiment.headline, "tak");
    assert!(results.workloads.iter().all(|it| it.suite.is_none()));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(summary["conclusions"], serde_json::json!([]));
    assert!(!bench.read("part/report.md").contains("## Suites"));

    // A suite by its name, and a word that is none.
    let assert = bench.run("run --workloads realstic --out out").code(2);
    assert!(stderr(&assert).contains("did you mean realistic?"));
}

#[test]
fn the_report_of_a_results_file_is_the_runs_byte_for_byte() {
    let bench = Bench::new();
    let ran = bench.run(&format!("{TINY} --rounds 6"));
    good_or_invalid(&ran);
    let reported = bench.run("report out/results.json --out again");
    assert_eq!(
        stdout(&reported).replace("again/report.md", "out/report.md"),
        stdout(&ran),
        "the same tables"
    );
    assert_eq!(
        reported.get_output().status.code(),
        ran.get_output().status.code()
    );
    for entry in fs::read_dir(bench.path("again")).unwrap() {
        let name = entry.unwrap().file_name();
        let read = |folder: &str| fs::read(bench.path(folder).join(&name)).unwrap();
        assert!(read("again") == read("out"), "{name:?}");
    }
    assert!(exists(bench.path("again/report.md")));
}

#[test]
fn a_readme_is_spliced_between_its_markers() {
    let bench = Bench::new();
    good_or_invalid(&bench.run(&format!("{TINY} --rounds 1")));
    let (begin, end) = (
        "<!-- monkeybench:begin progression -->",
        "<!-- monkeybench:end progression -->",
    );
    bench.file("README.md", format!("before\n{begin}\nold\n{end}\nafter\n"));
    let assert = bench.run("report out/results.json --splice README.md");
    assert!(
        stderr(&assert).contains("README.md: lines 3 to "),
        "{}",
        stderr(&assert)
    );
    let assert = bench.run("report out/results.json --splice README.md");
    assert!(
        stderr(&assert).contains("progression, are up to date"),
        "{}",
        stderr(&assert)
    );
    let readme = bench.read("README.md");
    assert!(
        readme.starts_with(&format!("before\n{begin}\n")),
        "{readme}"
    );
    assert!(readme.ends_with(&format!("{end}\nafter\n")), "{readme}");
    assert!(
        readme.contains("(out/progression.svg)") && !readme.contains("\nold\n"),
        "{readme}"
    );

    bench.file("bare.md", "no markers");
    let assert = bench
        .run("report out/results.json --splice bare.md")
        .code(1);
    assert!(
        stderr(&assert).contains("can't splice into bare.md"),
        "{}",
        stderr(&assert)
    );
    assert_eq!(bench.read("bare.md"), "no markers");
}

#[test]
fn what_is_no_results_file_is_told_apart() {
    let bench = Bench::new();
    good_or_invalid(&bench.run(&format!("{TINY} --rounds 1")));
    let good = bench.read("out/results.json");
    bench.file("truncated.json", &good[..good.len() / 2]);
    bench.file(
        "version.json",
        good.replacen(&format!("\"schema\":{SCHEMA_VERSION}"), "\"schema\":99", 1),
    );
    bench.file("foreign.json", "{\"hello\": 1}");
    bench.file("text.json", "hello");
    bench.file("latin1.json", b"\xff\xfe");
    bench.file("empty.json", "");
    for (file, reason) in [
        ("truncated.json", "truncated"),
        ("version.json", "version 99"),
        ("foreign.json", "not a monkeybench results file"),
        ("text.json", "not JSON"),
        ("latin1.json", "not UTF-8"),
        ("empty.json", "truncated"),
        ("missing.json", "no such file"),
        ("out", "is a directory"),
    ] {
        let assert = bench.run(&format!("report {file}")).code(1);
        let text = stderr(&assert);
        assert!(
            text.contains(file) && text.contains(reason),
            "{file}: {text}"
        );
        no_panic(&assert);
    }
}

#[test]
fn an_output_that_cannot_be_written_is_said_before_anything_is_measured() {
    let bench = Bench::new();
    bench.file("file", "");
    let assert = bench
        .run(&TINY.replace("--out out", "--out file/out"))
        .code(1);
    assert!(
        stderr(&assert).contains("can't write to file/out"),
        "{}",
        stderr(&assert)
    );
    no_panic(&assert);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let bench = Bench::new();
    fs::create_dir(bench.path("out")).unwrap();
    std::os::unix::fs::symlink("/dev/full", bench.path("out/samples.jsonl")).unwrap();
    let assert = bench.run(TINY).code(1);
    assert!(
        stderr(&assert).contains("No space left"),
        "{}",
        stderr(&assert)
    );
    no_panic(&assert);
}
