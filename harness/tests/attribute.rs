//! `monkeybench attribute`: exact counts, times that can be attributed again, and a valgrind that
//! fails. No test here asserts a time.

mod common;

use std::collections::BTreeMap;

use assert_cmd::assert::Assert;
use common::{Bench, exists, no_panic, stderr, stdout};
use serde_json::Value;

fn json(assert: &Assert) -> Value {
    serde_json::from_str(&stdout(assert)).unwrap_or_else(|error| panic!("{error}: {assert}"))
}

fn close(one: &Value, other: f64) {
    let one = one.as_f64().unwrap();
    assert!((one / other - 1.0).abs() < 1e-9, "{one} is not {other}");
}

/// The costs by variant.
fn costs(worth: &Value) -> BTreeMap<String, f64> {
    serde_json::from_value(worth["costs"].clone()).unwrap()
}

#[test]
fn dispatches_are_attributed_exactly() {
    let bench = Bench::new();
    let assert = bench.run("attribute --json").success();
    let document = json(&assert);
    assert_eq!(document["by"], "dispatches");
    let workloads = document["workloads"].as_array().unwrap();
    assert_eq!(workloads.len(), workloads::documented().len());
    let stages: Vec<_> = catalog::stages().into_iter().skip(1).collect();
    let combinations = 1 << (stages.len() - 1);
    for worth in workloads {
        let costs = costs(worth);
        assert_eq!(costs.len(), combinations);
        let optimizations = worth["optimizations"].as_array().unwrap();
        assert_eq!(optimizations.len(), stages.len() - 1);
        // The documented order credits the ratios of neighbouring stages.
        for (optimization, pair) in optimizations.iter().zip(stages.windows(2)) {
            let ratio = costs[&pair[0].name] / costs[&pair[1].name];
            close(&optimization["documented"]["median"], ratio);
            assert!(optimization["documented"].get("low").is_none());
        }
        for figure in ["shapley", "documented"] {
            let gains = optimizations.iter().map(|it| &it[figure]["median"]);
            let product: f64 = gains.map(|gain| gain.as_f64().unwrap()).product();
            close(&worth["total"]["median"], product);
        }
    }
    assert_eq!(stdout(&bench.run("attribute --json")), stdout(&assert));

    // The counts are those that a measurement checks and keeps.
    let assert = bench.run(
        "run --engines stack --workloads fibonacci --rounds 1 --size fibonacci=5 --out out --json",
    );
    no_panic(&assert);
    let run: Value = serde_json::from_str(&bench.read("out/results.json")).unwrap();
    let assert = bench.run("attribute --workloads fibonacci --size fibonacci=5 --json");
    let stack = costs(&json(&assert.success())["workloads"][0])["stack"];
    close(&run["cells"][0]["counts"]["dispatched"], stack);
}

#[test]
fn titles_are_the_optimizations_own() {
    let bench = Bench::new();
    let text = stdout(
        &bench
            .run("attribute --workloads integer-arithmetic")
            .success(),
    );
    // Wherever lines end.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for title in [
        "co constant operands",
        "si superinstructions",
        "cf constant folding",
    ] {
        assert!(text.contains(title), "{title}\n{text}");
    }
    assert!(!text.contains("all 1 workloads"), "{text}");
}

#[test]
fn files_are_written_where_they_are_wanted() {
    let bench = Bench::new();
    let one = "attribute --workloads integer-arithmetic --optimizations cf,co";
    bench.run(one).success();
    assert!(!exists(bench.path("reports")));
    let assert = bench.run(&format!("{one} --out a/b")).success();
    assert!(stdout(&assert).contains("a/b/attribution.md"));
    assert!(bench.read("a/b/attribution.svg").starts_with("<svg"));
    let report = bench.read("a/b/attribution.md");
    assert!(report.contains("](attribution.svg)"), "{report}");
    assert!(
        report.contains(&format!("`monkeybench {one} --out a/b`")),
        "{report}"
    );
    let document: Value = serde_json::from_str(&bench.read("a/b/attribution.json")).unwrap();
    // The documented order, whichever way they are asked for.
    assert_eq!(document["optimizations"][0]["name"], "co");
    assert_eq!(costs(&document["workloads"][0]).len(), 4);
}

