//! `monkeybench compare` as a user types it: the published run against itself and against copies of
//! it that were changed.

mod common;

use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use common::{Bench, no_panic, stderr, stdout};
use serde_json::{Value, json};

fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/published/results.json")
}

/// The published run, as if its rounds were those of one run.
fn one_run() -> Value {
    let mut run: Value = serde_json::from_slice(&std::fs::read(published()).unwrap()).unwrap();
    run.as_object_mut().unwrap().remove("repeats");
    run
}

/// A folder with `a.json`, which has the first two variants and workloads of such a run.
fn with_run() -> (Bench, Value) {
    let mut run = one_run();
    for axis in ["variants", "workloads"] {
        run[axis].as_array_mut().unwrap().truncate(2);
    }
    let kept = |it: &Value| {
        ["variant", "workload"]
            .iter()
            .all(|id| it[id].as_u64() < Some(2))
    };
    for list in ["cells", "samples"] {
        run[list].as_array_mut().unwrap().retain(kept);
    }
    // Whatever was the machine's state, the copies must be valid to begin with.
    run["environment"]["load_before"] = json!(0.1);
    let bench = Bench::new();
    bench.file("a.json", run.to_string());
    (bench, run)
}

/// Compares `a.json` with a changed copy of it.
fn against(change: impl FnOnce(&mut Value), options: &str) -> Assert {
    let (bench, mut run) = with_run();
    // What isn't told to be the same build is another one.
    run["tool"]["commit"] = json!("0123456789ab");
    run["tool"]["executable"] = json!("0123456789abcdef");
    change(&mut run);
    bench.file("b.json", run.to_string());
    let assert = bench.run(&format!("compare a.json b.json {options}"));
    no_panic(&assert);
    assert
}

fn json_of(assert: Assert) -> Value {
    serde_json::from_str(&stdout(&assert)).unwrap()
}

fn other_cores(run: &mut Value) {
    run["environment"]["cores"] = json!(99);
}

