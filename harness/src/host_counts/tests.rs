//! Which counts are taken for this program's, and what is said of those that aren't.

use std::collections::BTreeMap;

use reports::counts::{HostCell, Key};
use reports::schema::Environment;
use tempfile::TempDir;

use super::*;
use crate::experiments;
use crate::plan::{Plan, Request};

const SOURCES: &str = "000000000001-000000000002-000000000003-000000000004-000000000005";
const SETTINGS: &str = "opt-level=3 codegen-units=1";

fn build() -> Build {
    Build {
        sources: Ok(Sources(SOURCES.to_owned())),
        target: "x86_64-unknown-linux-gnu".to_owned(),
        rustc: "1.95.0".to_owned(),
        profile: "release".to_owned(),
        settings: SETTINGS.to_owned(),
    }
}

/// Counts that describe [`build`]: a million for each of these variants on fibonacci and
/// hash-access.
fn host(variants: &[&str]) -> Host {
    let key = Key {
        target: "x86_64-unknown-linux-gnu".to_owned(),
        rustc: "1.95.0".to_owned(),
        valgrind: "3.19.0".to_owned(),
        libc: "glibc-2.36".to_owned(),
        profile: "release".to_owned(),
    };
    let cell = |variant: &&str, workload: &str, bench, instructions| HostCell {
        bench,
        variant: (*variant).to_owned(),
        workload: workload.to_owned(),
        instructions,
        functions: BTreeMap::new(),
    };
    let of_variant = |variant| {
        ["fibonacci", "hash-access"]
            .into_iter()
            .flat_map(move |workload| {
                [
                    cell(variant, workload, Measure::Compile, 7),
                    cell(variant, workload, Measure::Run, 1_000_000),
                ]
            })
    };
    let cells = variants.iter().flat_map(of_variant).collect();
    Host::new(key, Sources(SOURCES.to_owned()), SETTINGS.to_owned(), cells)
}

/// A repository's root with a file of counts in one of the [`FOLDERS`], by its place there.
fn repository(folder: usize, host: &Host) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    put(&root, folder, host);
    root
}

fn put(root: &TempDir, folder: usize, host: &Host) -> PathBuf {
    let folder = root.path().join(FOLDERS[folder].0);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}.json", host.key));
    host.write(&path).unwrap();
    path
}

/// A search of files none of which is to be warned of.
#[track_caller]
fn found_quietly(directory: &Path, targets: &[PathBuf], build: &Build) -> Search {
    let (found, warnings) = searched(directory, targets, build);
    assert_eq!(warnings, Vec::<String>::new());
    found
}

fn searched(directory: &Path, targets: &[PathBuf], build: &Build) -> (Search, Vec<String>) {
    let mut warnings = Vec::new();
    let found = search(directory, targets, build, |text| {
        warnings.push(text.to_owned())
    });
    (found, warnings)
}

fn source(search: &Search) -> Option<HostSource> {
    match search {
        Search::Found { source, .. } => Some(*source),
        Search::Absent(_) => None,
    }
}

#[track_caller]
fn absent(search: Search) -> String {
    match search {
        Search::Absent(reason) => reason,
        Search::Found { source, .. } => panic!("found in {source:?}"),
    }
}

/// The results of a run of `tree` and `stack` on which nothing but the cells matters.
fn results(workloads: &[&str], sizes: &[&str]) -> Results {
    let names = |names: &[&str]| names.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    let sizes: Vec<_> = sizes.iter().map(|size| size.parse().unwrap()).collect();
    let plan = Plan::new(Request {
        experiment: experiments::find(experiments::DEFAULT, None, false).unwrap(),
        engines: &names(&["tree", "stack"]),
        workloads: &names(workloads),
        sizes: &sizes,
        quick: true,
        rounds: None,
        seed: 1,
        variance: false,
        repeat: None,
        against: None,
    });
    let environment = Environment {
        cpu: String::new(),
        cores: 1,
        kernel: String::new(),
        os: String::new(),
        governor: None,
        hypervisor: None,
        clock: None,
        memory_bytes: None,
        load_before: None,
        core: None,
        others_before_percent: None,
        load_after: None,
        steal_percent: None,
        others_percent: None,
    };
    let mut results = plan.unwrap().results(environment).unwrap();
    let cell = |variant, workload| Cell {
        variant,
        workload,
        counts: None,
        host_instructions: None,
        jumps: Vec::new(),
        peak_memory_bytes: None,
        code: None,
        failure: None,
    };
    results.cells = results
        .workload_ids()
        .flat_map(|workload| {
            let variants = results.variant_ids();
            variants.map(move |variant| cell(variant, workload))
        })
        .collect();
    results
}

fn found(host: Host) -> Search {
    Search::Found {
        host,
        source: HostSource::Check,
    }
}