#[test]
fn wrong_usage_is_said() {
    let bench = Bench::new();
    bench.file("file", "");
    for (arguments, code, reason) in [
        ("--by magic", 2, "possible values: dispatches"),
        ("--workloads fibonaci", 2, "did you mean fibonacci?"),
        ("--optimizations cf,xx", 2, "there are: co, si"),
        ("--optimizations cf,cf", 2, "twice"),
        ("--size fibonacci=1000000", 2, "not between"),
        ("--rounds 3", 2, "--by time"),
        ("--from x.json --seed 3", 2, "cannot be used with"),
        ("--from x.json", 1, "x.json: no such file"),
        ("--from file", 1, "file"),
        ("--out file/out", 1, "can't write to file/out"),
    ] {
        let assert = bench.run(&format!("attribute {arguments}")).code(code);
        let text = stderr(&assert);
        assert!(text.contains(reason), "{arguments}: {text}");
        assert_eq!(stdout(&assert), "", "{arguments}");
        no_panic(&assert);
    }
    let help = stdout(&bench.run("--help").success());
    assert!(
        help.contains("\n  attribute ") && !help.contains("counted"),
        "{help}"
    );
    bench
        .command("counted")
        .write_stdin("no job")
        .assert()
        .code(2);
}

#[test]
fn times_are_measured_once_and_attributed_again() {
    let bench = Bench::new();
    let ran = bench.run(
        "attribute --by time --workloads integer-arithmetic --optimizations co,cf --rounds 2 \
         --seed 7 --out out",
    );
    // Two rounds are too few for any interval, and a build without optimization is no evidence.
    assert_eq!(ran.get_output().status.code(), Some(3), "{}", stderr(&ran));
    // Lines may break anywhere.
    let said = stdout(&ran).replace('\n', " ");
    assert!(said.contains("2 complete rounds are too few"), "{said}");
    assert!(said.contains("a first look"), "{said}");

    let again = bench
        .run("attribute --from out/results.json --out again")
        .code(3);
    assert_eq!(
        stdout(&again).replace("again/attribution.md", "out/attribution.md"),
        stdout(&ran)
    );
    for file in ["attribution.md", "attribution.json", "attribution.svg"] {
        let read = |folder: &str| bench.read(&format!("{folder}/{file}"));
        assert!(read("again") == read("out"), "{file}");
    }
    let document: Value = serde_json::from_str(&bench.read("out/attribution.json")).unwrap();
    assert_eq!(
        (&document["by"], &document["rounds"]),
        (&"time".into(), &2.into())
    );
    // The run measured the phase run alone, and its cells hold the dispatches too.
    let results = bench.read("out/results.json");
    assert!(!results.contains("\"measure\":\"instantiate\""));
    bench
        .run("attribute --from out/results.json --by dispatches")
        .success();
    bench
        .run("attribute --from out/results.json --by host-instructions")
        .code(2);
    bench.run("report out/results.json --out report").code(3);
}

#[test]
fn only_a_full_factorial_is_attributed_again() {
    let bench = Bench::new();
    no_panic(&bench.run(
        "run --engines stack,stack+co,stack+co+cf --workloads integer-arithmetic --rounds 1 --out out",
    ));
    let assert = bench.run("attribute --from out/results.json").code(1);
    let text = stderr(&assert);
    assert!(
        text.contains("out/results.json") && text.contains("stack+cf is missing"),
        "{text}"
    );
}

#[cfg(target_os = "linux")]
mod host {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    use std::{env, fs, thread};

    use super::*;

    const FEW: &str =
        "attribute --by host-instructions --workloads integer-arithmetic --optimizations co,cf";

    /// Whether this machine can count. Where it can't, it says so rather than nothing.
    fn can_count() -> bool {
        let path = env::var_os("PATH").unwrap_or_default();
        let found = env::split_paths(&path).any(|folder| folder.join("valgrind").is_file());
        if !found {
            // Past the test runner, which keeps what tests print that succeed.
            let said = "\nNOT TESTED: no valgrind here, so no host instructions are counted\n";
            std::io::stderr().write_all(said.as_bytes()).unwrap();
        }
        found
    }

