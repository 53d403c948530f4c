use reports::schema::ExperimentKind;

use super::*;
use crate::experiments;

fn planned(engines: &[&str], workloads: &[&str], sizes: &[&str]) -> anyhow::Result<Plan> {
    let names = |names: &[&str]| names.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    let sizes: Vec<SizeOption> = sizes.iter().map(|size| size.parse().unwrap()).collect();
    Plan::new(Request {
        experiment: experiments::find(experiments::DEFAULT, None, false)?,
        engines: &names(engines),
        workloads: &names(workloads),
        sizes: &sizes,
        quick: true,
        rounds: None,
        seed: 1,
        variance: false,
        repeat: None,
        against: None,
    })
}

#[test]
fn the_default_is_the_experiments() {
    let plan = planned(&[], &[], &[]).unwrap();
    assert_eq!(plan.tasks.len(), workloads::documented().len());
    assert_eq!(plan.tasks[0].workload.title, "fibonacci(25)");
    assert_eq!(plan.experiment.kind, ExperimentKind::Progression);
}

#[test]
fn other_engines_and_workloads_are_another_comparison() {
    let plan = planned(&["stack", "tree"], &[], &[]).unwrap();
    assert_eq!(plan.experiment.kind, ExperimentKind::Comparison);
    assert_eq!(plan.experiment.reference, "tree");
    let stage = &plan.experiment.contenders[0];
    assert_eq!(stage.label, "Unoptimized VM");

    let plan = planned(&["stack"], &["hash-access"], &[]).unwrap();
    assert_eq!(plan.experiment.reference, "stack");
    assert_eq!(plan.experiment.headline, "hash-access");
    assert_eq!(plan.lost_headline.as_deref(), Some("fibonacci"));
}

/// A label such as "+ superinstructions" says what its variant has more than the row before.
#[test]
fn a_step_is_named_only_after_the_row_that_it_starts_from() {
    let rows = |engines: &[&str]| {
        let experiment = planned(engines, &[], &[]).unwrap().experiment;
        let labels = experiment.contenders.iter().map(|it| it.label.clone());
        (experiment.kind, labels.collect::<Vec<_>>())
    };
    let (kind, labels) = rows(&["stack", "stack+all"]);
    assert_eq!(kind, ExperimentKind::Comparison);
    assert_eq!(labels, ["Unoptimized VM", "stack+co+si+cf+ic+ts"]);

    let (kind, labels) = rows(&["stack", "stack+co", "stack+co+si"]);
    assert_eq!(kind, ExperimentKind::Progression);
    let steps = [
        "Unoptimized VM",
        "+ constant operands",
        "+ superinstructions",
    ];
    assert_eq!(labels, steps);

    let (kind, labels) = rows(&["stack+co"]);
    assert_eq!(
        (kind, &*labels[0]),
        (ExperimentKind::Comparison, "stack+co")
    );

    // No row before it, the wrong one, or another order.
    let (_, labels) = rows(&["stack+co", "stack+co+si"]);
    assert_eq!(labels, ["stack+co", "+ superinstructions"]);
    let (_, labels) = rows(&["tree", "stack+co"]);
    assert_eq!(labels, ["Tree-walking evaluator", "stack+co"]);
    let (_, labels) = rows(&["stack+co+si", "stack+co"]);
    assert_eq!(labels, ["stack+co+si", "stack+co"]);
}

/// What the experiment names and this build lacks is nobody's concern who names others.
#[test]
fn only_what_was_asked_for_can_be_missing() {
    let missing = |engines: &[String]| {
        let plan = Plan::new(Request {
            experiment: Experiment {
                not_offered: vec![schema::NotOffered {
                    name: "stack/become".to_owned(),
                    label: "become".to_owned(),
                    why: "it is not built".to_owned(),
                }],
                ..experiments::find(experiments::DEFAULT, None, false).unwrap()
            },
            engines,
            workloads: &[],
            sizes: &[],
            quick: true,
            rounds: None,
            seed: 1,
            variance: false,
            repeat: None,
            against: None,
        });
        plan.unwrap().experiment.not_offered.len()
    };
    assert_eq!(missing(&[]), 1);
    assert_eq!(missing(&["tree".to_owned()]), 0);
}

#[test]
fn another_size_has_no_known_value() {
    let plan = planned(&[], &["fibonacci"], &["fibonacci=10"]).unwrap();
    let workload = &plan.tasks[0].workload;
    assert_eq!((workload.size, &*workload.value), (Some(10), ""));
    assert!(planned(&[], &["fibonacci"], &["hash-access=10"]).is_err());
    assert!(planned(&[], &[], &["fibonacci=10", "fibonacci=11"]).is_err());
    assert!(planned(&[], &[], &["integer-arithmetic=10"]).is_err());
    assert!(planned(&[], &[], &["fibonacci=1000"]).is_err());
}

/// A mean over one of ten programs must not be called the suite's.
#[test]
fn a_part_of_a_suite_is_none() {
    let suites = |words: &[&str]| {
        let plan = planned(&[], words, &[]).unwrap();
        let suites = plan.tasks.into_iter().map(|task| task.workload.suite);
        suites.collect::<Vec<_>>()
    };
    let named = |suite: Suite| vec![Some(suite.name().to_owned()); suite.workloads().len()];
    let documented = named(Suite::Documented);
    assert_eq!(suites(&["documented"]), documented);
    let both = [documented.clone(), named(Suite::Realistic)].concat();
    assert_eq!(suites(&["all"]), both);
    assert_eq!(
        suites(&["documented", "queens"]),
        [&documented[..], &[None]].concat()
    );
    assert_eq!(suites(&["fibonacci", "queens"]), [None, None]);
}