fn lacking(results: &Results) -> Vec<String> {
    match &results.host_counts {
        Some(HostCounts::Found { lacking, .. }) => lacking.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn counts_of_this_program_are_found_from_below() {
    let root = repository(1, &host(&["tree"]));
    let below = root.path().join("some/where");
    fs::create_dir_all(&below).unwrap();
    // Other kinds of files are passed over.
    fs::write(root.path().join("ci/baselines/a.json"), "{}").unwrap();
    for directory in [root.path(), &below] {
        let search = found_quietly(directory, &[], &build());
        assert_eq!(source(&search), Some(HostSource::Baseline));
    }
    put(&root, 0, &host(&["tree"]));
    let fresher = found_quietly(root.path(), &[], &build());
    assert_eq!(source(&fresher), Some(HostSource::Check));
}

#[test]
fn counts_of_anything_else_are_left_out_with_the_reason() {
    let root = repository(1, &host(&["tree"]));
    for (change, reason) in [
        (
            (|it| it.sources = Ok(Sources(SOURCES.replacen("1-", "a-", 1)))) as fn(&mut Build),
            "counts other sources (engines)",
        ),
        (
            |it| it.sources = Ok(Sources(SOURCES.replace("004-", "a04-"))),
            "counts other sources (Cargo.lock)",
        ),
        (
            |it| it.rustc = "1.96.0".to_owned(),
            "_release.json counts rustc 1.95.0 instead of 1.96.0",
        ),
        (
            |it| it.profile = "debug".to_owned(),
            "counts profile release instead of debug",
        ),
        (|it| it.target = "wasm".to_owned(), "instead of wasm"),
        (
            |it| it.settings = "opt-level=1".to_owned(),
            "counts compiler settings opt-level=3 codegen-units=1 instead of opt-level=1",
        ),
        (
            |it| it.sources = Err("the tree was changed".to_owned()),
            "the tree was changed",
        ),
    ] {
        let mut other = build();
        change(&mut other);
        let said = absent(found_quietly(root.path(), &[], &other));
        assert!(said.contains(reason), "{said}");
        assert!(!said.contains(root.path().to_str().unwrap()), "{said}");
        let file = root.path().join("ci/baselines");
        let file = files(&file).remove(0);
        let error = of_file(&file, &other).unwrap_err().to_string();
        let reason = reason.trim_start_matches("_release.json ");
        assert!(error.contains(reason), "{error}");
        assert!(error.contains("_release.json"), "{error}");
    }
}

/// Of several files that don't fit, the one that comes nearest is named.
#[test]
fn the_nearest_counts_are_named() {
    let mut old = host(&["tree"]);
    old.sources = Sources("other".to_owned());
    let root = repository(0, &old);
    put(&root, 1, &host(&["tree"]));
    let mut newer = build();
    newer.rustc = "1.96.0".to_owned();
    let said = absent(found_quietly(root.path(), &[], &newer));
    assert!(said.starts_with("ci/baselines/"), "{said}");
    assert!(!said.contains("other sources"), "{said}");
}

#[test]
fn nothing_counted_is_no_failure() {
    let root = tempfile::tempdir().unwrap();
    let said = absent(found_quietly(root.path(), &[], &build()));
    assert!(said.contains("neither target/ci/counts nor"), "{said}");
    fs::create_dir_all(root.path().join("ci/baselines")).unwrap();
    let said = absent(found_quietly(root.path(), &[], &build()));
    assert_eq!(said, "nothing has been counted yet");
}

#[test]
fn a_damaged_file_is_passed_over() {
    let root = repository(1, &host(&["tree"]));
    let mut nothing = host(&["tree"]);
    nothing.cells[1].instructions = 0;
    let zero = put(&root, 0, &nothing);
    // The search goes on to the baseline.
    let search_again = || searched(root.path(), &[], &build());
    let (found, warnings) = search_again();
    assert_eq!(source(&found), Some(HostSource::Baseline));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].ends_with("run of tree on fibonacci; its counts are left out"),
        "{warnings:?}"
    );
    let error = of_file(&zero, &build()).unwrap_err().to_string();
    assert!(
        error.ends_with("no instructions for run of tree on fibonacci"),
        "{error}"
    );

    let baseline = files(&root.path().join("ci/baselines")).remove(0);
    let text = fs::read_to_string(&baseline).unwrap();
    for damage in ["", "\u{fffd}", &text[..text.len() / 2]] {
        fs::write(&baseline, damage).unwrap();
        let (found, warnings) = search_again();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        let said = absent(found);
        assert!(said.contains("target/ci/counts/"), "{said}");
        assert!(said.contains("_release.json is damaged"), "{said}");
        assert!(of_file(&baseline, &build()).is_err());
    }
}

