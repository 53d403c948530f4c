//! Host instructions in `monkeybench run` and `report`: taken from files that describe the program
//! that measures, and from no others. The counts themselves are made up.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use common::{Bench, no_panic, stderr, stdout};
use reports::counts::{Host, HostCell, Key, Sources};
use reports::schema::{HostCounts, HostSource, Measure, Results};

const RUN: &str = "run --quick --engines tree,stack --workloads integer-arithmetic --rounds 6 \
                   --seed 7 --out out";

/// What `--version` says of the program that is tested.
struct Version(String);

impl Version {
    fn of(bench: &Bench) -> Self {
        Self(stdout(&bench.run("--version").success()))
    }

    fn line(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        let mut lines = self.0.lines();
        lines.find_map(|line| line.strip_prefix(&prefix)).unwrap()
    }

    /// What it was built from; the reason where that can't be said, as in a tree with changes.
    fn sources(&self) -> Result<Sources, &str> {
        match self.line("sources").split_once("unknown: ") {
            Some((_, reason)) => Err(reason),
            None => Ok(Sources(self.line("sources").to_owned())),
        }
    }

    /// Counts of that program, if it can be said which sources it has, or else of some.
    fn counts(&self) -> Host {
        let rustc = self.line("compiler").split(' ').nth(1).unwrap();
        let key = Key {
            target: self.line("target").to_owned(),
            rustc: rustc.to_owned(),
            valgrind: "3.19.0".to_owned(),
            libc: "glibc-2.36".to_owned(),
            profile: self.line("profile").to_owned(),
        };
        let sources = self.sources().unwrap_or(Sources("some".to_owned()));
        let cell = |variant: &str, instructions| HostCell {
            bench: Measure::Run,
            variant: variant.to_owned(),
            workload: "integer-arithmetic".to_owned(),
            instructions,
            functions: BTreeMap::new(),
        };
        let cells = vec![cell("tree", 20_000), cell("stack", 15_000)];
        Host::new(key, sources, self.line("settings").to_owned(), cells)
    }
}

fn write(bench: &Bench, folder: &str, host: &Host) -> PathBuf {
    let folder = bench.path(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}.json", host.key));
    host.write(&path).unwrap();
    path
}

#[test]
fn a_run_takes_the_counts_of_a_file() {
    let bench = Bench::new();
    let version = Version::of(&bench);
    let host = version.counts();
    host.write(&bench.path("counts.json")).unwrap();
    let assert = bench.run(&format!("{RUN} --json --host-counts counts.json"));
    no_panic(&assert);
    if let Err(reason) = version.sources() {
        // Nothing describes a program whose sources nobody knows.
        assert_eq!(assert.get_output().status.code(), Some(1));
        let stderr = stderr(&assert);
        assert!(stderr.contains("can't use counts.json: "), "{stderr}");
        assert!(stderr.contains(reason), "{stderr}");
        return;
    }
    let code = assert.get_output().status.code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {}", stderr(&assert));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(summary["host_counts"]["found"]["source"], "file");
    let [tree, stack] = [0, 1].map(|cell| &summary["cells"][cell]);
    assert_eq!(tree["host_instructions"], 20_000);
    assert_eq!(tree["host_per_dispatched"], serde_json::Value::Null);
    assert_eq!(tree["step"], serde_json::Value::Null);
    assert_eq!(stack["step"]["base"], "tree");
    assert_eq!(stack["step"]["host_instructions"], 0.75);
    let seen = stack["step"]["seen"].as_str().unwrap();
    assert!(seen.starts_with("fewer host instructions"), "{seen}");
    let each = 15_000.0 / stack["dispatched"].as_f64().unwrap();
    assert_eq!(stack["host_per_dispatched"], each);

    let results = Results::read(&bench.path("out/results.json")).unwrap();
    let found = HostCounts::Found {
        key: host.key,
        source: HostSource::File,
        lacking: Vec::new(),
    };
    assert_eq!(results.host_counts, Some(found));
    let text = stdout(&bench.run("report out/results.json --out again"));
    for part in ["host instructions", "15,000", "valgrind 3.19.0"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(bench.read("again/report.md"), bench.read("out/report.md"));
}

#[test]
fn counts_of_another_program_are_refused_before_anything_is_measured() {
    let bench = Bench::new();
    let version = Version::of(&bench);
    let mut host = version.counts();
    host.sources = Sources("other".to_owned());
    host.key.rustc = "1.2.3".to_owned();
    host.write(&bench.path("other.json")).unwrap();
    bench.file("damaged.json", "{\"format\": \"monkeybench-host-cou");
    bench.file("alien.json", "{}");
    let differs = match version.sources() {
        Ok(_) => "other.json: it counts other sources",
        Err(reason) => reason,
    };
    for (file, reason) in [
        ("other.json", differs),
        ("damaged.json", "damaged.json: is truncated"),
        ("alien.json", "not a monkeybench file of host counts"),
        ("missing.json", "missing.json: no such file"),
    ] {
        let assert = bench.run(&format!("{RUN} --host-counts {file}")).code(1);
        let stderr = stderr(&assert);
        assert!(stderr.contains(reason), "{file}: {stderr}");
        no_panic(&assert);
    }
    assert!(!common::exists(bench.path("out")));
}

#[test]
fn a_run_is_not_lost_for_counts_that_do_not_fit() {
    let bench = Bench::new();
    let version = Version::of(&bench);
    let mut host = version.counts();
    host.key.profile = "another".to_owned();
    write(&bench, "ci/baselines", &host);
    std::fs::write(bench.path("ci/baselines/damaged.json"), "{\"format").unwrap();
    let assert = bench.run(RUN);
    let code = assert.get_output().status.code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}: {}", stderr(&assert));
    let text = stdout(&assert);
    assert!(text.contains("Host instructions: none, because"), "{text}");
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    let Some(HostCounts::Absent { reason, .. }) = results.host_counts else {
        panic!("{:?}", results.host_counts);
    };
    match version.sources() {
        Ok(_) => {
            assert!(
                reason.contains("counts profile another instead of"),
                "{reason}"
            );
            assert!(reason.contains("damaged.json is damaged"), "{reason}");
            let warning = stderr(&assert);
            assert!(warning.contains("damaged.json: is truncated"), "{warning}");
        }
        Err(unknown) => assert_eq!(reason, unknown),
    }
}

/// The gate's last check comes before its baseline, from wherever in the repository.
#[test]
fn a_run_finds_the_counts_of_its_repository() {
    let bench = Bench::new();
    let version = Version::of(&bench);
    let mut host = version.counts();
    write(&bench, "ci/baselines", &host);
    host.cells[1].instructions = 14_000;
    write(&bench, "target/ci/counts", &host);
    let mut command = bench.command(&format!("{RUN} --json"));
    let assert = command.current_dir(bench.path("ci")).assert();
    let summary: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    match version.sources() {
        Ok(_) => {
            assert_eq!(summary["host_counts"]["found"]["source"], "check");
            assert_eq!(summary["cells"][1]["host_instructions"], 14_000);
        }
        Err(unknown) => assert_eq!(summary["host_counts"]["absent"]["reason"], unknown),
    }
}
