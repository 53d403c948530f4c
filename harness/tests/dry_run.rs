//! `run --dry-run`: it tells of a run all that the run would then do, and leaves nothing behind. How long
//! it says that the run takes is no matter of a test: no machine is quiet enough.

mod common;

use std::fs;

use common::{Bench, exists, no_panic, stderr, stdout};
use reports::schema::Results;
use serde_json::Value;

#[test]
fn a_dry_run_tells_of_the_run_and_leaves_nothing() {
    let bench = Bench::new();
    fs::create_dir(bench.path("lab")).unwrap();
    bench.file(
        "lab/own.monkey",
        "let size = 18;\nlet f = fn(n) { if (n > 0) { f(n - 1) } else { n } };\nf(size)",
    );
    let program = assert_cmd::cargo::cargo_bin!("monkeybench");
    bench.file(
        "lab/x.toml",
        format!(
            "name = 'x'\nquestion = 'Which is faster?'\nreference = 'walker'\n\
             workloads = ['integer-arithmetic', './own.monkey']\n\
             [[variant]]\nengine = 'stack'\n[[external]]\nname = 'walker'\ncwd = '.'\n\
             command = ['{}', 'worker', 'tree']\n[[external]]\nname = 'silent'\n\
             command = ['true']\n",
            program.display()
        ),
    );
    let before = fs::read_dir(bench.directory.path()).unwrap().count();
    let options = "run lab/x.toml --rounds 2 --size own=7 --out out";
    let assert = bench.run(&format!("{options} --dry-run --json")).success();
    no_panic(&assert);
    let told: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(told["experiment"], "x");
    assert_eq!(told["reference"], "walker");
    assert_eq!(told["headline"], "integer-arithmetic");
    assert_eq!(told["workloads"][1]["title"], "own(7)");
    assert_eq!(told["workloads"][1]["file"], "lab/own.monkey");
    assert_eq!(told["variants"][0]["name"], "stack");
    assert_eq!(told["variants"][0].get("command"), None);
    assert_eq!(told["variants"][1]["command"][1], "worker");
    assert_eq!(told["variants"][1]["directory"], "lab");
    assert_eq!(
        (&told["rounds"], &told["out"]),
        (&Value::from(2), &Value::from("out"))
    );
    let seconds = |what: &str| told["seconds"][what].as_f64().unwrap();
    assert!(seconds("preparing") > 0.0 && seconds("measuring") > 0.0);
    let sum = seconds("preparing") + seconds("measuring");
    assert!((seconds("total") - sum).abs() < 1e-6, "{told}");
    // Who would fail is told, on each workload.
    let failures = told["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 2, "{told}");
    assert!(
        failures.iter().all(|it| it["variant"] == "silent"),
        "{told}"
    );

    let assert = bench.run(&format!("{options} --dry-run")).success();
    let text = stdout(&assert);
    for part in [
        "x: Which is faster?",
        "own(7)",
        "yours: lab/own.monkey",
        "worker tree (in lab)",
        "reference: walker; headline: integer-arithmetic",
        "rounds: 2",
        "output: out",
        "host instructions: ",
        "would fail: silent on own(7): ",
        "time: about ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let after = fs::read_dir(bench.directory.path()).unwrap().count();
    assert_eq!(before, after, "it left something");

    // The samples that it tells of are those that are taken.
    bench.run(options);
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    assert_eq!(told["samples"], results.samples.len());
}

/// What a run would refuse, it refuses in the same words.
#[test]
fn a_dry_run_refuses_what_a_run_refuses() {
    let bench = Bench::new();
    bench.file("own.monkey", "1 + true");
    for (options, code) in [
        ("--workloads own.monkey", 1),
        ("--workloads fibonaci", 2),
        ("--engines three", 2),
        ("--size fibonacci=1000", 2),
        ("lost.toml", 2),
    ] {
        let dry = bench
            .run(&format!("run {options} --out out --dry-run"))
            .code(code);
        let wet = bench.run(&format!("run {options} --out out")).code(code);
        assert_eq!(stderr(&dry), stderr(&wet));
        assert!(!exists(bench.path("out")));
    }
    bench.run("run --dry-run --resume").code(2);
}

/// The pauses are what is asked for, and no matter of the machine.
#[test]
fn the_pauses_between_repeated_runs_are_in_the_estimate() {
    let bench = Bench::new();
    let command = "run --engines tree,stack --workloads integer-arithmetic --repeat 6 --rounds 1 \
                   --pause 1000 --dry-run --json";
    let assert = bench.run(command).success();
    let told: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let measuring = told["seconds"]["measuring"].as_f64().unwrap();
    assert!((5_000.0..6_000.0).contains(&measuring), "{told}");
}
