//! What may be said of many comparisons together.

mod support;

use reports::analysis::Analysis;
use reports::schema::{ExperimentKind, Layouts, Measure, Repeats, Results, VariantId, WorkloadId};
use reports::stats::Verdict;
use reports::verdicts::{Judgement, Over, Verdicts};
use support::{cut, progression};

const FIBONACCI: WorkloadId = WorkloadId(0);
const FOLDING: VariantId = VariantId(4);

/// Makes the last of three variants as fast as the second, but for its being faster in so many rounds.
fn nearly_equal(rounds: u32, faster: u32, workloads: usize) -> Results {
    let mut results = cut(progression(rounds), 3, workloads);
    results.samples.retain(|it| it.measure == Measure::Run);
    for sample in &mut results.samples {
        sample.iterations = 1;
        sample.nanoseconds = match sample.variant {
            VariantId(2) if sample.round < faster => 9_000,
            VariantId(2) => 12_000,
            _ => 10_000,
        };
    }
    results
}

/// What the columns `verdict` and `step_verdict` of the figures say.
fn verdicts_of_figures(
    results: &Results,
    workload: &str,
    variant: &str,
    measure: &str,
) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    reports::write_report(results, folder.path()).unwrap();
    let mut rows = csv::Reader::from_path(folder.path().join("results.csv")).unwrap();
    let header = rows.headers().unwrap().clone();
    let of = |row: &csv::StringRecord, name| {
        let column = header.iter().position(|it| it == name).unwrap();
        row[column].to_owned()
    };
    let row = rows.records().map(Result::unwrap).find(|row| {
        [
            ("workload", workload),
            ("variant", variant),
            ("measure", measure),
        ]
        .into_iter()
        .all(|(name, wanted)| of(row, name) == wanted)
    });
    let row = row.unwrap();
    ["verdict", "step_verdict"].map(|name| of(&row, name))
}

/// The report as it is written.
fn report_of(results: &Results) -> String {
    let folder = tempfile::tempdir().unwrap();
    let written = reports::write_report(results, folder.path()).unwrap();
    std::fs::read_to_string(written.report).unwrap()
}

fn on_fibonacci(results: &Results, variant: VariantId) -> Judgement {
    let analysis = Analysis::new(results);
    analysis
        .verdicts()
        .between(
            Over::Workload(FIBONACCI),
            analysis.base(variant).unwrap(),
            variant,
        )
        .unwrap()
}

#[test]
fn what_a_single_interval_says_is_no_verdict_among_many() {
    // 18 of 20 rounds, the other two by more: p = 0.014. Alone that is enough, among many it is not.
    let alone = nearly_equal(20, 18, 1);
    let analysis = Analysis::new(&alone);
    let speedup = analysis
        .speedup(Measure::Run, FIBONACCI, VariantId(1), VariantId(2))
        .unwrap();
    assert_eq!(Verdict::of(&speedup), Verdict::Faster);
    let mut one = alone.clone();
    one.variants.remove(0);
    one.samples.retain(|it| it.variant != VariantId(0));
    for sample in &mut one.samples {
        sample.variant.0 -= 1;
    }
    one.cells.clear();
    one.experiment.reference = one.variants[0].name.clone();
    assert_eq!(
        on_fibonacci(&one, VariantId(1)),
        Judgement::Told(Verdict::Faster)
    );

    let many = nearly_equal(20, 18, 5);
    let judgement = on_fibonacci(&many, VariantId(2));
    assert_eq!(judgement, Judgement::Alone(Verdict::Faster));
    assert_eq!(judgement.verdict(), Verdict::CantTell);
    assert_eq!(judgement.to_string(), "faster?");
    assert_eq!(judgement.name(), "faster_uncorrected");
    let report = report_of(&many);
    assert!(report.contains("faster?"), "{report}");
    assert!(report.contains("by the interval alone"), "{report}");
}

#[test]
fn so_few_rounds_are_a_first_look() {
    let quick = progression(7);
    assert_eq!(on_fibonacci(&quick, VariantId(1)), Judgement::FirstLook);
    let family = Analysis::new(&quick).verdicts().family();
    let fewest = Verdicts::fewest(family);
    let told = format!("too few rounds to tell anything of so many, which takes at least {fewest}");
    assert!(report_of(&quick).contains(&told), "{told}");
    // Runs that have more rounds are no more runs.
    let mut runs = progression(21);
    runs.repeats = Some(Repeats {
        runs: 7.try_into().unwrap(),
        rounds: 3.try_into().unwrap(),
        pause_seconds: 0,
    });
    assert_eq!(on_fibonacci(&runs, VariantId(1)), Judgement::FirstLook);
    assert!(report_of(&runs).contains("too few runs to tell anything"));
    let whole = progression(21);
    assert_eq!(
        on_fibonacci(&whole, VariantId(1)),
        Judgement::Told(Verdict::Faster)
    );
}

