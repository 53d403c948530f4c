//! The conformance cases are well formed and leave no part of the specification out. Whether
//! engines agree with them is tested where the engines are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use workloads::conformance::{Case, Expected, Position};

fn cases() -> Vec<Case> {
    workloads::conformance().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn there_are_enough_cases_for_every_section() {
    let mut cases_of: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        *cases_of.entry(case.section).or_default() += 1;
    }
    // The headings of the specification.
    let sections = [
        "Builtins",
        "Errors",
        "Operators",
        "Programs",
        "Scope",
        "Values",
    ];
    assert!(cases_of.keys().eq(sections.iter()), "{cases_of:?}");
    assert!(cases_of.values().all(|&cases| cases >= 40), "{cases_of:?}");
    assert!(cases_of.values().sum::<usize>() >= 500, "{cases_of:?}");
}

#[test]
fn names_are_unique_and_well_formed() {
    let mut names = BTreeSet::new();
    for case in cases() {
        let (_, name) = case.name.split_once('/').expect("FILE/NAME");
        assert!(
            name.bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'\'')),
            "{}",
            case.name
        );
        assert!(
            names.insert(case.name.clone()),
            "{} is there twice",
            case.name
        );
    }
}

#[test]
fn no_program_is_there_twice_under_the_same_limits() {
    let mut programs = BTreeMap::new();
    for case in cases() {
        let limits = format!("{:?}", case.limits);
        if let Some(other) = programs.insert((case.source, limits), case.name.clone()) {
            panic!("{} and {other} are the same", case.name);
        }
    }
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let files: BTreeSet<_> = std::fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    let embedded: BTreeSet<_> = cases()
        .iter()
        .filter_map(|case| case.name.split_once('/'))
        .map(|(file, _)| format!("{file}.toml").into())
        .collect();
    assert_eq!(files, embedded);
}

/// Every text in the specification's table of errors, as far as it is fixed.
#[test]
fn every_kind_of_error_occurs() {
    let texts: Vec<_> = cases()
        .into_iter()
        .flat_map(|case| match case.expected {
            Expected::Value(_) => vec![],
            Expected::Error { text, .. } => vec![text],
            Expected::Rejected(complaints) => complaints
                .into_iter()
                .map(|complaint| complaint.text)
                .collect(),
        })
        .collect();
    for kind in [
        "type mismatch: INTEGER + BOOLEAN",
        "unknown operator: STRING - STRING",
        "unknown operator: -BOOLEAN",
        "identifier not found: foo",
        "not a function: INTEGER",
        "wrong number of arguments: want=1, got=2",
        "argument to `len` not supported, got INTEGER",
        "argument to `first` must be ARRAY, got STRING",
        "unusable as hash key: FUNCTION",
        "index operator not supported: INTEGER",
        "division by zero",
        "stack overflow",
        "out of fuel",
        "out of memory",
        "nesting too deep",
    ] {
        assert!(texts.iter().any(|text| text == kind), "no case of {kind:?}");
    }
}

#[test]
fn positions_lie_within_their_programs() {
    for case in cases() {
        let positions = match &case.expected {
            Expected::Value(_) => vec![],
            Expected::Error { at, .. } => vec![*at],
            Expected::Rejected(complaints) => complaints.iter().map(|it| it.at).collect(),
        };
        for at in &positions {
            assert!(lies_within(*at, &case.source), "{}: {at}", case.name);
        }
        assert!(positions.is_sorted(), "{}: in source order", case.name);
    }
}

/// Whether a position is that of a character, or of the source's end.
fn lies_within(at: Position, source: &str) -> bool {
    source
        .split('\n')
        .nth(at.line as usize - 1)
        .is_some_and(|line| at.column as usize <= line.chars().count() + 1)
}

#[test]
fn positions_are_read_strictly() {
    let read = |text: &str| Position::try_from(text.to_owned());
    assert_eq!(
        read("3:14"),
        Ok(Position {
            line: 3,
            column: 14
        })
    );
    assert_eq!(read("3:14").map(|at| at.to_string()), Ok("3:14".to_owned()));
    for wrong in ["", "3", "3:", ":4", "0:1", "1:0", "1:-1", "1:2:3", "a:b"] {
        assert!(read(wrong).is_err(), "{wrong:?}");
    }
}

/// Generated sources and values come out as the format says.
#[test]
fn generated_texts_are_put_together() {
    let cases = cases();
    let case = |name: &str| {
        cases
            .iter()
            .find(|case| case.name == name)
            .expect("the case")
    };
    let sum = case("nesting/right-nested-sum-4000");
    assert_eq!(
        sum.source,
        format!("{}0{}", "1 + (".repeat(4000), ")".repeat(4000))
    );
    let hash = case("nesting/hashes-5000");
    assert_eq!(hash.expected, Expected::Value(hash.source.clone()));
    let captures = case("nesting/captures-through-2000-functions");
    assert!(
        captures
            .source
            .starts_with("let f = fn(x) { fn() { fn() { ")
    );
    assert!(captures.source.ends_with(" }() }; f(8)"));
}
