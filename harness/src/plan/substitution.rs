//! Other variants and workloads in the place of an experiment's, as the command line may ask for, and
//! what the experiment then no longer is.

use reports::schema::ExperimentKind;

use crate::experiments::{Contender, Experiment};
use crate::selection;

/// Puts other variants in the place of the experiment's.
pub(super) fn replace_contenders(
    experiment: &mut Experiment,
    names: &[String],
) -> anyhow::Result<()> {
    let takes_part = |external: &&Contender| {
        experiment
            .contenders
            .iter()
            .any(|it| it.name == external.name)
    };
    let others = experiment.externals.iter().filter(|it| !takes_part(it));
    let nameable: Vec<_> = experiment
        .contenders
        .iter()
        .chain(others)
        .cloned()
        .collect();
    let mut contenders = selection::contenders(names, &nameable)?;
    let present: Vec<String> = contenders.iter().map(|it| it.name.clone()).collect();
    for contender in &mut contenders {
        contender
            .counterpart
            .take_if(|name| !present.contains(name));
    }
    let takes_part = |name: &str| contenders.iter().any(|it| it.name == name);
    if !takes_part(&experiment.reference) {
        experiment.reference = contenders[0].name.clone();
    }
    if let Some(baseline) = &experiment.baseline
        && !(takes_part(&baseline.evaluator) && takes_part(&baseline.vm))
    {
        experiment.baseline = None;
    }
    let unchanged = contenders
        .iter()
        .map(|contender| &contender.name)
        .eq(experiment
            .contenders
            .iter()
            .map(|contender| &contender.name));
    if !unchanged {
        // Neighbours are no longer one step apart, so what is written beside a step may be wrong.
        experiment.kind = ExperimentKind::Comparison;
    }
    experiment.contenders = contenders;
    // Others were asked for.
    experiment.not_offered.clear();
    Ok(())
}

/// Puts other workloads in the place of the experiment's.
pub(super) fn replace_workloads(
    experiment: &mut Experiment,
    names: &[String],
) -> anyhow::Result<()> {
    let workloads = selection::workloads(names)?;
    if workloads.iter().all(|it| it.name != experiment.headline) {
        experiment.headline = workloads[0].name.clone();
        // What was published of the stages is about the other headline.
        for contender in &mut experiment.contenders {
            contender.published = None;
        }
    }
    experiment.workloads = workloads;
    Ok(())
}
