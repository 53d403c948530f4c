//! Runs of one code: whatever differs between them is the runs, and no verdict on the code.

use reports::comparison::{Basis, Code, Comparison, Finding, Invalid};
use reports::schema::{Measure, Repeats, Results, VariantId};
use reports::stats::Verdict;

use crate::support::{cut, progression, with_host_counts};
use crate::{again, compare, compare_by};

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
        assert_eq!(compared(&new).verdict, Finding::CantTellBetweenRuns);
        assert_eq!(compared(&new).within_runs, Verdict::Slower);
    }
    // Two builds of one clean commit may have other paths in them.
    run.tool.dirty = false;
    new.tool.dirty = false;
    assert_eq!(compare(&run, &new).cells[1].compared.code, Code::Same);
}

/// Whatever may make the code another one makes it no control: without controls, nobody can tell.
#[test]
fn code_that_may_differ_is_no_control() {
    let run = cut(progression(30), 2, 1);
    let slower = drifted(run.clone(), 1.2);
    let compared = |change: &dyn Fn(&mut Results, &mut Results)| {
        let (mut old, mut new) = (run.clone(), slower.clone());
        change(&mut old, &mut new);
        let comparison = compare(&old, &new);
        assert_eq!(comparison.invalid, []);
        let cell = &comparison.cells[1].compared;
        assert_eq!(cell.verdict, Finding::CantTellBetweenRuns);
        assert_eq!(cell.within_runs, Verdict::Slower);
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

/// A run of another commit, on a machine that is slower by 3 %, in which `stack` does other work and takes
/// so many times as long.
fn changed(run: &Results, factor: f64) -> Results {
    const STACK: VariantId = VariantId(1);
    let mut new = again(run.clone(), 5, |sample| match sample.variant {
        STACK => 1.03 * factor,
        _ => 1.03,
    });
    new.tool.commit = Some("0e4d2f1".to_owned());
    for cell in new.cells.iter_mut().filter(|it| it.variant == STACK) {
        cell.host_instructions = cell.host_instructions.map(|it| it * 2);
    }
    new
}

#[test]
fn enough_cells_of_the_same_code_tell_how_far_runs_differ() {
    let run = with_host_counts(progression(30));
    for (factor, wanted) in [
        // So few controls can't tell as many cells apart together.
        (1.2, Finding::SlowerUncorrected),
        (0.8, Finding::FasterUncorrected),
        (1.0, Finding::CantTell),
    ] {
        let comparison = compare(&run, &changed(&run, factor));
        // Six other variants on the four workloads that were counted.
        assert_eq!(comparison.between_runs.controls, 24);
        // Four cells of `stack`, the seven that weren't counted, and a mean for each variant.
        assert_eq!(comparison.between_runs.family, 18);
        let percent = comparison.between_runs.percent.unwrap();
        assert!((2.0..4.5).contains(&percent), "{percent}");
        assert_eq!(comparison.invalid, [], "that is allowed for");
        for cell in &comparison.cells {
            let verdict = cell.compared.verdict;
            match (cell.variant.as_str(), cell.compared.code) {
                ("stack", _) if cell.workload != "nested-loops" => {
                    assert_eq!(verdict, wanted, "{factor} {cell:?}")
                }
                (_, Code::SameInstructions) => assert!(
                    matches!(verdict, Finding::CantTell | Finding::Same),
                    "{cell:?}"
                ),
                // Nobody counted them, so 3 % may be drift.
                _ => assert!(
                    matches!(
                        verdict,
                        Finding::CantTell | Finding::SlowerUncorrected | Finding::FasterUncorrected
                    ),
                    "{cell:?}"
                ),
            }
        }
        let text = comparison.terminal(100, false).replace('\n', " ");
        assert!(
            text.contains("24 cells of the same code differ by up to"),
            "{text}"
        );
    }
}

/// Intervals over several runs hold what differs between runs, so nothing is widened, and nothing unknown.
#[test]
fn repeated_runs_are_judged_as_they_are() {
    let mut run = with_host_counts(progression(30));
    let repeats = |runs| {
        let number = |it| std::num::NonZeroU32::new(it).unwrap();
        Some(Repeats {
            runs: number(runs),
            rounds: number(30 / runs),
            pause_seconds: 0,
        })
    };
    run.repeats = repeats(6);
    let mut new = changed(&run, 1.2);
    let comparison = compare(&run, &new);
    assert!(comparison.between_runs.repeated);
    let stack = comparison
        .cells
        .iter()
        .find(|it| it.variant == "stack")
        .unwrap();
    assert_eq!(stack.compared.verdict, Finding::Slower);
    let text = comparison.terminal(100, false);
    assert!(text.contains("each file holds several"), "{text}");
    new.repeats = repeats(3);
    assert!(!compare(&run, &new).between_runs.repeated);
}
