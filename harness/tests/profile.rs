//! `monkeybench profile`: what a program dispatches, and what superinstructions save or would save.

mod common;

use common::{Bench, no_panic, stderr, stdout};
use serde_json::Value;

/// A program of which every count can be found by hand.
const COUNTDOWN: &str =
    "let countdown = fn(n) { if (n < 1) { 0 } else { countdown(n - 1) } };\ncountdown(2)\n";

fn has(engine: &str) -> bool {
    catalog::find(engine).is_ok()
}

fn json(bench: &Bench, arguments: &str) -> Value {
    let assert = bench.run(&format!("profile --json {arguments}")).success();
    assert_eq!(stderr(&assert), "");
    serde_json::from_str(&stdout(&assert)).unwrap()
}

/// The row of a sequence, or of an instruction.
fn row<'j>(rows: &'j Value, sequence: &str) -> &'j Value {
    let words: Vec<&str> = sequence.split(' ').collect();
    let rows = rows.as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["name"] == sequence || row["sequence"] == Value::from(words.clone()));
    row.unwrap_or_else(|| panic!("no {sequence} in {rows:?}"))
}

#[test]
fn a_small_program_is_counted_exactly() {
    let bench = Bench::new();
    bench.file("p.monkey", COUNTDOWN);
    let profiles = json(&bench, "p.monkey --engine stack --top 100");
    let program = &profiles["programs"][0];
    // MakeClosure SetGlobal GetGlobal Constant Call, and Return at the end; each call GetLocal
    // Constant Less JumpIfFalse, and then two CurrentClosure GetLocal Constant Sub Call Return, and
    // the last Constant Return.
    for (key, value) in [("dispatched", 32), ("calls", 3), ("code_bytes", 52)] {
        assert_eq!(program[key], value, "{key}");
    }
    assert_eq!(program["dispatched_per_call"], 32.0 / 3.0);
    for (sequences, sequence, count) in [
        ("opcodes", "Constant", 7),
        ("opcodes", "GetLocal", 5),
        ("pairs", "GetLocal Constant", 5),
        ("pairs", "Call GetLocal", 3),
        ("pairs", "Return Return", 3),
        ("triples", "Sub Call GetLocal", 2),
        ("triples", "Less JumpIfFalse CurrentClosure", 2),
    ] {
        let row = row(&program[sequences], sequence);
        assert_eq!(row["count"], count, "{sequence}");
        assert_eq!(row["share"], f64::from(count) / 32.0, "{sequence}");
    }
    let superinstructions = &program["superinstructions"];
    assert_eq!(superinstructions["dispatched_without"], 32);
    assert_eq!(superinstructions["present"], Value::Array(Vec::new()));
    for (sequence, saved) in [
        ("GetLocal Constant Less JumpIfFalse", 9),
        ("CurrentClosure GetLocal Constant Sub", 6),
        ("GetLocal Constant", 5),
        ("Less JumpIfFalse", 3),
    ] {
        let row = row(&superinstructions["absent"], sequence);
        assert_eq!(row["saved"], saved, "{sequence}");
        assert_eq!(row["share"], f64::from(saved) / 32.0, "{sequence}");
    }
    assert_eq!(profiles["average"], Value::Null);
}

#[test]
fn present_superinstructions_save_what_is_missing() {
    let engine = "stack+co+si";
    if !has(engine) {
        return;
    }
    let bench = Bench::new();
    bench.file("p.monkey", COUNTDOWN);
    let profiles = json(&bench, &format!("p.monkey --engine {engine}"));
    let program = &profiles["programs"][0];
    let superinstructions = &program["superinstructions"];
    // Constant operands alone make LessConst and SubConst.
    assert_eq!(program["dispatched"], 32 - 3 * 3 - 2 * 2);
    assert_eq!(superinstructions["dispatched_without"], 32 - 3 - 2);
    for (name, count, saved) in [
        ("JumpIfLocalNotLessConst", 3, 6),
        ("GetLocalSubConst", 2, 2),
    ] {
        let row = row(&superinstructions["present"], name);
        assert_eq!(row["count"], count, "{name}");
        assert_eq!(row["saved"], saved, "{name}");
        assert_eq!(row["share"], f64::from(saved) / 27.0, "{name}");
    }
}

