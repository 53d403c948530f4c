//! The conformance cases are well formed and leave no part of the specification out. Whether
//! engines agree with them is tested where the engines are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use workloads::conformance::{Case, Expected, Position};

fn cases() -> Vec<Case> {
    workloads::conformance().unwrap_or_else(|error| panic!("{error}"))
}

/// The language's specification.
fn specification() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("LANGUAGE.md");
    std::fs::read_to_string(path).expect("the specification")
}

#[test]
fn there_are_enough_cases_for_every_section() {
    let mut cases_of: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        *cases_of.entry(case.section).or_default() += 1;
    }
    let specification = specification();
    let sections: BTreeSet<&str> = specification
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    assert!(cases_of.keys().eq(&sections), "{cases_of:?}");
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

/// Every text in the specification's table of errors: engines are held to it by the cases.
#[test]
fn every_kind_of_error_occurs() {
    let specification = specification();
    let (_, errors) = specification
        .split_once("\n## Errors\n")
        .expect("a section on errors");
    let rows = errors.lines().filter(|line| line.starts_with("| "));
    // In the second column, whatever is quoted, but not the operators that a text is about.
    let texts: Vec<&str> = rows
        .skip(1)
        .flat_map(|row| quoted(row.split('|').nth(2).unwrap_or_default()))
        .filter(|text| !text.starts_with('+'))
        .chain(["nesting too deep"])
        .collect();
    assert!(texts.len() >= 15, "{texts:?}");
    let found: BTreeSet<String> = cases()
        .into_iter()
        .flat_map(|case| match case.expected {
            Expected::Value(_) => vec![],
            Expected::Error { text, .. } => vec![text],
            Expected::Rejected(complaints) => complaints.into_iter().map(|it| it.text).collect(),
        })
        .collect();
    for text in texts {
        assert!(found.contains(text), "no case of {text:?}");
    }
}

/// What stands between backticks, in text where some are doubled so as to hold single ones.
fn quoted(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let quote = if rest[start..].starts_with("``") {
            "``"
        } else {
            "`"
        };
        rest = &rest[start + quote.len()..];
        let Some((inner, after)) = rest.split_once(quote) else {
            break;
        };
        found.push(inner);
        rest = after;
    }
    found
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
