//! Who uses whom: the crates' dependencies on each other are those that ARCHITECTURE.md states.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{env, fs};

/// Each crate's folder and the project's crates that its code uses; tests may use more.
const USES: [(&str, &[&str]); 13] = [
    ("engines/language/syntax", &["settings"]),
    ("engines/language/runtime", &["settings", "syntax"]),
    ("engines/kit/settings", &[]),
    ("engines/kit/engine", &["runtime", "settings", "syntax"]),
    ("engines/kit/analysis", &["runtime", "settings", "syntax"]),
    (
        "engines/kit/bytecode",
        &["analysis", "engine", "runtime", "settings", "syntax"],
    ),
    ("engines/tree", &["engine", "runtime", "settings", "syntax"]),
    (
        "engines/stack",
        &[
            "analysis", "bytecode", "engine", "runtime", "settings", "syntax",
        ],
    ),
    (
        "engines/catalog",
        &[
            "analysis", "bytecode", "engine", "runtime", "settings", "stack", "syntax", "tree",
        ],
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

/// An engine's crate that the catalog doesn't list is offered to nobody.
#[test]
fn every_engine_is_in_the_catalog() {
    let folders = USES
        .iter()
        .filter_map(|(folder, _)| folder.strip_prefix("engines/"));
    let engines = folders.filter(|it| !it.contains('/') && *it != "catalog");
    let listed = catalog::ARCHITECTURES.iter().map(|it| it.name);
    assert_eq!(engines.collect::<BTreeSet<_>>(), listed.collect());
}

/// A feature that one crate doesn't pass on is off in all that use it through that one.
#[test]
fn every_optimization_is_a_feature_of_all_crates_between_engine_and_program() {
    for optimization in catalog::optimizations() {
        for folder in ["engines/stack", "engines/catalog", "harness", "ci"] {
            let manifest = manifest(folder);
            let features = manifest["features"].as_table().expect("a table");
            let feature = optimization.feature;
            assert!(features.contains_key(feature), "{folder}: {feature}");
            let default = features["default"].as_array().expect("a list");
            let is_default = default.iter().any(|it| it.as_str() == Some(feature));
            assert!(is_default, "{folder}: {feature}");
        }
    }
}

/// In debug builds, engines are optimized since all crates are but these; see the profile.
#[test]
fn every_crate_of_an_engine_is_optimized_in_debug_builds() {
    let workspace = manifest(".");
    let dev = &workspace["profile"]["dev"];
    assert_eq!(dev["opt-level"].as_integer(), Some(1));
    let packages = dev["package"].as_table().expect("a table");
    for (folder, _) in USES.iter().filter(|(it, _)| it.starts_with("engines/")) {
        let name = package_name(&manifest(folder));
        assert!(!packages.contains_key(&name), "{name}");
    }
}
