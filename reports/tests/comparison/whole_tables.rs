//! Of many cells, hardly ever one is told apart that is the same: the chance of a false verdict is that of a
//! whole comparison.

use std::num::NonZeroU32;

use reports::comparison::{Comparison, Finding};
use reports::schema::{Layouts, Measure, Repeats, Results, VariantId, WorkloadId};
use reports::stats::{Estimate, Verdict};

use crate::support::{cut, progression, with_host_counts};
use crate::{compare, compare_by, is_run};

const REFERENCE: VariantId = VariantId(0);
const CHANGED: VariantId = VariantId(1);

/// Runs of two variants on so many workloads.
fn table(workloads: u32, rounds: u32) -> Results {
    let mut results = cut(with_host_counts(progression(rounds)), 2, 1);
    results.samples.retain(is_run);
    let whole = results.clone();
    for id in 1..workloads {
        let mut workload = whole.workloads[0].clone();
        workload.name = format!("{}-{id}", workload.name);
        results.workloads.push(workload);
        let moved = |id| move |it: &mut WorkloadId| *it = WorkloadId(id);
        results
            .cells
            .extend(whole.cells.iter().cloned().map(|mut it| {
                moved(id)(&mut it.workload);
                it
            }));
        results.samples.extend(whole.samples.iter().map(|it| {
            let mut it = *it;
            moved(id)(&mut it.workload);
            it
        }));
    }
    results
}

/// A run of other code in some cells of one variant, that takes as long times a factor. What a cell's code takes
/// besides is drawn for each run.
fn run(
    base: &Results,
    random: &mut fastrand::Rng,
    other: impl Fn(WorkloadId) -> bool,
    factor: f64,
    rounds_per_run: u32,
) -> Results {
    let mut results = base.clone();
    results.seed = random.u64(..);
    results.tool.commit = Some("0e4d2f1".to_owned());
    let is_other = |variant, workload| variant == CHANGED && other(workload);
    for cell in &mut results.cells {
        if is_other(cell.variant, cell.workload) {
            cell.host_instructions = cell.host_instructions.map(|it| it * 2);
        }
    }
    let mut moved = std::collections::BTreeMap::new();
    for sample in &mut results.samples {
        let run = sample.round / rounds_per_run;
        let place = (run, sample.workload, sample.variant);
        let drift = *moved
            .entry(place)
            .or_insert_with(|| 0.03 * (random.f64() + random.f64() - 1.0));
        let noise = 0.004 * (random.f64() - 0.5);
        let own = match is_other(sample.variant, sample.workload) {
            true => factor,
            false => 1.0,
        };
        sample.iterations = 1;
        sample.nanoseconds = (1e9 * (drift + noise).exp() * own) as u64;
    }
    results
}

fn told(comparison: &Comparison) -> bool {
    let cells = comparison.cells.iter().map(|it| it.compared.verdict);
    let suite = comparison
        .suite
        .iter()
        .filter_map(|it| it.compared.as_ref());
    let mut all = cells.chain(suite.map(|it| it.verdict));
    all.any(|it| matches!(it, Finding::Faster | Finding::Slower))
}

/// Whether any interval alone says faster or slower, as a cell by itself would be judged.
fn suspected(comparison: &Comparison) -> bool {
    let mut cells = comparison.cells.iter().map(|it| &it.compared.speedup.0);
    cells.any(|it: &Estimate| matches!(Verdict::of(it), Verdict::Faster | Verdict::Slower))
}

/// Of so many pairs of runs, how many tables have a verdict, and how many an interval that would.
fn tables(
    count: u32,
    base: &Results,
    other: impl Fn(WorkloadId) -> bool + Copy,
    factor: f64,
    rounds_per_run: u32,
) -> [u32; 2] {
    let mut random = fastrand::Rng::with_seed(8);
    let mut found = [0; 2];
    for _ in 0..count {
        let old = run(base, &mut random, |_| false, 1.0, rounds_per_run);
        let mut new = run(base, &mut random, other, factor, rounds_per_run);
        new.tool.commit = Some("1f5e3a2".to_owned());
        let comparison = compare(&old, &new);
        assert_eq!(comparison.between_runs.can_tell, base.workloads.len() > 20);
        found[0] += u32::from(told(&comparison));
        found[1] += u32::from(suspected(&comparison));
    }
    found
}