#[test]
fn the_published_run_against_itself_is_one_everywhere() {
    let bench = Bench::new();
    let file = published();
    let compare = |options: &str| {
        let mut command = bench.command(&format!("compare {options}"));
        command.arg(&file).arg(&file).assert()
    };
    for options in ["--json", "--json --ratios", "--json --measure total"] {
        let assert = compare(options);
        // The published run is valid; a comparison that isn't would say so.
        let comparison = json_of(assert.success());
        assert_eq!(comparison["same_run"], true);
        assert_eq!(comparison["invalid"], json!([]));
        let cells = comparison["cells"].as_array().unwrap();
        assert!(cells.len() >= 30, "{}", cells.len());
        for cell in cells {
            assert_eq!(cell["ratio"], 1.0, "{cell}");
            assert!(cell["low"].as_f64() < Some(1.0) && cell["high"].as_f64() > Some(1.0));
            assert!(cell["coverage"].as_f64() >= Some(0.95), "{cell}");
        }
    }
    let text = stdout(&compare("").success());
    assert!(text.contains("Both files hold the same run"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    let markdown = stdout(&compare("--format markdown").success());
    assert!(markdown.contains("\n| tree | "), "{markdown}");
}

#[test]
fn slower_is_a_finding_and_not_a_failure() {
    let slower = |run: &mut Value| {
        for sample in run["samples"].as_array_mut().unwrap() {
            if sample["variant"] == 1 {
                sample["nanoseconds"] = json!(sample["nanoseconds"].as_u64().unwrap() * 2);
            }
        }
    };
    let comparison = json_of(against(slower, "--json").success());
    let cell = &comparison["cells"][1];
    assert_eq!(cell["variant"], "stack");
    // Four cells are too few to know how far the runs differ.
    assert_eq!(cell["verdict"], "cant_tell_between_runs");
    assert_eq!(cell["within_runs"], "slower");
    assert!(
        (cell["ratio"].as_f64().unwrap() - 0.5).abs() < 1e-9,
        "{cell}"
    );
    let green = against(slower, "--fail-on slower").success();
    let said = stderr(&green).replace('\n', " ");
    assert!(said.contains("--fail-on could not tell"), "{said}");
    let text = stdout(&green);
    assert!(
        text.starts_with("New against old, 4 cells: 0 faster, 0 slower"),
        "{text}"
    );

    // All cells are enough.
    let bench = Bench::new();
    let mut run = one_run();
    run["tool"]["commit"] = json!("0123456789ab");
    run["tool"]["executable"] = json!("0123456789abcdef");
    run["environment"]["load_before"] = json!(0.1);
    bench.file("a.json", run.to_string());
    run["tool"]["executable"] = json!("fedcba9876543210");
    run["tool"]["commit"] = json!("fedcba987654");
    slower(&mut run);
    for cell in run["cells"].as_array_mut().unwrap() {
        if cell["variant"] == 1 {
            cell["host_instructions"] = json!(cell["host_instructions"].as_u64().unwrap() * 2);
        }
    }
    bench.file("b.json", run.to_string());
    let comparison = json_of(bench.run("compare a.json b.json --json").success());
    let cells = comparison["cells"].as_array().unwrap();
    let stack = cells.iter().find(|it| it["variant"] == "stack").unwrap();
    // They are enough for an interval, and too few for as many verdicts.
    assert_eq!(stack["verdict"], "slower_uncorrected", "{stack}");
    assert!(comparison["between_runs"]["controls"].as_u64() >= Some(10));
    let green = bench
        .run("compare a.json b.json --fail-on slower")
        .success();
    let said = stderr(&green).replace('\n', " ");
    assert!(said.contains("--fail-on could not tell"), "{said}");
    assert!(said.contains("--repeat"), "{said}");

    // As many runs as there were rounds are enough for both.
    for file in ["a.json", "b.json"] {
        let text = std::fs::read(bench.path(file)).unwrap();
        let mut run: Value = serde_json::from_slice(&text).unwrap();
        let runs = &run["rounds_done"];
        run["repeats"] = json!({"runs": runs, "rounds": 1, "pause_seconds": 0});
        bench.file(file, run.to_string());
    }
    for (fail_on, status) in [("slower", 1), ("slower:50", 1), ("slower:120", 0)] {
        let assert = bench.run(&format!("compare a.json b.json --fail-on {fail_on}"));
        assert_eq!(assert.get_output().status.code(), Some(status), "{fail_on}");
        let told = stderr(&assert).contains("slower than the old run: stack on fibonacci");
        assert_eq!(told, status == 1, "{}", stderr(&assert));
    }
}

/// A copy of the run in which all times are larger, of the same build: it is the run that is slower.
#[test]
fn two_runs_of_one_build_drift_and_are_never_faster_or_slower() {
    let drifted = |run: &mut Value| {
        run["tool"] = with_run().1["tool"].clone();
        for sample in run["samples"].as_array_mut().unwrap() {
            // More than any published run is unsure of.
            sample["nanoseconds"] = json!(sample["nanoseconds"].as_u64().unwrap() * 3 / 2);
        }
    };
    let comparison = json_of(against(drifted, "--json").code(3));
    for list in ["cells", "suite"] {
        for cell in comparison[list].as_array().unwrap() {
            assert_eq!(cell["code"], "same", "{cell}");
            let verdict = cell["verdict"].as_str().unwrap();
            assert!(!["faster", "slower"].contains(&verdict), "{cell}");
        }
    }
    assert_eq!(comparison["suite"][0]["verdict"], "drift_between_runs");
    let reason = comparison["invalid"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("drift between runs: "), "{reason}");
    let text = stdout(&against(drifted, "").code(3)).replace('\n', " ");
    for part in [
        "INVALID: drift between runs",
        "0 faster, 0 slower",
        "side by side",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn another_machine_is_invalid_but_for_ratios() {
    let assert = against(other_cores, "").code(3);
    let text = stdout(&assert).replace('\n', " ");
    for part in ["INVALID", "cores ", "→ 99", "--ratios"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(stderr(&assert), "");
    let comparison = json_of(against(other_cores, "--json").code(3));
    assert_eq!(comparison["cells"], json!([]));
    assert!(
        comparison["invalid"][0]["advice"]
            .as_str()
            .unwrap()
            .contains("--ratios")
    );
    let ratios = json_of(against(other_cores, "--ratios --json").success());
    assert_eq!(ratios["cells"].as_array().unwrap().len(), 2);
    assert_eq!(ratios["differences"][0]["what"], "cores");
}

#[test]
fn an_invalid_run_is_shown_and_is_status_3() {
    let busy = |run: &mut Value| run["environment"]["load_before"] = json!(50.0);
    let text = stdout(&against(busy, "").code(3));
    assert!(
        text.starts_with("INVALID: the new run: the load average"),
        "{text}"
    );
    assert!(text.contains("\nWhat to do: end what else runs"), "{text}");
    assert!(text.contains("\nfibonacci(25)\n"), "{text}");
    stdout(&against(busy, "--ratios --format markdown").code(3));
}

#[test]
fn what_has_no_counterpart_is_listed() {
    let other_size = |run: &mut Value| run["workloads"][0]["size"] = json!(26);
    let text = stdout(&against(other_size, "").success());
    assert!(
        text.contains("fibonacci: it has size 25 in the old run, size 26"),
        "{text}"
    );
    let renamed = |run: &mut Value| run["variants"][1]["name"] = json!("stack+xx");
    let text = stdout(&against(renamed, "").success());
    assert!(text.contains("stack: it is only in the old run"), "{text}");
    assert!(
        text.contains("stack+xx: it is only in the new run"),
        "{text}"
    );
    let no_cell = |run: &mut Value| {
        let samples = run["samples"].as_array_mut().unwrap();
        samples.retain(|it| it["variant"] != 1 || it["workload"] != 0);
    };
    let text = stdout(&against(no_cell, "").success());
    assert!(
        text.contains("stack on fibonacci: the new run did not time"),
        "{text}"
    );
    let failed = |run: &mut Value| {
        run["cells"][1]["failure"] = json!({"phase": "check", "reason": "it was wrong"});
    };
    let text = stdout(&against(failed, "").success());
    assert!(
        text.contains("stack on fibonacci: failed in the new run"),
        "{text}"
    );
    assert!(text.replace('\n', " ").contains("it was wrong"), "{text}");
}

#[test]
fn changed_counts_are_listed() {
    let more = |run: &mut Value| run["cells"][1]["counts"]["allocations"] = json!(400_000);
    let text = stdout(&against(more, "").success());
    assert!(text.contains("Changed counts on fibonacci"), "{text}");
    assert!(text.contains("stack: allocations"), "{text}");
    assert!(text.contains("400,000"), "{text}");
}

#[test]
fn what_cannot_be_compared_is_status_1_with_the_reason() {
    let (bench, run) = with_run();
    let text = run.to_string();
    bench.file("cut.json", &text[..text.len() / 2]);
    bench.file("other.json", "{}");
    bench.file("text.json", "lorem ipsum");
    let changed = |name: &str, change: fn(&mut Value)| {
        let mut run = run.clone();
        change(&mut run);
        bench.file(name, run.to_string());
    };
    changed("apart.json", |run| {
        run["workloads"][0]["name"] = json!("one");
        run["workloads"][1]["name"] = json!("two");
        run["experiment"]["headline"] = json!("one");
    });
    changed("later.json", |run| run["schema"] = json!(999));
    changed("reference.json", |run| {
        run["experiment"]["reference"] = json!("stack");
        let samples = run["samples"].as_array_mut().unwrap();
        samples.retain(|sample| sample["control"].is_null());
    });
    for (arguments, reason) in [
        ("a.json missing.json", "missing.json: no such file"),
        ("missing.json a.json", "missing.json: no such file"),
        ("a.json cut.json", "cut.json: is truncated"),
        ("a.json later.json", "later.json: has schema version 999"),
        (
            "a.json other.json",
            "other.json: is JSON, but not a monkeybench results file",
        ),
        ("text.json a.json", "text.json: is not JSON"),
        ("a.json .", "is a directory"),
        (
            "a.json apart.json",
            "nothing in common to compare: fibonacci: it is only in the old run",
        ),
        (
            "a.json reference.json --ratios",
            "the old run refer to tree, those of the new run to stack",
        ),
        (
            "a.json a.json --ratios --measure parse",
            "stack: neither run timed its parse",
        ),
    ] {
        let assert = bench.run(&format!("compare {arguments}")).code(1);
        let text = stderr(&assert);
        assert!(text.starts_with("error: "), "{arguments}: {text}");
        assert!(text.contains(reason), "{arguments}: {text}");
        assert_eq!(text.lines().count(), 1, "{arguments}: {text}");
        assert_eq!(stdout(&assert), "", "{arguments}");
        no_panic(&assert);
    }
}

#[test]
fn wrong_usage_is_status_2() {
    let (bench, _) = with_run();
    for (arguments, reason) in [
        ("", "NEW.json"),
        ("a.json", "NEW.json"),
        ("a.json a.json a.json", "unexpected argument"),
        ("a.json a.json --measure compil", "'compile'"),
        ("a.json a.json --format html", "markdown"),
        (
            "a.json a.json --format markdown --json",
            "cannot be used with",
        ),
        ("a.json a.json --ratio", "--ratios"),
    ] {
        let assert = bench.run(&format!("compare {arguments}")).code(2);
        let text = stderr(&assert);
        assert!(text.starts_with("error: "), "{arguments}: {text}");
        assert!(text.contains(reason), "{arguments}: {text}");
        assert_eq!(stdout(&assert), "", "{arguments}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_has_gone_ends_it_quietly() {
    use std::process::{Command, Stdio};

    let (bench, mut run) = with_run();
    other_cores(&mut run);
    bench.file("b.json", run.to_string());
    for (arguments, status) in [
        ("a.json a.json", 0),
        ("a.json a.json --json", 0),
        ("a.json a.json --format markdown", 0),
        // What nobody reads is INVALID all the same.
        ("a.json b.json", 3),
    ] {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("monkeybench"))
            .current_dir(bench.directory.path())
            .arg("compare")
            .args(arguments.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.stderr, b"", "{arguments}");
        assert_eq!(output.status.code(), Some(status), "{arguments}");
    }
}
