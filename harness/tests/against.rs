//! Another build beside this one, and the runs that are more than one series of rounds.

mod common;

use common::{Bench, no_panic, stderr, stdout};
use reports::analysis::Analysis;
use reports::schema::{ExperimentKind, Layouts, Measure, Nesting, Results, VariantId, WorkloadId};
use reports::stats::Verdict;
use reports::verdicts::Over;

/// Runs `tree` on the shortest workload with these options; gives the exit status, the results and what was
/// said on standard error.
fn run(options: &str) -> (Option<i32>, Results, String) {
    let bench = Bench::new();
    let assert = bench.run(&format!(
        "run --engines tree,stack --workloads integer-arithmetic --seed 1 --out out {options}"
    ));
    no_panic(&assert);
    let results = Results::read(&bench.path("out/results.json"))
        .unwrap_or_else(|error| panic!("{error}: {}", stderr(&assert)));
    (assert.get_output().status.code(), results, stderr(&assert))
}

fn own() -> String {
    assert_cmd::cargo::cargo_bin!("monkeybench")
        .display()
        .to_string()
}

#[test]
fn each_engine_stands_beside_the_same_one_of_the_other_build() {
    let (code, results, _) = run(&format!("--against {} --rounds 2 --fail-on slower", own()));
    // Two rounds are too few for an interval.
    assert_eq!(code, Some(3));
    assert_eq!(results.experiment.kind, ExperimentKind::Builds);
    let names: Vec<_> = results.variants.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        ["tree", "tree@monkeybench", "stack", "stack@monkeybench"]
    );
    let counterparts = results.variants.iter().map(|it| it.counterpart.as_deref());
    let wanted = [
        Some("tree@monkeybench"),
        None,
        Some("stack@monkeybench"),
        None,
    ];
    assert!(counterparts.eq(wanted));
    assert!(results.cells.iter().all(|cell| cell.failure.is_none()));
    // A debug build isn't linked anew.
    let Some(Layouts::One { why }) = &results.layouts else {
        panic!("{:?}", results.layouts);
    };
    assert!(why.contains("debug build"), "{why}");
}

#[test]
fn what_the_other_build_lacks_is_named_and_the_rest_is_measured() {
    let bench = Bench::new();
    let script = format!(
        "#!/bin/sh\n[ \"$2\" = stack ] && exit 2\nexec {} \"$@\"\n",
        own()
    );
    let other = bench.file("older", script);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (code, results, said) = run(&format!("--against {} --rounds 1", other.display()));
        assert_eq!(code, Some(3), "{said}");
        let names: Vec<_> = results.variants.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["tree", "tree@older"]);
        assert!(
            said.contains("stack is left out: it does not work in the other build"),
            "{said}"
        );
        let [missing] = results.not_offered.as_slice() else {
            panic!("{:?}", results.not_offered);
        };
        assert_eq!((&*missing.name, &*missing.label), ("stack", "stack"));
        results.write(&bench.path("results.json")).unwrap();
        let report = stdout(&bench.run("report results.json"));
        assert!(
            report.contains("stack: it does not work in the other build"),
            "{report}"
        );
    }
}

#[test]
fn what_cannot_be_had_is_wrong_usage() {
    let bench = Bench::new();
    for (options, wanted) in [
        (
            "--against no-such-thing",
            "no such file, and no such revision",
        ),
        (
            "--layouts each-round",
            "--layouts each-round can't be had: this is a debug build",
        ),
        ("--fail-on slower", "--against"),
        ("--against x --fail-on faster", "slower:PERCENT"),
        ("--precision 0", "more than 0"),
        ("--precision 1 --rounds 5", "cannot be used with"),
        ("--max-time 5", "--precision"),
        ("--repeat 5", "from 6 to 1000"),
        ("--pause 5", "--repeat"),
        ("--variance --quick", "cannot be used with"),
    ] {
        let assert = bench.run(&format!("run {options}"));
        assert_eq!(assert.get_output().status.code(), Some(2), "{options}");
        let said = stderr(&assert);
        assert!(
            said.replace('\n', " ").contains(wanted),
            "{options}: {said}"
        );
    }
}

