//! Two runs whose truth is known: what the figures say of it, and how they are shown.

use reports::comparison::Basis;
use reports::schema::{Measure, Results, Sample, VariantId};
use reports::stats::Verdict;

use crate::support::{cut, progression};
use crate::{
    again, compare, compare_by, compare_ratios, holds, is_run, left_out, noisy, slower_stack,
    speedup, suite,
};

#[test]
fn times_are_compared_as_they_are_and_ratios_within_their_runs() {
    let old = progression(30);
    let new = again(old.clone(), 1, slower_stack);
    let times = compare(&old, &new);
    assert_eq!(times.invalid, []);
    assert_eq!(times.left_out, []);
    assert_eq!(times.cells.len(), 35);
    let stack = speedup(&times, "stack", "fibonacci");
    assert!(holds(&stack, 1.0 / (1.05 * 1.1)), "{stack:?}");
    assert_eq!(Verdict::of(&stack), Verdict::Slower);
    assert_eq!(stack.values, 60);
    let tree = suite(&times, "tree").unwrap();
    assert!(holds(&tree, 1.0 / 1.05), "{tree:?}");

    let ratios = compare_ratios(&old, &new);
    assert_eq!(ratios.cells.len(), 30, "the reference is 1 by definition");
    let stack = speedup(&ratios, "stack", "fibonacci");
    assert!(holds(&stack, 1.0 / 1.1), "{stack:?}");
    let other = suite(&ratios, "stack+co").unwrap();
    assert!(holds(&other, 1.0), "{other:?}");
    assert_eq!(suite(&ratios, "tree"), None);
    let drift = times.old.drift.unwrap();
    assert!((0.9..1.1).contains(&drift) && drift != 1.0, "{drift}");
}

/// Exchanging the runs exchanges faster and slower.
#[test]
fn the_runs_are_treated_alike() {
    let old = progression(20);
    let new = again(old.clone(), 2, slower_stack);
    for compare in [compare, compare_ratios] {
        let (there, back) = (compare(&old, &new), compare(&new, &old));
        for (there, back) in there.cells.iter().zip(&back.cells) {
            let product = there.compared.speedup.0.median * back.compared.speedup.0.median;
            assert!((product - 1.0).abs() < 1e-9);
            assert_eq!(there.compared.old, back.compared.new);
        }
    }
}

#[test]
fn a_run_against_itself_is_exactly_one() {
    for rounds in [6, 25, 30] {
        let results = progression(rounds);
        for compare in [compare, compare_ratios] {
            let comparison = compare(&results, &results);
            assert!(comparison.same_run);
            let cells = comparison.cells.iter().map(|cell| &cell.compared);
            let suite = comparison
                .suite
                .iter()
                .filter_map(|it| it.compared.as_ref());
            let mut checked = 0;
            for compared in cells.chain(suite) {
                assert_eq!(compared.speedup.0.median, 1.0);
                assert_eq!(compared.old, compared.new);
                checked += 1;
            }
            assert!(checked >= 36, "{checked}");
            assert_eq!(comparison.changed_counts, []);
        }
    }
}

/// 200 pairs of runs of equal engines: as many intervals hold 1 as promised, for a cell and for
/// the mean, for times and for ratios.
#[test]
fn equal_runs_are_told_apart_as_seldom_as_promised() {
    let mut base = cut(progression(25), 2, 2);
    base.samples.retain(is_run);
    for sample in &mut base.samples {
        (sample.iterations, sample.nanoseconds) = (1, 1_000_000);
    }
    let mut random = fastrand::Rng::with_seed(6);
    let mut held = [0; 4];
    for _ in 0..200 {
        let mut run = || noisy(base.clone(), &mut random, |_| 1.0);
        let (old, new) = (run(), run());
        let (times, ratios) = (compare(&old, &new), compare_ratios(&old, &new));
        let estimates = [
            speedup(&times, "stack", "fibonacci"),
            suite(&times, "stack").unwrap(),
            speedup(&ratios, "stack", "fibonacci"),
            suite(&ratios, "stack").unwrap(),
        ];
        for (held, estimate) in held.iter_mut().zip(&estimates) {
            *held += u32::from(holds(estimate, 1.0));
        }
    }
    for held in held {
        // Of 200, 190 are expected; 180 and 199 are three standard errors off.
        assert!((180..=199).contains(&held), "{held}");
    }
}

#[test]
fn the_suite_is_the_geometric_mean_of_each_round() {
    let mut old = cut(progression(7), 2, 2);
    old.samples.retain(is_run);
    for sample in &mut old.samples {
        (sample.iterations, sample.nanoseconds) = (1, 8_000 * u64::from(sample.round + 1));
    }
    let mut new = old.clone();
    for sample in &mut new.samples {
        sample.nanoseconds /= if sample.workload.index() == 0 { 2 } else { 8 };
    }
    let comparison = compare(&old, &new);
    let compared = comparison.suite[1].compared.as_ref().unwrap();
    assert!((compared.old - 8_000.0 * 4.0).abs() < 1e-6, "{compared:?}");
    assert!((compared.new - 2_000.0 * 4.0).abs() < 1e-6, "{compared:?}");
    assert!(
        (compared.speedup.0.median - 4.0).abs() < 1e-9,
        "{compared:?}"
    );
    // A round that lacks a workload has no mean.
    new.samples
        .retain(|it| it.round != 3 || it.workload.index() == 0);
    assert_eq!(suite(&compare(&old, &new), "stack").unwrap().values, 13);
}

