//! Other variants and workloads in the place of an experiment's, as the command line may ask for, and
//! what the experiment then no longer is.

use reports::schema::ExperimentKind;

use crate::contenders::Contender;
use crate::experiments::Experiment;
use crate::selection::{self, Meaning};

/// What a label begins with that says what its variant has more than the one before it.
const STEP: char = '+';

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
    if !is_part_of(&contenders, &experiment.contenders) {
        // Neighbours are no longer one step apart, so no row is called by a step.
        experiment.kind = ExperimentKind::Comparison;
        for contender in &mut contenders {
            if contender.label.starts_with(STEP) {
                contender.label.clone_from(&contender.name);
            }
        }
    } else if let Some(first) = contenders.first_mut()
        && first.label.starts_with(STEP)
    {
        // Nothing stands before it that it could be a step from.
        first.label.clone_from(&first.name);
    }
    experiment.contenders = contenders;
    // Others were asked for.
    experiment.not_offered.clear();
    Ok(())
}

/// Whether the variants are several of the experiment's, each after the same one as there.
fn is_part_of(selected: &[Contender], all: &[Contender]) -> bool {
    let same = |part: &[Contender]| {
        let mut pairs = part.iter().zip(selected);
        pairs.all(|(one, other)| one.name == other.name)
    };
    selected.len() > 1 && all.windows(selected.len()).any(same)
}

/// Puts other workloads in the place of the experiment's.
pub(super) fn replace_workloads(
    experiment: &mut Experiment,
    names: &[String],
) -> anyhow::Result<()> {
    let words = Meaning {
        own: &experiment.own_workloads,
        ..Meaning::plain()
    };
    let workloads = words.workloads(names)?;
    if workloads.iter().all(|it| it.name() != experiment.headline) {
        workloads[0].name().clone_into(&mut experiment.headline);
    }
    experiment.workloads = workloads;
    Ok(())
}