#[test]
fn runs_are_repeated_and_intervals_are_over_them() {
    let (_, results, said) = run("--repeat 6 --rounds 1");
    // Six runs that agree tell something of one comparison.
    assert!(!said.contains("runs are too few"), "{said}");
    assert_eq!((results.rounds_done, results.rounds_planned), (6, 6));
    let repeats = results.repeats.unwrap();
    assert_eq!((repeats.runs.get(), repeats.rounds.get()), (6, 1));
    let bench = Bench::new();
    results.write(&bench.path("results.json")).unwrap();
    let text = stdout(&bench.run("report results.json"));
    assert!(text.contains("in 6 runs"), "{text}");
}

#[test]
fn runs_that_can_tell_nothing_are_warned_of_before_they_begin() {
    let bench = Bench::new();
    let assert = bench.run(
        "run --engines tree,stack,stack+co --workloads integer-arithmetic,fibonacci --repeat 6 --dry-run",
    );
    let said = stderr(&assert);
    // Two of the engines, on each workload and their mean: 2 · 6 / 2⁸ is below 0.05.
    assert!(
        said.contains("6 runs are too few to tell anything of 6 comparisons")
            && said.contains("`--repeat 8`"),
        "{said}"
    );
}

#[test]
fn rounds_share_processes_and_layouts_where_variance_is_split() {
    let (_, results, _) = run("--variance --rounds 24");
    let nesting = results.nesting.unwrap();
    assert_eq!(nesting.layouts(24), 6);
    assert_ne!(nesting, Nesting::NONE);
    let bench = Bench::new();
    results.write(&bench.path("results.json")).unwrap();
    let text = stdout(&bench.run("report results.json"));
    assert!(text.contains("Where the variance comes from"), "{text}");
}

#[test]
fn verdicts_are_told_to_programs_too() {
    let bench = Bench::new();
    // In a debug build it is INVALID, which takes nothing from the form.
    let assert = bench.run(
        "run --engines tree,stack --workloads integer-arithmetic,fibonacci --size fibonacci=5 \
         --variance --rounds 24 --layouts one --out out --json",
    );
    no_panic(&assert);
    let summary: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let results = Results::read(&bench.path("out/results.json")).unwrap();
    let analysis = Analysis::new(&results);
    let step = &summary["cells"][1]["step"];
    let [base, variant] = [VariantId(0), VariantId(1)];
    let workload = WorkloadId(0);
    let judgement = analysis.judgement(Measure::Run, workload, base, variant);
    assert_eq!(step["judgement"], judgement.unwrap().name());
    let alone = analysis.speedup(Measure::Run, workload, base, variant);
    let alone = serde_json::to_value(Verdict::of(&alone.unwrap())).unwrap();
    assert_eq!(step["interval_verdict"], alone);
    assert_eq!(summary["cells"][0]["step"], serde_json::Value::Null);

    let [mean] = summary["means"].as_array().unwrap().as_slice() else {
        panic!("{summary}");
    };
    assert_eq!(mean["title"], "geometric mean");
    assert_eq!(
        (mean["variant"].as_str(), mean["base"].as_str()),
        (Some("stack"), Some("tree"))
    );
    assert!(mean["speedup"]["median"].is_f64(), "{mean}");
    let over_all = analysis.verdicts().between(Over::Mean(0), base, variant);
    assert_eq!(mean["judgement"], over_all.unwrap().name());
    assert!(mean["interval_verdict"].is_string(), "{mean}");

    assert_eq!(summary["family"], 3);
    assert_eq!(
        summary["layouts"]["one"]["why"],
        "as --layouts one asks for"
    );
    let splits = summary["variance"].as_array().unwrap();
    assert_eq!(splits.len(), 2, "{summary}");
    // A debug build has one layout.
    assert!(splits[0]["layouts"].is_null(), "{}", splits[0]);
    for part in ["processes", "rounds"] {
        let figure = |end: &str| splits[0][part][end].as_f64().unwrap();
        assert!(figure("low") <= figure("high"), "{}", splits[0]);
        assert!(figure("estimate") >= 0.0, "{}", splits[0]);
    }
    assert!(splits[0]["sample_more"].is_string(), "{}", splits[0]);
}

#[test]
fn a_run_goes_on_until_intervals_are_narrow_or_time_is_over() {
    let (_, results, _) = run("--precision 95");
    assert_eq!((results.rounds_done, results.rounds_planned), (30, 30));
    assert!(!results.interrupted);
    let (_, results, said) = run("--precision 0.001 --max-time 0.3");
    assert!(said.contains("300ms are over: "), "{said}");
    assert!(
        (1..10_000).contains(&results.rounds_done),
        "{}",
        results.rounds_done
    );
    assert!(!results.interrupted);
}