#[test]
fn as_many_rounds_as_are_said_to_be_enough_are_and_one_less_is_not() {
    let verdict = |rounds| on_fibonacci(&progression(rounds), VariantId(1));
    let family = Analysis::new(&progression(20)).verdicts().family();
    let fewest = u32::try_from(Verdicts::fewest(family)).unwrap();
    assert_eq!(verdict(fewest), Judgement::Told(Verdict::Faster));
    assert_eq!(verdict(fewest - 1), Judgement::FirstLook);
    assert_eq!(Verdicts::fewest(1), 6);
    // What will be asked is known before.
    let mut nothing = progression(20);
    nothing.samples.clear();
    assert_eq!(Verdicts::asked(&Analysis::new(&nothing)), family);
}

#[test]
fn the_same_code_is_a_control_whatever_is_measured() {
    let mut results = progression(40);
    let family = Analysis::new(&results).verdicts().family();
    for sample in &mut results.samples {
        if sample.variant == FOLDING && sample.workload == FIBONACCI {
            sample.nanoseconds = sample.nanoseconds * 9 / 10;
        }
    }
    assert_eq!(
        on_fibonacci(&results, FOLDING),
        Judgement::Told(Verdict::Faster)
    );
    for cell in &mut results.cells {
        let same = cell.variant.0 + 1 == FOLDING.0 || cell.variant == FOLDING;
        if same && cell.workload == FIBONACCI {
            cell.code = Some("0123456789abcdef".to_owned());
        }
    }
    assert_eq!(on_fibonacci(&results, FOLDING), Judgement::SameCode);
    let analysis = Analysis::new(&results);
    assert_eq!(analysis.verdicts().family(), family - 1);
    let report = report_of(&results);
    assert!(report.contains("1 more of the same code"), "{report}");
    assert!(report.contains("same code |"), "{report}");
    let said = |measure| verdicts_of_figures(&results, "fibonacci", "stack+co+si+cf", measure);
    // The speedup over the reference is no question of this report.
    assert_eq!(said("run"), ["faster_uncorrected", "same_code"]);
    assert_eq!(said("instantiate")[1], "same_code");
    // Two compilers may take different ways to the same code.
    assert_ne!(said("compile")[1], "same_code");
}

#[test]
fn what_is_not_corrected_is_not_called_by_the_words_of_what_is() {
    let mut results = progression(40);
    // All are what the reference is, the code too.
    for cell in &mut results.cells {
        cell.code = Some("0123456789abcdef".to_owned());
    }
    let said = verdicts_of_figures(&results, "fibonacci", "stack+co+si", "run");
    assert_eq!(said, ["same_code", "same_code"]);

    let results = progression(40);
    let analysis = Analysis::new(&results);
    for measure in results.measures() {
        for workload in results.workload_ids() {
            for variant in results.variant_ids() {
                let reference = results.reference();
                let over = Over::Workload(workload);
                let is_asked = measure == Measure::Run
                    && analysis
                        .verdicts()
                        .between(over, reference, variant)
                        .is_some();
                let judgement = analysis.judgement(measure, workload, reference, variant);
                let is_told = matches!(
                    judgement,
                    Some(Judgement::Told(Verdict::Faster | Verdict::Slower))
                );
                assert!(is_asked || !is_told, "{measure:?} {judgement:?}");
            }
        }
    }
}

