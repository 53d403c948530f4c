//! Estimates from samples whose truth is known.

mod support;

use reports::analysis::Analysis;
use reports::schema::{Measure, Nesting, Repeats, VariantId, WorkloadId};
use reports::stats::Verdict;
use reports::validity::Invalid;
use support::{cut, progression, with_failure};

const FIBONACCI: WorkloadId = WorkloadId(0);
const TREE: VariantId = VariantId(0);
const STACK: VariantId = VariantId(1);

/// Rounds drift by 5 % and hiccup by 50 %; ratios within rounds must not.
#[test]
fn ratios_are_those_that_went_in() {
    let results = progression(40);
    let analysis = Analysis::new(&results);
    let speedup = |from, to| analysis.speedup(Measure::Run, FIBONACCI, from, to).unwrap();
    let unoptimized = speedup(TREE, STACK);
    let interval = unoptimized.interval.unwrap();
    assert!(
        (interval.low..interval.high).contains(&(1.0 / 0.21)),
        "{unoptimized:?}"
    );
    assert!((interval.high / interval.low).ln() < 0.01);
    assert_eq!(Verdict::of(&unoptimized), Verdict::Faster);
    let folding = speedup(VariantId(3), VariantId(4));
    assert_eq!(Verdict::of(&folding), Verdict::Same, "{folding:?}");
    let backwards = speedup(STACK, TREE);
    assert!((backwards.median * unoptimized.median - 1.0).abs() < 1e-9);
    let control = analysis.control(FIBONACCI).unwrap();
    assert_eq!(Verdict::of(&control), Verdict::Same, "{control:?}");
}

/// Equal ratios in one round and different ones in the next must not be mixed up.
#[test]
fn only_samples_of_one_round_are_paired() {
    let mut results = cut(progression(6), 2, 1);
    results.samples.retain(|sample| {
        let even = sample.round.is_multiple_of(2);
        sample.measure == Measure::Run && even == (sample.variant == TREE)
    });
    let analysis = Analysis::new(&results);
    assert!(analysis.time(Measure::Run, FIBONACCI, STACK).is_some());
    assert_eq!(analysis.speedup(Measure::Run, FIBONACCI, TREE, STACK), None);
}

#[test]
fn the_suite_is_the_geometric_mean_of_each_round() {
    let mut results = cut(progression(7), 2, 2);
    results
        .samples
        .retain(|sample| sample.measure == Measure::Run);
    for sample in &mut results.samples {
        sample.iterations = 1;
        // Speedups 2 and 8, whatever the round takes.
        let reference = 1_000 * (u64::from(sample.round) + 1);
        let speedup = if sample.workload == FIBONACCI { 2 } else { 8 };
        sample.nanoseconds = if sample.variant == TREE {
            reference
        } else {
            reference / speedup
        };
    }
    let workloads: Vec<_> = results.workload_ids().collect();
    let speedup = Analysis::new(&results)
        .mean_speedup(Measure::Run, &workloads, TREE, STACK)
        .unwrap();
    assert!((speedup.median - 4.0).abs() < 1e-9, "{speedup:?}");
    assert_eq!(speedup.values, 7);
    let partial = with_failure(results, 1, 1);
    assert_eq!(
        Analysis::new(&partial).mean_speedup(Measure::Run, &workloads, TREE, STACK),
        None
    );
}

/// 100 A/A runs of 25 rounds: the control's interval holds 1 in at least 93 of them.
#[test]
fn controls_cover_one() {
    let mut results = cut(progression(25), 1, 1);
    let mut random = fastrand::Rng::with_seed(5);
    let covered = (0..100)
        .filter(|_| {
            for sample in &mut results.samples {
                sample.iterations = 1;
                sample.nanoseconds = 1_000_000 + random.u64(..20_000);
            }
            let interval = Analysis::new(&results)
                .control(FIBONACCI)
                .unwrap()
                .interval
                .unwrap();
            (interval.low..=interval.high).contains(&1.0)
        })
        .count();
    assert!(covered >= 93, "{covered}");
}

#[test]
fn every_reason_to_disbelieve_a_run_is_found() {
    let invalid = |results| reports::invalid(&results);
    assert_eq!(invalid(progression(20)), []);

    let mut off = progression(20);
    for sample in off.samples.iter_mut().filter(|sample| sample.control) {
        sample.nanoseconds += sample.nanoseconds / 25;
    }
    let reasons = invalid(off);
    assert_eq!(reasons.len(), 5, "one for each workload");
    assert!(matches!(reasons[0], Invalid::Control { nearest, .. } if nearest < 0.995));

    let said = |results| match invalid(results).as_slice() {
        [few @ Invalid::TooFew { .. }] => (few.to_string(), few.advice()),
        other => panic!("{other:?}"),
    };
    let (of_one, _) = said(progression(1));
    assert!(
        of_one.starts_with("1 complete round is too few"),
        "{of_one}"
    );
    let (of_five, advice) = said(progression(5));
    assert!(
        of_five.starts_with("5 complete rounds are too few"),
        "{of_five}"
    );
    assert!(advice.contains("`--rounds`, at least 6"), "{advice}");
    // Intervals over runs or over layouts need as many of those, however many rounds they have.
    let mut runs = progression(20);
    runs.repeats = Some(Repeats {
        runs: 5.try_into().unwrap(),
        rounds: 4.try_into().unwrap(),
        pause_seconds: 0,
    });
    let (of_runs, advice) = said(runs);
    assert!(
        of_runs.starts_with("5 complete runs are too few"),
        "{of_runs}"
    );
    assert!(advice.contains("`--repeat`, at least 6"), "{advice}");
    let mut layouts = progression(20);
    layouts.nesting = Some(Nesting {
        rounds: 2.try_into().unwrap(),
        processes: 2.try_into().unwrap(),
    });
    let (of_layouts, advice) = said(layouts);
    assert!(
        of_layouts.starts_with("5 complete layouts are too few"),
        "{of_layouts}"
    );
    assert!(advice.contains("`--rounds`, at least 24"), "{advice}");
    let failed = invalid(with_failure(progression(20), 0, 2));
    assert_eq!(
        failed,
        [Invalid::ReferenceFailed {
            workload: "nested-loops(500)".to_owned()
        }]
    );

    // What a build left in the average, and nothing else.
    let mut built = progression(20);
    built.environment.load_before = Some(2.5);
    built.environment.others_before_percent = Some(25.0);
    assert_eq!(invalid(built.clone()), []);
    built.environment.others_before_percent = Some(25.1);
    assert_eq!(
        invalid(built),
        [Invalid::Load {
            load: 2.5,
            cores: 2
        }]
    );

    let mut busy = progression(20);
    busy.environment.load_before = Some(2.5);
    busy.environment.steal_percent = Some(9.0);
    busy.environment.others_percent = Some(60.0);
    busy.tool.profile = "debug".to_owned();
    assert_eq!(
        invalid(busy),
        [
            Invalid::Load {
                load: 2.5,
                cores: 2
            },
            Invalid::Steal { percent: 9.0 },
            Invalid::Others { percent: 60.0 },
            Invalid::Profile {
                profile: "debug".to_owned()
            },
        ]
    );
}
