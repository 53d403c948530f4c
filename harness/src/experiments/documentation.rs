//! Tests that `EXPERIMENTS.md` tells the truth: it has the keys that there are, and its examples can be
//! run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::file::{Origin, parse};
use crate::externals;

const DOCUMENT: &str = include_str!("../../EXPERIMENTS.md");

/// The keys that a table may have, as the error about one that it may not have lists them.
fn keys(table: &str) -> BTreeSet<String> {
    let whole = "name = 'x'\nquestion = '?'\n";
    let text = format!("{whole}{table}\nno-such-key = 1");
    let user = Origin::User {
        folder: Path::new(""),
        known: Vec::new(),
    };
    let error = parse(&text, user).unwrap_err().to_string();
    let (_, listed) = error.split_once("expected one of ").expect(&error);
    let quoted = listed.lines().next().unwrap_or_default().split('`');
    quoted.skip(1).step_by(2).map(str::to_owned).collect()
}

/// The keys in the first column of the table below a heading.
fn documented(heading: &str) -> BTreeSet<String> {
    let (_, section) = DOCUMENT.split_once(heading).expect(heading);
    let rows = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows = rows.take_while(|line| line.starts_with('|'));
    let key = |row: &str| Some(row.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    rows.filter_map(key).collect()
}

#[test]
fn every_key_is_documented_and_no_other() {
    let mut tables = BTreeSet::new();
    for (heading, table) in [
        ("## `[[variant]]`", "variant"),
        ("## `[[external]]`", "external"),
        ("## `[[workload]]`", "workload"),
    ] {
        assert_eq!(
            documented(heading),
            keys(&format!("[[{table}]]")),
            "{table}"
        );
        tables.insert(table.to_owned());
    }
    let keys = keys("");
    assert!(keys.is_superset(&tables), "{keys:?}");
    let whole: BTreeSet<_> = keys.difference(&tables).cloned().collect();
    assert_eq!(documented("## The experiment"), whole);
}

#[test]
fn every_example_is_one() {
    let folder = tempfile::tempdir().unwrap();
    for program in ["own.monkey", "mine.monkey"] {
        fs::write(folder.path().join(program), "let size = 18;\nsize").unwrap();
    }
    let blocks = DOCUMENT.split("```toml\n").skip(1);
    let blocks = blocks.map(|rest| rest.split_once("```").expect("a block ends").0);
    let (engines, experiments): (Vec<_>, Vec<_>) =
        blocks.partition(|block| block.starts_with("# engines.toml"));
    let [engines] = *engines else {
        panic!("{engines:?}");
    };
    fs::write(folder.path().join(externals::FILE_NAME), engines).unwrap();
    assert!(experiments.len() > 2);
    for text in experiments {
        // The example with an external of that name declares its own.
        let mut known = externals::known(None, folder.path()).unwrap();
        known.retain(|external| !text.contains(&format!("name = \"{}\"", external.name)));
        let user = Origin::User {
            folder: folder.path(),
            known,
        };
        if let Err(error) = parse(text, user) {
            panic!("{error:#}\n{text}");
        }
    }
}