/// How many of so many are 5 %, and three standard errors.
fn bound(count: u32) -> u32 {
    let count = f64::from(count);
    (0.05 * count + 3.0 * (0.05 * 0.95 * count).sqrt()) as u32
}

#[test]
fn a_table_judged_by_controls_has_a_false_verdict_as_seldom_as_promised() {
    let base = table(41, 6);
    let two = |it: WorkloadId| it.0 < 2;
    let [told, suspected] = tables(100, &base, two, 1.0, 6);
    assert!(told <= bound(100), "{told}");
    // Each cell by itself would be far more often wrong.
    assert!(suspected > 30, "{suspected}");
    let [told, _] = tables(5, &base, two, 1.2, 6);
    assert_eq!(told, 5, "a real difference is found");
}

/// Ten controls can't tell ten cells apart: what an interval says alone is shown as such, however much it is.
#[test]
fn too_few_controls_tell_nothing_of_many_cells() {
    let base = table(10, 6);
    let mut random = fastrand::Rng::with_seed(9);
    let old = run(&base, &mut random, |_| false, 1.0, 6);
    let mut new = run(&base, &mut random, |_| true, 2.0, 6);
    new.tool.commit = Some("1f5e3a2".to_owned());
    let comparison = compare(&old, &new);
    assert_eq!(comparison.between_runs.controls, 10);
    assert_eq!(
        comparison.between_runs.family, 11,
        "ten cells and their mean"
    );
    assert!(!comparison.between_runs.can_tell);
    for cell in comparison.cells.iter().filter(|it| it.variant == "stack") {
        assert_eq!(cell.compared.verdict, Finding::SlowerUncorrected);
        let coverage = cell.compared.speedup.0.interval.unwrap().coverage;
        assert_eq!(coverage, 10.0 / 11.0);
    }
    assert_eq!(comparison.slower_by(0.0), []);
    let text = comparison.terminal(100, false).replace('\n', " ");
    for part in [
        "0 faster, 0 slower,",
        "10 slower?",
        "which takes 219 controls",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["cells"][1]["verdict"], "slower_uncorrected");
}

fn repeated(mut results: Results, runs: u32, rounds: u32) -> Results {
    let number = |it| NonZeroU32::new(it).unwrap();
    results.repeats = Some(Repeats {
        runs: number(runs),
        rounds: number(rounds),
        pause_seconds: 0,
    });
    results
}

#[test]
fn a_table_of_repeated_runs_has_a_false_verdict_as_seldom_as_promised() {
    let base = repeated(table(21, 16), 8, 2);
    let [told, suspected] = tables(100, &base, |_| true, 1.0, 2);
    assert!(told <= bound(100), "{told}");
    assert!(suspected > 30, "{suspected}");
    let [told, _] = tables(5, &base, |_| true, 1.1, 2);
    assert_eq!(told, 5, "a real difference is found");
}

/// Five complete runs are enough for an interval of the shift, and no reason to distrust a file; four aren't.
#[test]
fn runs_that_were_done_are_counted_and_of_runs_only() {
    let base = repeated(table(1, 12), 6, 2);
    let mut random = fastrand::Rng::with_seed(10);
    let old = run(&base, &mut random, |_| false, 1.0, 2);
    let mut new = run(&base, &mut random, |_| true, 2.0, 2);
    new.tool.commit = Some("1f5e3a2".to_owned());
    for (rounds, enough) in [(12, true), (11, true), (10, true), (9, false)] {
        let mut new = new.clone();
        new.rounds_done = rounds;
        new.samples.retain(|it| it.round < rounds);
        let comparison = compare(&old, &new);
        assert_eq!(comparison.between_runs.repeated, enough, "{rounds}");
        assert_eq!(comparison.invalid.is_empty(), enough, "{rounds}");
        let wanted = match enough {
            true => Finding::Slower,
            false => Finding::CantTellBetweenRuns,
        };
        assert_eq!(comparison.cells[1].compared.verdict, wanted, "{rounds}");
    }
    // Other measures are not grouped by run.
    let timed = |mut results: Results| {
        for sample in &mut results.samples {
            sample.measure = Measure::Total;
        }
        results
    };
    let comparison = compare_by(
        &timed(old),
        &timed(new),
        reports::comparison::Basis::Times,
        Measure::Total,
    );
    let comparison = comparison.unwrap();
    assert!(!comparison.between_runs.is_known());
    let verdict = comparison.cells[1].compared.verdict;
    assert_eq!(verdict, Finding::CantTellBetweenRuns);
}

