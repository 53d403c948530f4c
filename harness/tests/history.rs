//! `monkeybench history`, in a repository whose commits are known.

mod common;

use std::process::Command;

use common::{Bench, stderr, stdout};
use reports::schema::Results;

/// Commits a baseline in which `stack` dispatches so many instructions on fibonacci.
fn commit(bench: &Bench, dispatched: u64, says: &str) {
    bench.file(
        "ci/baselines/portable.json",
        format!(
            r#"{{"format":"monkeybench-portable-counts","schema":1,"cells":[{{"variant":"stack",
            "workload":"fibonacci","counts":{{"dispatched":{dispatched},"calls":21,"allocations":null,
            "code_bytes":60}},"opcodes":{{}}}}]}}"#
        ),
    );
    git(bench, &["add", "."]);
    git(bench, &["commit", "--quiet", "-m", says]);
}

#[test]
fn steps_stand_in_the_order_of_the_commits_whatever_their_files() {
    let bench = Bench::new();
    git(&bench, &["init", "--quiet"]);
    std::fs::create_dir_all(bench.path("ci/baselines")).unwrap();
    let host = |instructions: u64| {
        format!(
            r#"{{"format":"monkeybench-host-counts","schema":1,"key":{{"target":"t","rustc":"r","valgrind":"v",
            "libc":"l","profile":"p"}},"sources":"s","cells":[{{"bench":"run","variant":"stack",
            "workload":"fibonacci","instructions":{instructions},"functions":{{}}}}]}}"#
        )
    };
    // Its name sorts before that of the other.
    bench.file("ci/baselines/host.json", host(7_000));
    commit(&bench, 1_000, "Count");
    bench.file("ci/baselines/host.json", host(6_000));
    git(
        &bench,
        &[
            "commit",
            "--quiet",
            "-am",
            "Fewer by the machine",
            "-m",
            "It fuses\ntwo.",
        ],
    );
    commit(&bench, 900, "Fewer dispatched");
    bench.file("ci/baselines/host.json", host(5_000));
    git(&bench, &["commit", "--quiet", "-am", "Fewer again"]);

    let history = bench.run("history --json");
    assert!(
        !stderr(&history).contains("shallow"),
        "{}",
        stderr(&history)
    );
    let history: serde_json::Value = serde_json::from_str(&stdout(&history)).unwrap();
    let steps = history["steps"].as_array().unwrap();
    let mut subjects: Vec<_> = steps
        .iter()
        .map(|it| it["subject"].as_str().unwrap())
        .collect();
    subjects.dedup();
    assert_eq!(
        subjects,
        [
            "Count",
            "Fewer by the machine",
            "Fewer dispatched",
            "Fewer again"
        ]
    );
    let by_machine = steps
        .iter()
        .find(|it| it["subject"] == "Fewer by the machine")
        .unwrap();
    assert_eq!(by_machine["body"], "It fuses\ntwo.");

    let shallow = Bench::new();
    let source = format!("file://{}", bench.path("").display());
    git(
        &shallow,
        &["clone", "--quiet", "--depth", "1", &source, "."],
    );
    let history = shallow.run("history");
    assert!(
        stderr(&history).contains("this clone is shallow"),
        "{}",
        stderr(&history)
    );
}

fn git(bench: &Bench, arguments: &[&str]) {
    let status = Command::new("git")
        .args([
            "-c",
            "user.name=n",
            "-c",
            "user.email=e",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .current_dir(bench.path(""))
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}");
}

#[test]
fn each_commit_that_changes_a_count_is_a_step() {
    let bench = Bench::new();
    git(&bench, &["init", "--quiet"]);
    std::fs::create_dir_all(bench.path("ci/baselines")).unwrap();
    commit(&bench, 1_000, "Count");
    commit(&bench, 900, "Fuse two instructions");
    bench.file("ci/baselines/portable.json", "no baseline");
    git(&bench, &["commit", "--quiet", "-am", "Break it"]);
    commit(&bench, 900, "Mend it");

    let assert = bench.run("history --engine stack --workload fibonacci --json");
    let history: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let steps = history["steps"].as_array().unwrap();
    let of = |count: &str| {
        let of_count = steps.iter().filter(|step| step["count"] == count);
        of_count
            .map(|step| {
                (
                    step["subject"].as_str().unwrap(),
                    &step["old"],
                    &step["new"],
                )
            })
            .collect::<Vec<_>>()
    };
    let [null, thousand, less, calls] =
        [None, Some(1_000), Some(900), Some(21)].map(serde_json::Value::from);
    assert_eq!(
        of("dispatched"),
        [
            ("Count", &null, &thousand),
            ("Fuse two instructions", &thousand, &less)
        ]
    );
    assert_eq!(of("calls"), [("Count", &null, &calls)]);
    assert_eq!(steps.len(), 4, "{history}");

    let text = stdout(&bench.run("history"));
    assert!(
        text.contains("Exact counts, by commit") && text.contains("−10.00 %"),
        "{text}"
    );
    bench.run("history --chart counts.svg").success();
    let chart = bench.read("counts.svg");
    for told in ["dispatched, stack", "−10.0 %", "Fuse two instructions"] {
        assert!(chart.contains(told), "{told}: {chart}");
    }
    // What no commit has changed is no step.
    assert!(!chart.contains("code bytes"), "{chart}");
    let none =
        bench.run("history --workload fibonacci --engine stack --chart no/such/folder/x.svg");
    assert_eq!(none.get_output().status.code(), Some(1));

    let unknown = bench.run("history --engine stuck");
    assert_eq!(unknown.get_output().status.code(), Some(1));
    assert!(
        stderr(&unknown).contains("did you mean stack?"),
        "{}",
        stderr(&unknown)
    );
}

/// Results are committed after the commit that they are of.
#[test]
fn a_published_time_names_the_commit_that_was_measured() {
    let bench = Bench::new();
    git(&bench, &["init", "--quiet"]);
    std::fs::create_dir_all(bench.path("ci/baselines")).unwrap();
    commit(&bench, 1_000, "Count");
    bench.run(
        "run --engines tree --workloads integer-arithmetic --rounds 1 --out reports/published",
    );
    let results = Results::read(&bench.path("reports/published/results.json")).unwrap();
    git(&bench, &["add", "."]);
    git(&bench, &["commit", "--quiet", "-m", "Publish"]);

    let history = stdout(&bench.run("history --json"));
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let [published] = history["published"].as_array().unwrap().as_slice() else {
        panic!("{history}");
    };
    assert_eq!(published["subject"], "Publish");
    assert_eq!(
        published["measured_commit"].as_str(),
        results.tool.commit.as_deref()
    );
    assert_eq!(published["measured_dirty"], results.tool.dirty);
    let text = stdout(&bench.run("history"));
    let measured = results.tool.commit.unwrap_or_default();
    assert!(text.contains(&measured[..measured.len().min(9)]), "{text}");
}

#[test]
fn without_a_repository_there_is_no_history() {
    let bench = Bench::new();
    let assert = bench.run("history");
    assert_eq!(assert.get_output().status.code(), Some(1));
    assert!(
        stderr(&assert).contains("here is none"),
        "{}",
        stderr(&assert)
    );
}
