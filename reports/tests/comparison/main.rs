//! Two runs compared whose truth is known, and everything that keeps two runs from being compared.

mod figures;
mod matching;
mod same_code;
#[path = "../support/mod.rs"]
mod support;
mod whole_tables;

use reports::comparison::{Basis, CompareError, Comparison, LeftOut};
use reports::schema::{Measure, Results, Sample, VariantId};
use reports::stats::Estimate;

fn compare_by(
    old: &Results,
    new: &Results,
    basis: Basis,
    measure: Measure,
) -> Result<Comparison, CompareError> {
    Comparison::new(("old.json", old), ("new.json", new), basis, measure)
}

fn compare(old: &Results, new: &Results) -> Comparison {
    compare_by(old, new, Basis::Times, Measure::Run).unwrap()
}

fn compare_ratios(old: &Results, new: &Results) -> Comparison {
    compare_by(old, new, Basis::Ratios, Measure::Run).unwrap()
}

/// The run again, of another commit, with noise of its own, some of its samples slower by a factor.
fn again(results: Results, seed: u64, slower: impl Fn(&Sample) -> f64) -> Results {
    let mut results = noisy(results, &mut fastrand::Rng::with_seed(seed), slower);
    results.tool.commit = Some("0e4d2f1".to_owned());
    results
}

fn noisy(
    mut results: Results,
    random: &mut fastrand::Rng,
    slower: impl Fn(&Sample) -> f64,
) -> Results {
    results.seed = random.u64(..);
    for sample in &mut results.samples {
        let noise = 1.0 + 0.02 * (random.f64() - 0.5);
        sample.nanoseconds = (sample.nanoseconds as f64 * noise * slower(sample)) as u64;
    }
    results
}

fn is_run(sample: &Sample) -> bool {
    sample.measure == Measure::Run
}

fn speedup(comparison: &Comparison, variant: &str, workload: &str) -> Estimate {
    let cell = comparison
        .cells
        .iter()
        .find(|cell| cell.variant == variant && cell.workload == workload)
        .unwrap();
    cell.compared.speedup.0
}

fn suite(comparison: &Comparison, variant: &str) -> Option<Estimate> {
    let cell = comparison
        .suite
        .iter()
        .find(|cell| cell.variant == variant)?;
    Some(cell.compared.as_ref()?.speedup.0)
}

fn left_out(comparison: &Comparison) -> Vec<String> {
    let lines = comparison.left_out.iter();
    lines.map(LeftOut::to_string).collect()
}

fn holds(estimate: &Estimate, truth: f64) -> bool {
    let interval = estimate.interval.unwrap();
    (interval.low..=interval.high).contains(&truth)
}

/// One variant 10 % slower, another machine-wide change that slows all, controls included, by 5 %.
fn slower_stack(sample: &Sample) -> f64 {
    let own = if sample.variant == VariantId(1) {
        1.1
    } else {
        1.0
    };
    own * 1.05
}
