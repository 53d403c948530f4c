//! What to write instead of what the language lacks: each suggestion of the one table is a program,
//! and gives what is promised here.

use std::collections::BTreeMap;

use crate::support::{parse, run};
use runtime::Limits;
use syntax::foreign::FOREIGN;

/// What stands where a suggestion is made: operands, and names for values that it may use.
const BEFORE: &str = "let a = 7; let b = 3;";

/// By the suggestion, as far as it tells it from the others, what is appended to look at what it did,
/// and the value of all.
const PROMISED: &[(&str, &str, &str)] = &[
    ("\"{right}\"", "", "b"),
    ("\"a\" + \"b\"", "", "ab"),
    ("!({left} > {right})", "", "false"),
    ("!({left} < {right})", "", "true"),
    ("{left} == {right}", "", "false"),
    ("{left} != {right}", "", "true"),
    ("({left} - {left} / {right} * {right})", "", "1"),
    ("let power", "", "343"),
    ("if ({left}) { {right} } else { false }", "", "3"),
    ("if ({left}) { true } else { {right} }", "", "true"),
    ("!{(right)}", "", "false"),
    ("let {left} = {left} + 1;", "a", "8"),
    ("let {left} = {left} - 1;", "a", "6"),
    ("let {left} = {left} + {right};", "a", "10"),
    ("let {left} = {left} - {(right)};", "a", "4"),
    ("let {left} = {left} * {(right)};", "a", "21"),
    ("let {left} = {left} / {(right)};", "a", "2"),
    ("let {left} = {right};", "a", "3"),
    ("fn({left}) { {right} }", "(1)", "3"),
    ("if (a < b) { a } else { b }", "", "3"),
    ("puts({right})", "", "null"),
    (
        "len({left})",
        "",
        "argument to `len` not supported, got INTEGER",
    ),
    (
        "push({left}, {right})",
        "",
        "argument to `push` must be ARRAY, got INTEGER",
    ),
    (
        "{left}[\"{right}\"]",
        "",
        "index operator not supported: INTEGER",
    ),
    ("let loop = fn(i) {", "", "3"),
    ("let loop = fn(i, sum) {", "", "3"),
    ("if (a < b) { 1 } else { if (a == b)", "", "3"),
    ("if (!(a < b)) { a }", "", "7"),
    ("if (a == 1) { \"one\" }", "", "many"),
    ("fn(x) { x }", "(a)", "7"),
    ("let {left} = fn(x) { x };", "a(5)", "5"),
    ("{\"name\": a}", "[\"name\"]", "7"),
    ("if (false) {}", "", "null"),
    ("true", "", "true"),
    ("false", "", "false"),
    ("puts(\"text\")", "", "null"),
];

fn outcome(source: &str) -> String {
    let code = catalog::oracle().engine().compile(&parse(source));
    match run(&*code, &Limits::default()).outcome {
        Ok(value) => value,
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_suggestion_runs_and_gives_what_is_promised() {
    let promised: BTreeMap<&str, (&str, &str)> = PROMISED
        .iter()
        .map(|&(write, after, value)| (write, (after, value)))
        .collect();
    let mut kept = Vec::new();
    for what in FOREIGN.iter().filter(|what| !what.write.is_empty()) {
        let (&write, &(after, value)) = promised
            .iter()
            .filter(|(write, _)| what.write.starts_with(**write))
            .max_by_key(|(write, _)| write.len())
            .unwrap_or_else(|| panic!("nothing is promised of {:?}", what.write));
        // As it is shown where nothing is known of the operands.
        let shown = what.suggestion(None, None);
        assert_eq!(
            outcome(&format!("{BEFORE} {shown}{after}")),
            value,
            "{shown}"
        );
        kept.push(write);
    }
    let unused: Vec<_> = promised
        .keys()
        .filter(|write| !kept.contains(write))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn suggestions_take_the_operands_that_they_are_for() {
    for (write, left, right, value) in [
        ("len({left})", "[1, 2]", "", "2"),
        ("push({left}, {right})", "[1, 2]", "3", "[1, 2, 3]"),
        ("{left}[\"{right}\"]", "{\"name\": 5}", "name", "5"),
        ("!({left} > {right})", "1 + 1", "2", "true"),
        ("let {left} = {left} - {(right)};", "a", "2 - 1", "null"),
    ] {
        let what = FOREIGN.iter().find(|what| what.write == write);
        let shown = what
            .expect("it is there")
            .suggestion(Some(left), Some(right));
        assert_eq!(outcome(&format!("{BEFORE} {shown}")), value, "{shown}");
    }
}

#[test]
fn every_entry_says_something() {
    let mut texts: Vec<&str> = Vec::new();
    for what in FOREIGN {
        assert!(!(what.note.is_empty() && what.write.is_empty()), "{what:?}");
        texts.extend(what.texts);
    }
    let count = texts.len();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), count, "each text has one meaning");
}