    /// A folder with a valgrind that knows its version, and otherwise does this.
    fn fake(bench: &Bench, does: &str) -> PathBuf {
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then echo valgrind-3.19.0; exit; fi\n{does}\n"
        );
        fs::create_dir(bench.path("bin")).unwrap();
        let path = bench.file("bin/valgrind", script);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        bench.path("bin")
    }

    #[test]
    fn host_instructions_are_counted_exactly() {
        if !can_count() {
            return;
        }
        let bench = Bench::new();
        let count = || {
            let assert = bench.run(&format!("{FEW} --json"));
            // A build without optimization is no evidence.
            let expected = if cfg!(debug_assertions) { 3 } else { 0 };
            assert_eq!(
                assert.get_output().status.code(),
                Some(expected),
                "{}",
                stderr(&assert)
            );
            json(&assert)
        };
        let document = count();
        assert!(
            document["counter"]
                .as_str()
                .unwrap()
                .starts_with("valgrind ")
        );
        let costs = costs(&document["workloads"][0]);
        assert_eq!(costs.len(), 4);
        // Folding leaves this program less to do, and each dispatch takes instructions.
        assert!(costs["stack+cf"] < costs["stack"], "{costs:?}");
        assert!(costs["stack"] > 100.0 && costs["stack"] < 1e6, "{costs:?}");
        assert_eq!(count(), document, "the same again");
    }

    /// Runs with a valgrind that does this; gives what is said on standard error.
    fn failing(does: &str) -> String {
        let bench = Bench::new();
        let path = fake(&bench, does);
        let assert = bench.command(FEW).env("PATH", path).assert().code(1);
        assert_eq!(stdout(&assert), "");
        no_panic(&assert);
        stderr(&assert)
    }

    #[test]
    fn a_valgrind_that_fails_costs_the_whole_and_the_cell_is_named() {
        let answer = "echo 'ok \"93105\" \"\"'";
        let told = |count: &str| format!("echo '==1== Collected : {count}' >&2");
        for (does, reason) in [
            (
                "echo 'no more memory' >&2; exit 7".to_owned(),
                "exit status 7: no more memory",
            ),
            (format!("{answer}; {}; kill -ILL $$", told("5")), "signal 4"),
            (format!("{answer}; {}", told("0")), "counted no instruction"),
            (answer.to_owned(), "told no number"),
            (told("5"), "gave no result"),
            (
                format!("echo 'ok \"0.5\" \"\"'; {}", told("5")),
                "the value is \"0.5\", but should be \"93105\"",
            ),
            (
                format!("echo 'ok \"93105\" \"more\"'; {}", told("5")),
                "the output is \"more\"",
            ),
            (
                format!("echo error no such thing; {}", told("5")),
                "no such thing",
            ),
        ] {
            let text = failing(&does);
            assert!(text.contains(reason), "{does}: {text}");
            assert!(text.starts_with("error: stack"), "{does}: {text}");
            assert!(text.contains(" on integer-arithmetic: "), "{does}: {text}");
        }
    }

    #[test]
    fn without_a_valgrind_that_works_nothing_is_counted() {
        let bench = Bench::new();
        let assert = bench.command(FEW).env("PATH", "").assert().code(1);
        assert!(
            stderr(&assert).contains("no `valgrind` is in PATH"),
            "{assert}"
        );
        let path = fake(&bench, "");
        bench.file(
            "bin/valgrind",
            "#!/bin/sh\necho 'bad library' >&2\nexit 3\n",
        );
        let assert = bench.command(FEW).env("PATH", path).assert().code(1);
        let text = stderr(&assert);
        assert!(text.contains("exit status 3: bad library"), "{text}");
        no_panic(&assert);
    }

    /// Whether any process still waits in this place.
    fn waits(mark: &str) -> bool {
        let processes = fs::read_dir("/proc").unwrap();
        processes.flatten().any(|entry| {
            fs::read(entry.path().join("cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(mark))
        })
    }

    fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn ctrl_c_leaves_no_process() {
        let bench = Bench::new();
        // The time to sleep marks the process.
        let mark = format!("60.{}", std::process::id());
        let path = fake(&bench, &format!("sleep {mark}"));
        let run = Command::new(assert_cmd::cargo::cargo_bin!("monkeybench"))
            .args(FEW.split_whitespace())
            .env("PATH", path)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_until("counting has begun", || waits(&mark));
        let sent = Command::new("kill")
            .args(["-INT", &run.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let output = run.wait_with_output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("interrupted after 0 of 4 counts"), "{text}");
        wait_until("the processes end", || !waits(&mark));
    }
}