/// A bound is a hypothesis among as many others: what is slower by 20 % in each round is so by 10 %, and what the
/// interval of one comparison alone puts beyond a bound is not.
#[test]
fn a_bound_is_corrected_as_the_verdicts_are() {
    let slower = |results: &Results, percent: f64| {
        let analysis = Analysis::new(results);
        let slower = analysis.verdicts().slower_by(&analysis, percent);
        slower
            .into_iter()
            .filter(|it| it.variant == VariantId(2))
            .count()
    };
    // Slower by 20 % in each round, on five workloads and over their mean.
    let clearly = nearly_equal(20, 0, 5);
    assert_eq!([0.0, 10.0, 19.0].map(|it| slower(&clearly, it)), [6, 6, 6]);
    assert_eq!([20.5, 30.0].map(|it| slower(&clearly, it)), [0, 0]);
    // By 20 % in 18 rounds, by less in two: alone p = 0.014 of being slower by 15 %, which is no surprise among many.
    let mut hardly = clearly;
    for sample in &mut hardly.samples {
        if sample.variant == VariantId(2) && sample.round < 2 {
            sample.nanoseconds = 10_500;
        }
    }
    let analysis = Analysis::new(&hardly);
    let speedup = analysis.speedup(Measure::Run, FIBONACCI, VariantId(1), VariantId(2));
    assert!(speedup.unwrap().interval.unwrap().high < 1.0 / 1.15);
    assert_eq!(slower(&hardly, 0.0), 6);
    assert_eq!(slower(&hardly, 15.0), 0);
}

/// The second of two variants as the new build's, the first as the old one's.
fn builds(mut results: Results) -> Results {
    results.experiment.kind = ExperimentKind::Builds;
    results.variants[1].counterpart = Some(results.variants[0].name.clone());
    results.layouts = Some(Layouts::EachRound);
    results
}

#[test]
fn two_builds_differ_within_the_layouts_that_they_have() {
    let mut results = builds(cut(progression(20), 2, 2));
    let of_each = report_of(&results);
    assert!(
        of_each
            .contains("Of 3 comparisons of the new build with the old, 3 are faster and 0 slower.")
    );
    assert!(!of_each.contains("within one layout"), "{of_each}");
    for layouts in [
        Layouts::OwnOnly {
            why: "no objects".to_owned(),
        },
        Layouts::One {
            why: "no objects".to_owned(),
        },
    ] {
        results.layouts = Some(layouts);
        let report = report_of(&results);
        assert!(
            report.contains("3 are faster and 0 slower, within one layout."),
            "{report}"
        );
        let note = "The verdicts are within one layout (no objects):";
        // Below the headline's table and below that of all workloads.
        assert_eq!(report.matches(note).count(), 2, "{report}");
    }
}

#[test]
fn what_is_the_same_code_is_no_comparison_of_builds() {
    let quick = report_of(&builds(cut(progression(6), 2, 2)));
    let first_look = "Of 3 comparisons of the new build with the old, a first look: too few rounds";
    assert!(quick.contains(first_look), "{quick}");

    let mut results = builds(cut(progression(20), 2, 2));
    let same = |results: &mut Results, workload| {
        for cell in &mut results.cells {
            if cell.workload == workload {
                cell.code = Some("0123456789abcdef".to_owned());
            }
        }
    };
    same(&mut results, FIBONACCI);
    let report = report_of(&results);
    assert!(
        report.contains("Of 2 comparisons of the new build with the old, 2 are faster"),
        "{report}"
    );
    same(&mut results, WorkloadId(1));
    let report = report_of(&results);
    assert!(
        report
            .contains("Of 3 comparisons of the new build with the old, all are of the same code."),
        "{report}"
    );
}

#[test]
fn the_fastest_is_one_that_is_told() {
    let mut results = nearly_equal(20, 18, 1);
    results.experiment.kind = ExperimentKind::Comparison;
    for sample in &mut results.samples {
        // The first is faster in every round, the second by more in most and slower in the others.
        sample.nanoseconds = match sample.variant {
            VariantId(1) => 9_300 + u64::from(sample.round),
            VariantId(2) if sample.round % 4 > 0 => 7_500 + u64::from(sample.round),
            VariantId(2) => 14_000,
            _ => 10_000,
        };
    }
    assert_eq!(
        on_fibonacci(&results, VariantId(1)),
        Judgement::Told(Verdict::Faster)
    );
    assert_ne!(
        on_fibonacci(&results, VariantId(2)).verdict(),
        Verdict::Faster
    );
    let report = report_of(&results);
    let headline = report
        .lines()
        .find(|line| line.contains("On fibonacci"))
        .unwrap();
    assert!(
        headline.contains("Unoptimized VM is faster than"),
        "{headline}"
    );
    assert!(
        headline.contains("is the fastest that is told from it, though"),
        "{headline}"
    );
    assert!(!headline.contains("nothing is"), "{headline}");
}