/// What is said not to be covered is what isn't.
#[test]
fn what_is_not_covered_depends_on_the_runs() {
    let told = |base: &Results, layouts: [Option<Layouts>; 2]| {
        let mut random = fastrand::Rng::with_seed(12);
        let mut old = run(base, &mut random, |_| false, 1.0, 6);
        let mut new = run(base, &mut random, |it| it.0 == 0, 1.0, 6);
        new.tool.commit = Some("1f5e3a2".to_owned());
        [old.layouts, new.layouts] = layouts;
        let markdown = compare(&old, &new).markdown();
        let (_, remark) = markdown.split_once("Not covered: ").unwrap();
        remark.split_once(". ").unwrap().0.to_owned()
    };
    let varied = || Some(Layouts::EachRound);
    let other = "what changed between the runs for some cells and no control";
    let controls = table(11, 6);
    assert_eq!(told(&controls, [varied(), varied()]), other);
    assert_eq!(
        told(&controls, [varied(), Some(Layouts::default())]),
        format!("{other}; the layout of code in the new run, which had one")
    );
    assert_eq!(
        told(&controls, [None, None]),
        format!("{other}; another build's layout of code, of which each run had one")
    );
    let runs = repeated(table(2, 12), 6, 2);
    assert_eq!(
        told(&runs, [varied(), varied()]),
        "what one file's runs have in common and the other's haven't"
    );
    let drift = told(&table(2, 6), [varied(), varied()]);
    assert!(
        drift.starts_with("what changed besides the engines, such as a slow drift"),
        "{drift}"
    );
    assert!(!drift.contains("layout"), "{drift}");
}

/// What is slower by 10 % is so by 2 %, and not by 15 %; by 10 % nobody knows.
#[test]
fn a_bound_is_tested_as_the_verdicts_are() {
    let by_controls = (table(41, 6), 6);
    let by_runs = (repeated(table(3, 16), 8, 2), 2);
    for (base, rounds_per_run) in [by_controls, by_runs] {
        let mut random = fastrand::Rng::with_seed(11);
        let one = |it: WorkloadId| it.0 == 0;
        let old = run(&base, &mut random, |_| false, 1.0, rounds_per_run);
        let mut new = run(&base, &mut random, one, 1.1, rounds_per_run);
        new.tool.commit = Some("1f5e3a2".to_owned());
        let comparison = compare(&old, &new);
        let names = |percent| -> Vec<(String, String)> {
            let slower = comparison.slower_by(percent).into_iter();
            slower
                .map(|(over, variant)| (over.to_owned(), variant.to_owned()))
                .collect()
        };
        let cell = ("fibonacci(25)".to_owned(), "stack".to_owned());
        for percent in [0.0, 2.0] {
            assert!(
                names(percent).contains(&cell),
                "{percent}: {:?}",
                names(percent)
            );
        }
        for percent in [10.0, 15.0] {
            assert_eq!(names(percent), [], "{percent}");
        }
        let slower = comparison
            .cells
            .iter()
            .filter(|it| it.compared.verdict == Finding::Slower);
        assert_eq!(slower.count(), 1);
        assert_eq!(comparison.cells[REFERENCE.index()].variant, "tree");
    }
}
