//! Two runs compared whose truth is known, and everything that keeps two runs from being compared.

mod support;

use reports::comparison::{Basis, Code, CompareError, Comparison, Finding, Invalid, LeftOut};
use reports::schema::{Measure, Results, Sample, VariantId};
use reports::stats::{Estimate, Verdict};
use support::{cut, progression, with_failure, with_host_counts};

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
fn times_of_another_machine_are_not_compared() {
    let old = progression(8);
    let mut new = again(old.clone(), 3, |_| 2.0);
    new.environment.kernel = "6.2.0".to_owned();
    new.environment.cores = 4;
    new.environment.hypervisor = None;
    new.tool.commit = Some("abcdef0".to_owned());
    let comparison = compare(&old, &new);
    assert!(matches!(&*comparison.invalid, [Invalid::OtherMachine(parts)] if parts.len() == 2));
    assert_eq!((comparison.cells.len(), comparison.suite.len()), (0, 0));
    for text in [comparison.terminal(100, false), comparison.markdown()] {
        for part in ["INVALID", "--ratios", "cores 2 → 4", "kernel 6.1.0 → 6.2.0"] {
            assert!(text.replace('\n', " ").contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("fibonacci"), "no figures:\n{text}");
    }
    let ratios = compare_ratios(&old, &new);
    assert_eq!(ratios.invalid, []);
    let stack = speedup(&ratios, "stack", "fibonacci");
    assert!(holds(&stack, 1.0), "{stack:?}");
    let differences: Vec<&str> = ratios.differences.iter().map(|it| it.what).collect();
    assert_eq!(differences, ["cores", "hypervisor", "commit", "kernel"]);
}

/// An update of the kernel doesn't end a history, and settings of the compiler are what one compares;
/// but both are said.
#[test]
fn another_kernel_and_other_settings_differ_and_are_compared() {
    let old = progression(8);
    let mut new = again(old.clone(), 3, |_| 2.0);
    new.environment.kernel = "6.2.0".to_owned();
    new.tool.settings = "opt-level=1".to_owned();
    let comparison = compare(&old, &new);
    assert_eq!(comparison.invalid, []);
    assert!(!comparison.cells.is_empty());
    let text = comparison.terminal(100, false);
    for part in [
        "differs: kernel 6.1.0 → 6.2.0",
        "differs: compiler settings unknown → opt-level=1",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// Each part of the key alone makes it another; what one compares, and what disturbs, doesn't.
#[test]
fn the_key_is_of_what_times_depend_on() {
    let base = progression(0);
    let changed = |change: fn(&mut Results)| {
        let mut other = progression(0);
        change(&mut other);
        let parts = base.machine_key().differences(&other.machine_key());
        let parts: Vec<&str> = parts.iter().map(|it| it.what).collect();
        parts.join(",")
    };
    assert_eq!(changed(|it| it.environment.cpu.push('x')), "processor");
    assert_eq!(changed(|it| it.environment.cores = 3), "cores");
    assert_eq!(
        changed(|it| it.environment.governor = Some("powersave".to_owned())),
        "governor"
    );
    assert_eq!(changed(|it| it.environment.hypervisor = None), "hypervisor");
    assert_eq!(
        changed(|it| it.environment.os.push('x')),
        "operating system"
    );
    assert_eq!(changed(|it| it.environment.kernel.push('x')), "");
    assert_eq!(changed(|it| it.tool.settings.push('x')), "");
    assert_eq!(changed(|it| it.tool.target.push('x')), "target");
    assert_eq!(changed(|it| it.tool.profile.push('x')), "profile");
    assert_eq!(changed(|it| it.tool.rustc.push('x')), "");
    assert_eq!(changed(|it| it.tool.commit = None), "");
    assert_eq!(changed(|it| it.environment.load_before = None), "");
    assert_eq!(changed(|it| it.environment.memory_bytes = None), "");
    assert_eq!(
        base.machine_key().to_string(),
        "Example CPU @ 2.80GHz, 2 cores, hypervisor KVM, Debian GNU/Linux 12, \
         x86_64-unknown-linux-gnu, profile release"
    );
}

#[test]
fn an_invalid_run_makes_the_comparison_invalid() {
    let good = progression(10);
    let mut busy = progression(10);
    busy.environment.load_before = Some(7.0);
    for compare in [compare, compare_ratios] {
        let comparison = compare(&good, &busy);
        let reasons: Vec<String> = comparison.invalid.iter().map(Invalid::to_string).collect();
        assert_eq!(reasons.len(), 1);
        assert!(
            reasons[0].starts_with("the new run: the load average"),
            "{reasons:?}"
        );
        let text = comparison.terminal(100, false);
        assert!(text.starts_with("INVALID: the new run"), "{text}");
        assert!(
            text.contains("fibonacci(25)"),
            "the figures are shown:\n{text}"
        );
        assert_eq!(compare(&busy, &busy).invalid.len(), 2);
    }
}

#[test]
fn what_is_in_one_run_only_is_named() {
    let whole = progression(8);
    let part = cut(progression(8), 6, 4);
    let comparison = compare(&whole, &part);
    assert_eq!(comparison.cells.len(), 24);
    assert_eq!(
        left_out(&comparison),
        [
            "stack+co+si+cf+ic+ts: it is only in the old run",
            "integer-arithmetic: it is only in the old run",
        ]
    );
    assert!(left_out(&compare(&part, &whole))[0].ends_with("only in the new run"));
    let text = comparison.terminal(100, false);
    assert!(
        text.contains("Not compared\nstack+co+si+cf+ic+ts: it is only"),
        "{text}"
    );
}

#[test]
fn failed_and_untimed_cells_are_named() {
    let old = with_failure(progression(8), 3, 1);
    let mut new = progression(8);
    new.samples
        .retain(|it| !(is_run(it) && it.variant == VariantId(2) && it.workload.index() == 0));
    let comparison = compare(&old, &new);
    assert_eq!(comparison.cells.len(), 33);
    let [untimed, failed] = &*left_out(&comparison) else {
        panic!("{:?}", comparison.left_out);
    };
    assert_eq!(
        untimed,
        "stack+co on fibonacci: the new run did not time its run"
    );
    assert!(
        failed.starts_with("stack+co+si on hash-access: failed in the old run: a sample failed"),
        "{failed}"
    );
    assert_eq!(suite(&comparison, "stack+co"), None);
    assert!(suite(&comparison, "stack").is_some());
    assert!(
        comparison
            .markdown()
            .contains("not every workload of the suite")
    );
    let untimed = left_out(&compare_ratios(&progression(8), &new));
    assert_eq!(
        untimed,
        ["stack+co on fibonacci: the new run has no round that timed its run and the reference's"]
    );
    // The reference's failure takes every ratio on that workload with it.
    let ratios = compare_ratios(&with_failure(progression(8), 0, 2), &new);
    let lost = left_out(&ratios);
    let lost = lost
        .iter()
        .filter(|it| it.contains("the reference failed in the old run"));
    assert_eq!(lost.count(), 6);
}

#[test]
fn another_program_is_not_compared() {
    let old = progression(8);
    let mut new = progression(8);
    new.workloads[0].size = Some(30);
    new.workloads[1].value = "3".to_owned();
    for cell in &mut new.cells {
        cell.counts.as_mut().unwrap().calls = Some(1);
    }
    let comparison = compare(&old, &new);
    assert_eq!(comparison.cells.len(), 21);
    assert_eq!(
        left_out(&comparison),
        [
            "fibonacci: it has size 25 in the old run, size 30 in the new run",
            "hash-access: its value is 75025 in the old run, 3 in the new run, so it is another \
             program",
        ]
    );
    assert_eq!(comparison.changed_counts.len(), 21, "nor are its counts");
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
fn runs_without_anything_in_common_are_refused() {
    let old = cut(progression(8), 1, 1);
    let mut new = cut(progression(8), 1, 1);
    let error = compare_by(&old, &new, Basis::Ratios, Measure::Run).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the two runs have nothing in common to compare but the reference itself"
    );
    new.workloads[0].size = Some(30);
    let error = compare_by(&old, &new, Basis::Times, Measure::Run).unwrap_err();
    assert!(error.to_string().contains("size 25"), "{error}");
    assert!(
        error.to_string().ends_with("size 30 in the new run"),
        "{error}"
    );

    new = progression(8);
    new.samples.retain(|sample| !sample.control);
    new.experiment.reference = "stack".to_owned();
    let error = compare_by(&progression(8), &new, Basis::Ratios, Measure::Run).unwrap_err();
    assert!(
        matches!(error, CompareError::OtherReference { .. }),
        "{error}"
    );
    assert_eq!(compare(&progression(8), &new).cells.len(), 35);
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

/// The run again, of the same build, on a machine that is slower by a factor.
fn drifted(results: Results, factor: f64) -> Results {
    let commit = results.tool.commit.clone();
    let mut results = again(results, 5, |_| factor);
    results.tool.commit = commit;
    results
}

fn findings(comparison: &Comparison) -> Vec<Finding> {
    let cells = comparison.cells.iter();
    cells.map(|cell| cell.compared.verdict).collect()
}

#[test]
fn the_same_code_is_never_called_faster_or_slower() {
    let run = cut(progression(30), 3, 2);
    for (factor, basis) in [
        (1.03, Basis::Times),
        (0.97, Basis::Times),
        (2.0, Basis::Times),
        (1.03, Basis::Ratios),
    ] {
        let comparison = compare_by(&run, &drifted(run.clone(), factor), basis, Measure::Run);
        let comparison = comparison.unwrap();
        let found = findings(&comparison);
        let none = |it: &Finding| !matches!(it, Finding::Faster | Finding::Slower);
        assert!(found.iter().all(none), "{factor}: {found:?}");
        assert!(
            comparison
                .cells
                .iter()
                .all(|it| it.compared.code == Code::Same)
        );
        let suite = comparison
            .suite
            .iter()
            .filter_map(|it| it.compared.as_ref());
        assert!(suite.map(|it| it.verdict).all(|it| none(&it)));
        if basis == Basis::Times {
            assert_eq!(found, [Finding::DriftBetweenRuns; 6], "{factor}");
            let [
                Invalid::Drift {
                    cells: 6,
                    of: 6,
                    percent,
                },
            ] = comparison.invalid[..]
            else {
                panic!("{:?}", comparison.invalid);
            };
            assert!(
                (percent - (factor.max(1.0 / factor) - 1.0) * 100.0).abs() < 1.0,
                "{percent}"
            );
            let text = comparison.terminal(100, false).replace('\n', " ");
            for part in [
                "INVALID: drift between runs: 6 of 6 cells differ",
                "their code is the same in both. New against old, 6 cells: 0 faster, 0 slower,",
                "6 drift between runs.",
                // The intervals stay.
                " [",
                "side by side",
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(!text.contains("The reference itself"), "{text}");
            let json = serde_json::to_value(&comparison).unwrap();
            assert_eq!(json["cells"][0]["verdict"], "drift_between_runs");
            assert_eq!(json["cells"][0]["code"], "same");
            assert!(json["cells"][0]["low"].is_f64());
        }
    }
    // Without a difference there is no drift, and nothing against the comparison.
    let quiet = compare(&run, &drifted(run.clone(), 1.0));
    assert_eq!(quiet.invalid, []);
    assert!(quiet.terminal(100, false).contains("0 drift between runs"));
}

/// A tree with changes has no commit that says what was built, but its file does.
#[test]
fn two_runs_of_one_file_are_of_the_same_code_whatever_the_tree() {
    let mut run = cut(progression(30), 2, 1);
    run.tool.dirty = true;
    run.tool.executable = Some("0123456789abcdef".to_owned());
    let compared = |new: &Results| compare(&run, new).cells[1].compared.clone();
    let mut new = drifted(run.clone(), 1.2);
    assert_eq!(compared(&new).code, Code::Same);
    assert_eq!(compared(&new).verdict, Finding::DriftBetweenRuns);
    for other in [Some("fedcba9876543210".to_owned()), None] {
        new.tool.executable = other;
        assert_eq!(compared(&new).code, Code::SameWork);
        assert_eq!(compared(&new).verdict, Finding::Slower);
    }
    // Two builds of one clean commit may have other paths in them.
    run.tool.dirty = false;
    new.tool.dirty = false;
    assert_eq!(compare(&run, &new).cells[1].compared.code, Code::Same);
}

/// Whatever may make the code another one keeps the verdicts as they are.
#[test]
fn code_that_may_differ_is_judged() {
    let run = cut(progression(30), 2, 1);
    let slower = drifted(run.clone(), 1.2);
    let compared = |change: &dyn Fn(&mut Results, &mut Results)| {
        let (mut old, mut new) = (run.clone(), slower.clone());
        change(&mut old, &mut new);
        let comparison = compare(&old, &new);
        assert_eq!(comparison.invalid, []);
        let cell = &comparison.cells[1].compared;
        assert_eq!(cell.verdict, Finding::Slower);
        (cell.code, comparison.terminal(100, false))
    };
    let same_work: [fn(&mut Results, &mut Results); 5] = [
        |_, new| new.tool.commit = Some("0e4d2f1".to_owned()),
        |old, new| (old.tool.commit, new.tool.commit) = (None, None),
        |old, new| (old.tool.dirty, new.tool.dirty) = (true, true),
        |_, new| new.tool.rustc = "rustc 1.96.0".to_owned(),
        |_, new| new.variants.iter_mut().for_each(|it| it.builtin = false),
    ];
    for change in same_work {
        let (code, text) = compared(&change);
        assert_eq!(code, Code::SameWork);
        assert!(text.contains("the same work was done"), "{text}");
        assert!(!text.contains("drift between runs"), "{text}");
    }
    // Other counts are other code, whatever the commit says; and none say nothing.
    let (code, _) = compared(&|_, new| {
        for cell in &mut new.cells {
            cell.counts.as_mut().unwrap().allocations = Some(1);
        }
    });
    assert_eq!(code, Code::Unknown);
    let (code, _) = compared(&|_, new| {
        new.tool.commit = None;
        new.cells.clear();
    });
    assert_eq!(code, Code::Unknown);
    // Host instructions that were counted alike tell, too.
    let (code, _) = compared(&|old, new| {
        (*old, *new) = (with_host_counts(old.clone()), with_host_counts(new.clone()));
        for cell in &mut new.cells {
            cell.host_instructions = cell.host_instructions.map(|it| it + it / 100);
        }
    });
    assert_eq!(code, Code::Unknown);
}
