//! `monkeybench history`, in a repository whose commits are known.

mod common;

use std::process::Command;

use common::{Bench, stderr, stdout};

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