/// The figures by which the superinstructions were chosen stand in `superinstructions.rs`.
#[test]
fn the_choice_of_superinstructions_can_be_made_again() {
    let bench = Bench::new();
    let profiles = json(&bench, "--engine stack --top 1000");
    let average = &profiles["average"];
    for (sequence, percent) in [
        ("GetLocal Constant Less JumpIfFalse", "18.8"),
        ("GetLocal Constant Sub", "12.5"),
        ("Less JumpIfFalse", "6.3"),
        ("GetGlobal Constant Index", "5.4"),
    ] {
        let share = row(&average["absent"], sequence)["share"].as_f64().unwrap();
        assert_eq!(format!("{:.1}", share * 100.0), percent, "{sequence}");
    }
    let programs: Vec<_> = profiles["programs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|program| program["program"].as_str().unwrap())
        .collect();
    assert_eq!(
        programs,
        [
            "fibonacci(25)",
            "hash-access(100)",
            "nested-loops(500)",
            "string-concatenation(100)",
            "integer-arithmetic",
        ]
    );
    let less = row(&average["opcodes"], "Less");
    let shares = less["shares"].as_array().unwrap().iter();
    let sum: f64 = shares.map(|share| share.as_f64().unwrap()).sum();
    assert!((less["share"].as_f64().unwrap() - sum / 5.0).abs() < 1e-12);
}

#[test]
fn the_tables_of_a_small_program() {
    let bench = Bench::new();
    bench.file("p.monkey", COUNTDOWN);
    for engine in ["tree", "stack", "stack+si"] {
        if !has(engine) {
            continue;
        }
        let assert = bench
            .run(&format!("profile p.monkey --top 5 --engine {engine}"))
            .success();
        assert_eq!(stderr(&assert), "");
        insta::with_settings!({
            description => format!("monkeybench profile --top 5 --engine {engine}"),
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, {
            insta::assert_snapshot!(format!("profile-{engine}"), stdout(&assert));
        });
    }
}

#[test]
fn all_workloads_come_with_their_average() {
    let bench = Bench::new();
    let text = stdout(&bench.run("profile --top 1").success());
    let headings = ["fibonacci(25) on ", "integer-arithmetic on ", "average of "];
    let places = headings.map(|heading| text.find(heading).expect(heading));
    assert!(places.is_sorted(), "{text}");
    assert_eq!(text.matches("A sequence may become one").count(), 1);
    let of_trees = stdout(&bench.run("profile --top 1 --engine tree").success());
    assert!(of_trees.contains("average of "), "{of_trees}");
    assert!(
        !of_trees.to_lowercase().contains("superinstruction"),
        "{of_trees}"
    );
}

#[test]
fn programs_are_workloads_files_or_standard_input() {
    let bench = Bench::new();
    bench.file("fibonacci", "1");
    bench.file("plain", "1");
    let programs = |arguments: &str| {
        let command = &mut bench.command(&format!("profile --json {arguments}"));
        let assert = command.write_stdin("2").assert().success();
        let profiles: Value = serde_json::from_str(&stdout(&assert)).unwrap();
        let program = &profiles["programs"][0];
        (program["program"].clone(), program["dispatched"].clone())
    };
    assert_eq!(programs("./fibonacci"), ("./fibonacci".into(), 2.into()));
    assert_eq!(programs("plain"), ("plain".into(), 2.into()));
    assert_eq!(programs("-"), ("<stdin>".into(), 2.into()));
    let (name, dispatched) = programs("fibonacci --size fibonacci=1");
    assert_eq!(name, "fibonacci(1)");
    assert!(dispatched.as_u64().unwrap() > 2);
}

#[test]
fn a_program_that_fails_is_profiled_as_far_as_it_came() {
    let bench = Bench::new();
    bench.file(
        "p.monkey",
        "puts(\"seen?\");\nlet f = fn(n) { f(n + 1) };\nf(0)",
    );
    bench.file("zero.monkey", "1;\n1 / 0; 2");
    for (arguments, error, at) in [
        ("p.monkey", "stack overflow", "p.monkey:2:17"),
        ("p.monkey --max-depth 5", "stack overflow", "p.monkey:2:17"),
        ("p.monkey --fuel 5", "out of fuel", "p.monkey:2:17"),
        ("zero.monkey", "division by zero", "zero.monkey:2:1"),
        (
            "zero.monkey --engine tree",
            "division by zero",
            "zero.monkey:2:1",
        ),
    ] {
        let assert = bench.run(&format!("profile {arguments}")).code(1);
        let (text, complaint) = (stdout(&assert), stderr(&assert));
        assert!(text.contains("Triples"), "{arguments}: {text}");
        assert!(!text.contains("seen?"), "{arguments}: {text}");
        assert!(complaint.contains(error), "{arguments}: {complaint}");
        assert!(complaint.contains(at), "{arguments}: {complaint}");
        no_panic(&assert);
        let assert = bench.run(&format!("profile --json {arguments}")).code(1);
        let profiles: Value = serde_json::from_str(&stdout(&assert)).unwrap();
        assert_eq!(profiles["programs"][0]["error"]["message"], error);
    }
    let assert = bench.run("profile --fuel 10").code(1);
    assert_eq!(stderr(&assert).matches("out of fuel").count(), 4);
    assert!(stdout(&assert).contains("average of "));
}

#[test]
fn wrong_usage_is_said_in_one_line() {
    let bench = Bench::new();
    bench.file("p.monkey", "1");
    bench.file("bad.monkey", "let = 1");
    for (arguments, code, reason) in [
        ("fibonaci", 2, "did you mean fibonacci?"),
        ("qqqqqqqqq", 2, "there are: fibonacci"),
        (
            "missing.monkey",
            1,
            "can't read missing.monkey: no such file",
        ),
        ("no/such/file", 1, "can't read no/such/file: no such file"),
        (".", 1, "can't read .: is a directory"),
        ("bad.monkey", 1, "bad.monkey:1:5"),
        ("p.monkey --engine stak", 2, "stack"),
        ("p.monkey --top 0", 2, "--top"),
        ("p.monkey --size fibonacci=3", 2, "there are: p"),
        ("hash-access --size fibonacci=3", 2, "unknown workload"),
        ("--size fibonacci=1000000", 2, "not between"),
        ("p.monkey --max-depth 0", 2, "--max-depth"),
    ] {
        let assert = bench.run(&format!("profile {arguments}")).code(code);
        let text = stderr(&assert);
        assert!(text.contains(reason), "{arguments}: {text}");
        assert!(text.starts_with("error: "), "{arguments}: {text}");
        assert_eq!(stdout(&assert), "", "{arguments}");
        no_panic(&assert);
    }
}