#[test]
fn only_runs_are_taken() {
    let mut results = results(&["fibonacci"], &[]);
    found(host(&["tree", "stack"])).record(false, &mut results);
    let instructions = results.cells.iter().map(|cell| cell.host_instructions);
    assert_eq!(instructions.collect::<Vec<_>>(), [Some(1_000_000); 2]);
    assert!(lacking(&results).is_empty());
    results.check().unwrap();
}

#[test]
fn what_was_not_counted_is_named() {
    let mut another_size = results(&["fibonacci", "hash-access"], &["fibonacci=10"]);
    found(host(&["tree", "stack"])).record(false, &mut another_size);
    let sized = another_size.cells[0].host_instructions;
    assert_eq!(sized, None, "another size is another program");
    assert_eq!(
        lacking(&another_size),
        ["fibonacci(10), counted at its size 25 only"]
    );

    let mut stack_alone = results(&["fibonacci"], &[]);
    found(host(&["stack"])).record(false, &mut stack_alone);
    assert_eq!(lacking(&stack_alone), ["tree, not counted"]);

    let mut holes = results(&["fibonacci", "nested-loops"], &[]);
    found(host(&["tree", "stack"])).record(false, &mut holes);
    assert_eq!(lacking(&holes), ["nested-loops(500), not counted"]);

    let mut some = results(&["fibonacci", "hash-access"], &[]);
    let mut without = host(&["tree"]);
    without
        .cells
        .retain(|cell| cell.workload == "fibonacci" || cell.bench == Measure::Compile);
    found(without).record(false, &mut some);
    assert_eq!(
        lacking(&some),
        ["tree on hash-access(100), stack, not counted"],
        "one reason is said once"
    );

    let mut all = results(&["fibonacci"], &["fibonacci=10"]);
    found(host(&["tree", "stack"])).record(false, &mut all);
    let HostCounts::Absent { reason, .. } = all.host_counts.as_ref().unwrap() else {
        panic!("{:?}", all.host_counts);
    };
    assert!(
        reason.starts_with("there are no counts for fibonacci(10), counted at its size 25 only;"),
        "{reason}"
    );
    all.check().unwrap();
}

#[test]
fn advice_is_of_what_counts_the_cells_of_the_run() {
    let absent = |results: &Results| match results.host_counts.clone() {
        Some(HostCounts::Absent { reason, by_run }) => (reason, by_run),
        other => panic!("{other:?}"),
    };
    // The gate would count these, if it were run.
    let mut documented = results(&["fibonacci"], &[]);
    Search::Absent("nothing".to_owned()).record(false, &mut documented);
    assert_eq!(absent(&documented), ("nothing".to_owned(), false));
    // And these never.
    for (workload, size) in [("word-count", None), ("fibonacci", Some("fibonacci=10"))] {
        let mut other = results(&[workload], size.as_slice());
        Search::Absent("nothing".to_owned()).record(false, &mut other);
        let (reason, by_run) = absent(&other);
        assert!(by_run, "no advice to run the gate");
        assert!(
            reason.ends_with("but --count-host-instructions does"),
            "{reason}"
        );
    }
    let mut mixed = results(&["fibonacci", "word-count", "queens"], &[]);
    found(host(&["tree", "stack"])).record(false, &mut mixed);
    let lacking = lacking(&mixed);
    assert_eq!(lacking.len(), 1, "{lacking:?}");
    assert!(
        lacking[0].ends_with(", which the gate doesn't count (--count-host-instructions does)"),
        "{lacking:?}"
    );
}

#[test]
fn counts_are_found_where_cargo_builds() {
    let elsewhere = tempfile::tempdir().unwrap();
    let counts = elsewhere.path().join("ci/counts");
    fs::create_dir_all(&counts).unwrap();
    let path = counts.join("key.json");
    host(&["tree"]).write(&path).unwrap();
    let targets = [elsewhere.path().to_owned()];
    let here = tempfile::tempdir().unwrap();
    let found = found_quietly(here.path(), &targets, &build());
    assert_eq!(source(&found), Some(HostSource::Check));
    // They are fresher than a baseline, and their folder's place is nobody's business.
    let root = repository(1, &host(&["tree"]));
    let found = found_quietly(root.path(), &targets, &build());
    assert_eq!(source(&found), Some(HostSource::Check));
    let mut other = build();
    other.settings = "opt-level=1".to_owned();
    let said = absent(found_quietly(here.path(), &targets, &other));
    assert!(
        said.starts_with("target/ci/counts/key.json counts"),
        "{said}"
    );
    // A folder that is named twice is read once.
    fs::write(&path, "{").unwrap();
    let twice = [targets[0].clone(), elsewhere.path().join("ci/..")];
    let (found, warnings) = searched(here.path(), &twice, &build());
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(absent(found), "target/ci/counts/key.json is damaged");
}
