//! `check`, where it asks other programs: workloads and conformance cases by the worker protocol.

#![cfg(unix)]

mod common;

use assert_cmd::assert::Assert;
use assert_cmd::cargo::cargo_bin;
use common::{Bench, no_panic, stderr, stdout};
use serde_json::Value;

/// A bench whose `engines.toml` names this program's own worker: as it is, and with its answers put
/// through `sed`.
fn bench() -> Bench {
    let bench = Bench::new();
    let program = cargo_bin!("monkeybench").display().to_string();
    let external = |name: &str, script: &str| {
        format!("[[external]]\nname = '{name}'\ncommand = ['sh', '-c', '''{script}''']\n")
    };
    let worker = format!("'{program}' worker stack+all");
    let engines = [
        external("good", &format!("exec {worker}")),
        // A worker of version 1 answers an error to a request that it doesn't know.
        external(
            "old",
            &format!("{worker} | sed -u 's/^ok {{\"protocol\".*/error no such request/'"),
        ),
        external(
            "off",
            &format!("{worker} | sed -u 's/ 1 5 \"\"$/ 1 6 \"\"/'"),
        ),
        external("narrow", &format!("{worker} | sed -u 's/\"fuel\",//'")),
        external(
            "translator",
            &format!("{worker} | sed -u 's/\"translated\":false/\"translated\":true/'"),
        ),
        // It has no translation of the first program that it is sent.
        external(
            "lacking",
            &format!(
                "{worker} | sed -u '1s/\"translated\":false/\"translated\":true/; 2s/^ok$/error none/'"
            ),
        ),
        external("ghost", "exit 3"),
    ];
    bench.file("engines.toml", engines.concat());
    bench
}

fn verdicts(assert: &Assert) -> Vec<Value> {
    no_panic(assert);
    // The bar belongs to terminals.
    assert_eq!(stderr(assert), "");
    serde_json::from_str(&stdout(assert)).unwrap()
}

#[test]
fn an_external_engine_is_asked_every_case() {
    let bench = bench();
    let arguments = "check --engines good,stack --workloads documented --size fibonacci=10 --json";
    let verdicts = verdicts(&bench.run(arguments).success());
    assert_eq!(verdicts[0]["engine"], "good");
    // Both were asked the same, and nothing was left out.
    assert_eq!(verdicts[0]["programs"], verdicts[1]["programs"]);
    assert!(verdicts[0]["programs"].as_u64().unwrap() > 900);
    assert_eq!(verdicts[0]["not_asked"], serde_json::json!({}));
}

#[test]
fn of_protocol_1_only_values_are_asked() {
    let bench = bench();
    let arguments = "check --engines old --workloads integer-arithmetic --cases operators/ --json";
    let verdicts = verdicts(&bench.run(arguments).success());
    let not_asked = &verdicts[0]["not_asked"]["protocol 1 has values only"];
    assert!(not_asked.as_u64().unwrap() > 10, "{verdicts:?}");
    assert!(
        verdicts[0]["programs"].as_u64().unwrap() > 10,
        "{verdicts:?}"
    );
}

#[test]
fn an_error_in_another_place_is_a_disagreement() {
    let bench = bench();
    let assert = bench
        .run("check --engines off --workloads integer-arithmetic --cases errors/")
        .code(1);
    no_panic(&assert);
    let text = stdout(&assert);
    assert!(text.starts_with("WRONG off: "), "{text}");
    let expected = text.lines().find(|line| line.contains("at 1:5")).unwrap();
    assert!(expected.starts_with("    expected error "), "{text}");
    assert!(
        text.contains(
            &expected
                .replace("expected", "got     ")
                .replace("1:5", "1:6")
        )
    );
}

#[test]
fn what_cannot_be_asked_is_counted() {
    let bench = bench();
    let arguments =
        "check --engines narrow,translator --workloads integer-arithmetic --cases limits/ --json";
    let verdicts = verdicts(&bench.run(arguments).success());
    let fuel = &verdicts[0]["not_asked"]["it has no limit of fuel"];
    assert!(fuel.as_u64().unwrap() > 3, "{verdicts:?}");
    assert_eq!(verdicts[1]["programs"], 1);
    let text = stdout(
        &bench
            .run("check --engines narrow --workloads integer-arithmetic --cases limits/")
            .success(),
    );
    assert!(
        text.contains(" not asked: it has no limit of fuel"),
        "{text}"
    );
}

#[test]
fn a_workload_that_is_not_translated_is_not_asked() {
    let bench = bench();
    let arguments = "check --engines lacking --workloads integer-arithmetic,nested-loops --cases \
                     recursion/ --json";
    let verdicts = verdicts(&bench.run(arguments).success());
    assert_eq!(verdicts[0]["programs"], 1, "{verdicts:?}");
    let not_asked = &verdicts[0]["not_asked"];
    assert_eq!(not_asked["it has no translation of them"], 1);
}

#[test]
fn a_worker_that_fails_is_wrong_and_names_the_command() {
    let bench = bench();
    let assert = bench
        .run("check --engines ghost --workloads integer-arithmetic --cases strings/")
        .code(1);
    let text = stdout(&assert);
    assert!(text.contains("ended with exit status 3"), "{text}");
    let assert = bench.run("check --engines nobody").code(2);
    assert!(
        stderr(&assert).contains("unknown engine"),
        "{}",
        stderr(&assert)
    );
}

/// Cases are chosen by their names, and none is a wrong choice.
#[test]
fn cases_can_be_chosen() {
    let bench = bench();
    let chosen = "check --engines stack --workloads integer-arithmetic --json --cases";
    let asked = |cases: &str| {
        let verdicts = verdicts(&bench.run(&format!("{chosen} {cases}")).success());
        verdicts[0]["programs"].as_u64().unwrap()
    };
    let (one, file) = (asked("strings/"), asked("s/"));
    assert!(1 < one && one < file, "{one} {file}");
    let assert = bench.run(&format!("{chosen} no-such-case")).code(2);
    let text = stderr(&assert);
    assert!(
        text.contains("no conformance case has \"no-such-case\""),
        "{text}"
    );
}

/// Names are words of the protocol.
#[test]
fn the_names_of_cases_are_single_words() {
    for case in workloads::conformance().unwrap() {
        assert!(!case.name.contains(char::is_whitespace), "{}", case.name);
    }
}