#[test]
fn phases_may_be_compared() {
    let old = progression(30);
    let new = again(old.clone(), 4, |sample| match sample.measure {
        Measure::Compile => 1.5,
        _ => 1.0,
    });
    let compile = compare_by(&old, &new, Basis::Times, Measure::Compile).unwrap();
    assert!(holds(&speedup(&compile, "stack", "fibonacci"), 1.0 / 1.5));
    let run = compare(&old, &new);
    assert!(holds(&speedup(&run, "stack", "fibonacci"), 1.0));
    // Where only the reference was parsed, the others have no line for each workload.
    let mut parsed = old.clone();
    parsed
        .samples
        .retain(|it| it.measure != Measure::Parse || it.variant == VariantId(0));
    let parse = compare_by(&parsed, &parsed, Basis::Times, Measure::Parse).unwrap();
    assert_eq!(parse.cells.len(), 5);
    assert_eq!(parse.left_out.len(), 6);
    assert_eq!(left_out(&parse)[0], "stack: neither run timed its parse");
    parsed.samples.push(Sample {
        variant: VariantId(1),
        ..*parsed
            .samples
            .iter()
            .find(|it| it.measure == Measure::Parse)
            .unwrap()
    });
    let parse = compare_by(&parsed, &parsed, Basis::Times, Measure::Parse).unwrap();
    let some = left_out(&parse);
    assert_eq!((parse.cells.len(), some.len()), (6, 9), "{some:?}");
    assert_eq!(some[0], "stack on hash-access: neither run timed its parse");
    parsed.samples.pop();
    let error = compare_by(&parsed, &parsed, Basis::Ratios, Measure::Parse).unwrap_err();
    assert!(error.to_string().ends_with("; and 2 more"), "{error}");
}

#[test]
fn changed_counts_are_facts() {
    let old = progression(8);
    let mut new = progression(8);
    let counts = |results: &mut Results, index: usize| results.cells[index].counts.take().unwrap();
    let mut changed = counts(&mut new, 1);
    let dispatched = changed.dispatched.unwrap();
    changed.dispatched = Some(dispatched + 1);
    changed.allocations = None;
    new.cells[1].counts = Some(changed);
    counts(&mut new, 2);
    let comparison = compare(&old, &new);
    let [change] = &*comparison.changed_counts else {
        panic!("{:?}", comparison.changed_counts);
    };
    assert_eq!(
        (&*change.variant, &*change.workload, change.count),
        ("stack", "fibonacci", "dispatched")
    );
    assert_eq!((change.old, change.new), (dispatched, dispatched + 1));
    assert!((change.change_percent.unwrap() - 100.0 / dispatched as f64).abs() < 1e-9);
    // 30 cells have four counts, the tree's five have two; five are gone.
    assert_eq!(comparison.counts_compared, 30 * 4 + 5 * 2 - 5);
    // Counts are of no machine.
    new.environment.cpu.push('x');
    let other_machine = compare(&old, &new);
    assert_eq!(other_machine.changed_counts, comparison.changed_counts);
    assert!(
        other_machine
            .terminal(100, false)
            .contains("Changed: 1 of the 125")
    );
}

#[test]
fn a_comparison_as_its_readers_see_it() {
    let old = progression(20);
    let mut new = again(cut(progression(30), 7, 3), 5, slower_stack);
    new.tool.commit = Some("0ddba11".to_owned());
    new.tool.dirty = true;
    new.tool.rustc = "rustc 1.96.0".to_owned();
    let counts = new.cells[1].counts.as_mut().unwrap();
    counts.dispatched = counts.dispatched.map(|it| it + it / 10);
    let times = compare(&old, &new);
    for width in [60, 100] {
        let text = times.terminal(width, false);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= usize::from(width), "{widest} > {width}:\n{text}");
        assert!(!text.contains('\x1b'));
        insta::assert_snapshot!(format!("terminal-{width}"), text);
    }
    assert!(times.terminal(100, true).contains("\x1b[1m"));
    insta::assert_snapshot!("ratios.md", compare_ratios(&old, &new).markdown());
    let small = compare(&cut(old, 2, 1), &cut(new, 2, 1));
    let mut json = serde_json::to_value(&small).unwrap();
    round(&mut json);
    let json = serde_json::to_string_pretty(&json).unwrap();
    insta::assert_snapshot!("comparison.json", json);
}

/// Rounds every number: the last digits of a logarithm are the system's.
fn round(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Number(number) if number.is_f64() => {
            let rounded = format!("{:.6e}", number.as_f64().unwrap());
            *value = rounded.parse::<f64>().unwrap().into();
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(round),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(round),
        _ => {}
    }
}

/// Too few rounds for intervals, extreme times, hostile names: nothing panics, and nothing is said
/// that can't be known.
#[test]
fn odd_runs_are_compared_as_far_as_they_can_be() {
    let few = compare(&progression(3), &progression(3));
    let verdicts = few
        .cells
        .iter()
        .map(|cell| Verdict::of(&cell.compared.speedup.0));
    assert!(verdicts.into_iter().all(|it| it == Verdict::CantTell));
    assert_eq!(few.invalid.len(), 2, "too few rounds in both");
    few.terminal(40, false);
    // One round has no halves.
    assert_eq!(compare(&progression(1), &progression(1)).old.drift, None);

    let mut odd = progression(8);
    for (index, sample) in odd.samples.iter_mut().enumerate() {
        (sample.nanoseconds, sample.iterations) = match index % 3 {
            0 => (u64::MAX, 1),
            1 => (1, u64::MAX),
            _ => continue,
        };
    }
    odd.variants[1].name = "st|ack <b>`".to_owned();
    let comparison = compare(&odd, &odd);
    assert!(comparison.markdown().contains("st\\|ack &lt;b&gt;\\`"));
    comparison.terminal(80, true);
    serde_json::to_string(&comparison).unwrap();
}
