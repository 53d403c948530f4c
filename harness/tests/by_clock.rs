//! Whole runs of workers whose times are known: what is there is found, and what isn't is not.
//!
//! These are times, which a busy machine disturbs, so nothing here runs unless `MONKEYBENCH_TESTS=clock` asks for
//! it; it takes some four minutes. That the statistics are right is tested without a clock by the simulator of
//! `reports`.

mod common;

use std::path::PathBuf;

use common::{Bench, no_panic, stderr};
use reports::analysis::Analysis;
use reports::schema::{Results, WorkloadId};
use reports::stats::Verdict;
use reports::verdicts::{Judgement, Over};

/// Runs of each difference.
const RUNS: u64 = 10;

/// The worker `examples/by_clock.rs`, which cargo builds with the tests.
fn worker() -> PathBuf {
    let beside = assert_cmd::cargo::cargo_bin!("monkeybench");
    let folder = beside.parent().unwrap();
    folder.join("examples").join("by_clock")
}

/// Whether a worker is told to be faster or slower than another that takes less time by so many thousandths:
/// in a run of as many rounds and workloads as the default's, over all workloads.
fn told(thousandths: u64, seed: u64) -> Verdict {
    let bench = Bench::new();
    let external = |name: &str, nanoseconds: u64, seed: u64| {
        let worker = worker();
        let worker = worker.display();
        format!(
            "[[external]]\nname = '{name}'\ncommand = ['{worker}', '{nanoseconds}', '{seed}']\n"
        )
    };
    for program in ["a", "b", "c", "d", "e"] {
        bench.file(&format!("{program}.monkey"), "42;");
    }
    let each = 1_000_000;
    let experiment = format!(
        "name = 'by-clock'\nquestion = 'Is it found?'\nreference = 'one'\n\
         workloads = ['./a.monkey', './b.monkey', './c.monkey', './d.monkey', './e.monkey']\n{}{}",
        external("one", each, 2 * seed),
        external("other", each / 1_000 * (1_000 + thousandths), 2 * seed + 1),
    );
    bench.file("by-clock.toml", experiment);
    let assert = bench.run(&format!(
        "run ./by-clock.toml --rounds 84 --seed {seed} --out out"
    ));
    no_panic(&assert);
    let results = Results::read(&bench.path("out/results.json"))
        .unwrap_or_else(|error| panic!("{error}: {}", stderr(&assert)));
    let analysis = Analysis::new(&results);
    let workloads: Vec<WorkloadId> = results.workload_ids().collect();
    let over = Over::mean(0, &workloads);
    let other = results.variant_named("other").unwrap();
    let judgement = analysis
        .verdicts()
        .between(over, results.reference(), other);
    judgement.map(Judgement::verdict).unwrap()
}

/// How many runs tell that it is slower, and how many that it is faster.
fn slower_and_faster(thousandths: u64) -> (usize, usize) {
    let told: Vec<Verdict> = (0..RUNS).map(|seed| told(thousandths, seed)).collect();
    let count = |wanted| told.iter().filter(|&&it| it == wanted).count();
    (count(Verdict::Slower), count(Verdict::Faster))
}

#[test]
fn two_per_cent_are_found_and_nothing_is_not() {
    if std::env::var_os("MONKEYBENCH_TESTS").is_none_or(|tests| tests != "clock") {
        return;
    }
    // Of ten runs that find it nine times in ten, or every other time, fewer do by chance in one of 80, or of 18.
    let (slower, faster) = slower_and_faster(20);
    println!("2 %: {slower} of {RUNS} are told to be slower, {faster} to be faster");
    assert!(slower >= 7 && faster == 0);
    let (slower, faster) = slower_and_faster(10);
    println!("1 %: {slower} of {RUNS} are told to be slower, {faster} to be faster");
    assert!(slower >= 3 && faster == 0);
    let (slower, faster) = slower_and_faster(0);
    println!("0 %: {slower} of {RUNS} are told to be slower, {faster} to be faster");
    assert!(slower + faster <= 2);
}
