//! Who uses whom: the crates' dependencies on each other are those that ARCHITECTURE.md states.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

/// Each crate's folder and the project's crates that its code uses; tests may use more.
const USES: [(&str, &[&str]); 11] = [
    ("engines/language/syntax", &["settings"]),
    ("engines/language/runtime", &["settings", "syntax"]),
    ("engines/kit/settings", &[]),
    ("engines/kit/engine", &["runtime", "settings", "syntax"]),
    ("engines/tree", &["engine", "runtime", "settings", "syntax"]),
    (
        "engines/stack",
        &["engine", "runtime", "settings", "syntax"],
    ),
    (
        "engines/catalog",
        &["engine", "runtime", "settings", "stack", "syntax", "tree"],
    ),
    ("workloads", &[]),
    ("reports", &[]),
    ("harness", &["catalog", "reports", "workloads"]),
    ("ci", &["catalog", "reports", "workloads"]),
];

fn manifest(folder: &str) -> toml::Table {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = root.join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    text.parse()
        .unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn package_name(manifest: &toml::Table) -> String {
    manifest["package"]["name"]
        .as_str()
        .expect("a package has a name")
        .to_owned()
}

/// What a crate's code uses on any platform, and what builds it.
fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    let targets = manifest
        .get("target")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flat_map(toml::Table::values)
        .filter_map(toml::Value::as_table);
    targets
        .chain([manifest])
        .flat_map(|table| ["dependencies", "build-dependencies"].map(|key| table.get(key)))
        .flatten()
        .filter_map(toml::Value::as_table)
        .flat_map(toml::Table::keys)
        .cloned()
        .collect()
}

#[test]
fn crates_use_what_the_architecture_says_and_nothing_else() {
    let own: BTreeSet<String> = USES
        .iter()
        .map(|(folder, _)| package_name(&manifest(folder)))
        .collect();
    let stated: BTreeMap<&str, BTreeSet<String>> = USES
        .iter()
        .map(|&(folder, uses)| (folder, uses.iter().map(|&name| name.to_owned()).collect()))
        .collect();
    let found: BTreeMap<&str, BTreeSet<String>> = USES
        .iter()
        .map(|&(folder, _)| {
            let manifest = manifest(folder);
            let all = dependencies(&manifest);
            (folder, all.intersection(&own).cloned().collect())
        })
        .collect();
    assert_eq!(found, stated);
}

#[test]
fn every_crate_of_the_workspace_is_in_the_architecture() {
    let workspace = manifest(".");
    let members = workspace["workspace"]["members"]
        .as_array()
        .expect("a workspace has members");
    let members: BTreeSet<&str> = members.iter().filter_map(toml::Value::as_str).collect();
    let stated: BTreeSet<&str> = USES.iter().map(|(folder, _)| *folder).collect();
    assert_eq!(members, stated);
}
