//! Experiments: what is compared with what, on which programs, as TOML files. Those of the project
//! are part of the binary; a user's own is given by its path.
//!
//! A file's types become validated ones here and nowhere else: whoever holds an [`Experiment`]
//! needn't doubt a name in it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use reports::schema::{Baseline, ExperimentKind, NotOffered, PublishedStage};
use serde::Deserialize;
use workloads::Workload;

use crate::names::Unknown;
use crate::selection;
use crate::sources;

/// The experiment that `monkeybench` alone runs.
pub(crate) const DEFAULT: &str = "progression";

/// The project's experiments.
const EMBEDDED: [&str; 4] = [
    include_str!("../experiments/progression.toml"),
    include_str!("../experiments/dispatch.toml"),
    include_str!("../experiments/values.toml"),
    include_str!("../experiments/checks.toml"),
];

/// What is compared, and why.
#[derive(Clone, Debug)]
pub(crate) struct Experiment {
    /// Its name.
    pub(crate) name: String,
    /// The question that it answers.
    pub(crate) question: String,
    /// Whether each variant builds on the one before.
    pub(crate) kind: ExperimentKind,
    /// The name of the variant that the others are compared with.
    pub(crate) reference: String,
    /// The name of the workload that the headline and the published stages are about.
    pub(crate) headline: String,
    /// What the published figures of the workloads compare.
    pub(crate) baseline: Option<Baseline>,
    /// The published speedups, by workload, where they aren't the quotient of the times.
    pub(crate) speedups: BTreeMap<String, f64>,
    /// Who takes part, in the order of the tables.
    pub(crate) contenders: Vec<Contender>,
    /// Who would take part if this build offered them.
    pub(crate) not_offered: Vec<NotOffered>,
    /// On which programs.
    pub(crate) workloads: Vec<&'static Workload>,
    /// Whether a run counts the host instructions of its variants itself.
    pub(crate) host_instructions: bool,
    /// Whether it also reads what their machine code does to dispatch.
    pub(crate) machine_code: bool,
}

/// A variant that takes part.
#[derive(Clone, Debug)]
pub(crate) struct Contender {
    /// Its name, in canonical form.
    pub(crate) name: String,
    /// What tables call it.
    pub(crate) label: String,
    /// What it is, in a line.
    pub(crate) summary: String,
    /// What the source document says of it.
    pub(crate) published: Option<PublishedStage>,
    /// The name of the variant that it is judged against, where that isn't the reference.
    pub(crate) counterpart: Option<String>,
    /// Who runs it.
    pub(crate) engine: Engine,
}

/// Who serves a worker.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    /// This program, with an engine of the catalog.
    Builtin(&'static str),
    /// Another program that speaks the protocol: its name and arguments.
    External(Vec<String>),
}

impl Contender {
    /// An engine of the catalog.
    pub(crate) fn builtin(variant: &'static catalog::Variant) -> Self {
        Self {
            name: variant.name.clone(),
            label: variant.name.clone(),
            summary: variant.summary.clone(),
            published: None,
            counterpart: None,
            engine: Engine::Builtin(&variant.name),
        }
    }

    fn external(external: WireExternal) -> Self {
        Self {
            label: external.name.clone(),
            summary: external
                .summary
                .unwrap_or_else(|| format!("external: {}", external.command.join(" "))),
            name: external.name,
            published: None,
            counterpart: None,
            engine: Engine::External(external.command),
        }
    }
}

/// A file's content.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireExperiment {
    name: String,
    question: String,
    kind: Option<ExperimentKind>,
    reference: Option<String>,
    headline: Option<String>,
    workloads: Option<Vec<String>>,
    baseline: Option<WireBaseline>,
    #[serde(default)]
    host_instructions: bool,
    #[serde(default)]
    machine_code: bool,
    #[serde(default)]
    variant: Vec<WireVariant>,
    #[serde(default)]
    external: Vec<WireExternal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBaseline {
    evaluator: String,
    vm: String,
    #[serde(default)]
    speedups: BTreeMap<String, f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireVariant {
    engine: String,
    label: Option<String>,
    published: Option<PublishedStage>,
    counterpart: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireExternal {
    name: String,
    command: Vec<String>,
    summary: Option<String>,
}

/// The project's experiments, in the order in which they are listed.
///
/// # Errors
/// If one of the files is wrong, which the tests exclude.
pub(crate) fn embedded() -> anyhow::Result<Vec<Experiment>> {
    EMBEDDED
        .into_iter()
        .map(|text| parse(text, Missing::LeftOut))
        .collect()
}

/// Finds an experiment by its name or by the path of its file.
///
/// # Errors
/// If there is none, or the file is wrong.
pub(crate) fn find(name: &str) -> anyhow::Result<Experiment> {
    let known = embedded()?;
    if let Some(experiment) = known.iter().find(|known| known.name == name) {
        return Ok(experiment.clone());
    }
    let path = Path::new(name);
    let is_path = path.extension().is_some_and(|it| it == "toml") || path.components().count() > 1;
    if !is_path && !path.is_file() {
        let names = known.iter().map(|experiment| &*experiment.name);
        bail!(Unknown::new("experiment", name, names));
    }
    let file = sources::read_at_most(name, MAX_BYTES, "an experiment")?;
    parse(&file.text, Missing::Error).with_context(|| format!("{name} is no experiment"))
}

/// The largest experiment, in bytes. It also bounds how much of a wrong file an error shows.
const MAX_BYTES: usize = 64 << 10;

/// What to do about a variant that this build hasn't got.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// A user's own file should name what there is.
    Error,
    /// The project's files name variants that a build without some Cargo feature lacks, or one with
    /// another compiler or for another machine.
    LeftOut,
}

fn parse(text: &str, missing: Missing) -> anyhow::Result<Experiment> {
    let wire: WireExperiment = toml::from_str(text)?;
    let kind = wire.kind.unwrap_or(ExperimentKind::Comparison);
    let (contenders, not_offered) = contenders(wire.variant, wire.external, missing)?;
    check_counterparts(kind, &contenders)?;
    let Some(first) = contenders.first() else {
        bail!("it has no variant");
    };
    let reference = match &wire.reference {
        Some(name) => selection::contender(name, &contenders)?.name.clone(),
        None => first.name.clone(),
    };
    ensure!(
        contenders.iter().any(|it| it.name == reference),
        "its reference {reference:?} is not among its variants",
    );
    let workloads = match &wire.workloads {
        Some(names) => selection::workloads(names)?,
        None => workloads::documented().iter().collect(),
    };
    let headline = match wire.headline {
        Some(name) => name,
        None => workloads
            .first()
            .map_or_else(String::new, |it| it.name.clone()),
    };
    ensure!(
        workloads.iter().any(|workload| workload.name == headline),
        "its headline {headline:?} is not among its workloads",
    );
    let (baseline, speedups) = baseline(wire.baseline, &contenders);
    ensure!(
        wire.host_instructions || !wire.machine_code,
        "machine_code is read where host_instructions are counted, which it doesn't ask for",
    );
    Ok(Experiment {
        name: wire.name,
        question: wire.question,
        kind,
        reference,
        headline,
        baseline,
        speedups,
        contenders,
        not_offered,
        workloads,
        host_instructions: wire.host_instructions,
        machine_code: wire.machine_code,
    })
}

/// Makes sure that counterparts take part, and that only comparisons have any: in a progression, each
/// variant's is the one before.
fn check_counterparts(kind: ExperimentKind, contenders: &[Contender]) -> anyhow::Result<()> {
    for contender in contenders {
        let Some(counterpart) = &contender.counterpart else {
            continue;
        };
        ensure!(
            kind == ExperimentKind::Comparison,
            "a progression compares {:?} with the variant before it, so it can't have a counterpart",
            contender.name,
        );
        ensure!(
            *counterpart != contender.name,
            "variant {counterpart:?} is its own counterpart",
        );
        ensure!(
            contenders.iter().any(|it| it.name == *counterpart),
            "{counterpart:?}, the counterpart of {:?}, is not among its variants",
            contender.name,
        );
    }
    Ok(())
}

/// The variants in their order, then the external engines that none of them is; and the variants that
/// are left out, since this build doesn't offer them.
fn contenders(
    variants: Vec<WireVariant>,
    externals: Vec<WireExternal>,
    missing: Missing,
) -> anyhow::Result<(Vec<Contender>, Vec<NotOffered>)> {
    for external in &externals {
        ensure!(
            !external.command.is_empty(),
            "external engine {:?} has no command",
            external.name
        );
        ensure!(
            catalog::find(&external.name).is_err(),
            "external engine {:?} has the name of one of this program",
            external.name
        );
    }
    let externals: Vec<_> = externals.into_iter().map(Contender::external).collect();
    let mut contenders: Vec<Contender> = Vec::new();
    let mut not_offered = Vec::new();
    for wire in variants {
        if missing == Missing::LeftOut
            && let Err(unknown) = catalog::find(&wire.engine)
            && let Some(why) = unknown.why
        {
            not_offered.push(NotOffered {
                label: wire.label.unwrap_or_else(|| wire.engine.clone()),
                name: wire.engine,
                why: why.to_owned(),
            });
            continue;
        }
        let found = selection::contender(&wire.engine, &externals)?;
        // Without an optimization, `stack+all` is the same as `stack`.
        if missing == Missing::LeftOut && contenders.iter().any(|it| it.name == found.name) {
            continue;
        }
        let counterpart = match &wire.counterpart {
            Some(name) => match selection::contender(name, &externals) {
                Err(_) if missing == Missing::LeftOut => None,
                found => Some(found?.name),
            },
            None => None,
        };
        contenders.push(Contender {
            label: wire.label.unwrap_or(found.label),
            published: wire.published,
            counterpart,
            ..found
        });
    }
    for external in externals {
        if contenders.iter().all(|it| it.name != external.name) {
            contenders.push(external);
        }
    }
    selection::no_duplicates("variant", contenders.iter().map(|it| &*it.name))?;
    Ok((contenders, not_offered))
}

/// What the published figures compare, if both of it take part.
fn baseline(
    wire: Option<WireBaseline>,
    contenders: &[Contender],
) -> (Option<Baseline>, BTreeMap<String, f64>) {
    let Some(wire) = wire else {
        return (None, BTreeMap::new());
    };
    let takes_part = |name: &str| contenders.iter().any(|it| it.name == name);
    let baseline = (takes_part(&wire.evaluator) && takes_part(&wire.vm)).then_some(Baseline {
        evaluator: wire.evaluator,
        vm: wire.vm,
    });
    (baseline, wire.speedups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_experiments_are_well_formed_and_complete() {
        for (text, experiment) in EMBEDDED.iter().zip(embedded().unwrap()) {
            assert!(!experiment.contenders.is_empty());
            if cfg!(all(
                feature = "constant-operands",
                feature = "superinstructions",
                feature = "constant-folding",
                feature = "integer-cache",
                feature = "type-specialization"
            )) {
                let named = text.matches("[[variant]]").count();
                let missing = &experiment.not_offered;
                assert_eq!(experiment.contenders.len() + missing.len(), named);
                assert_eq!(experiment.baseline.is_some(), text.contains("[baseline]"));
                // Only what would do harm here, or can't be compiled here, may be missing.
                let known = catalog::not_offered();
                for missing in missing {
                    let error = catalog::find(&missing.name).unwrap_err();
                    let mut known = known.iter().map(|it| Some(it.why));
                    assert!(known.any(|why| why == error.why), "{}", missing.name);
                }
            }
        }
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let experiment = parse(
            "name = 'x'\nquestion = '?'\n[[variant]]\nengine = 'stack'\n[[variant]]\nengine = 'tree'",
            Missing::Error,
        )
        .unwrap();
        assert_eq!(experiment.kind, ExperimentKind::Comparison);
        assert_eq!(experiment.reference, "stack");
        assert_eq!(experiment.headline, "fibonacci");
        assert_eq!(experiment.workloads.len(), workloads::documented().len());
    }

    /// Its names are canonical, as those of the variants are.
    #[test]
    fn a_variant_may_have_a_counterpart() {
        let experiment = parse(
            "name = 'x'\nquestion = '?'\n[[variant]]\nengine = 'tree'\n\
             [[variant]]\nengine = 'stack/boxed'\n\
             [[variant]]\nengine = 'stack/tagged'\ncounterpart = 'stack/match/boxed'",
            Missing::Error,
        )
        .unwrap();
        let counterparts = experiment
            .contenders
            .iter()
            .map(|it| it.counterpart.as_deref());
        assert_eq!(
            counterparts.collect::<Vec<_>>(),
            [None, None, Some("stack")]
        );
    }

    /// As in a build that has no optimization for two of them to differ in.
    #[test]
    fn a_projects_variant_that_is_another_one_too_is_left_out() {
        let text = "name = 'x'\nquestion = '?'\n[[variant]]\nengine = 'stack'\n\
                    [[variant]]\nengine = 'stack/boxed'";
        let experiment = parse(text, Missing::LeftOut).unwrap();
        assert_eq!(experiment.contenders.len(), 1);
        assert!(parse(text, Missing::Error).is_err());
    }

    #[test]
    fn a_projects_variant_that_is_not_built_is_left_out_with_the_reason() {
        let text = "name = 'x'\nquestion = '?'\n[[variant]]\nengine = 'tree'\n\
                    [[variant]]\nengine = 'stack/tagged/become'\nlabel = 'become'\n\
                    [[variant]]\nengine = 'stack'\ncounterpart = 'stack/tagged/become'";
        let experiment = parse(text, Missing::LeftOut).unwrap();
        let names: Vec<_> = experiment.contenders.iter().map(|it| &*it.name).collect();
        assert_eq!(names, ["tree", "stack"]);
        assert_eq!(experiment.contenders[1].counterpart, None);
        let [missing] = &*experiment.not_offered else {
            panic!("{:?}", experiment.not_offered);
        };
        assert_eq!(
            (&*missing.name, &*missing.label),
            ("stack/tagged/become", "become")
        );
        assert_eq!(missing.why, "this combination is not built");
        let error = parse(text, Missing::Error).unwrap_err().to_string();
        assert!(error.contains("this combination is not built"), "{error}");

        // A name that none could have is a mistake in any file.
        let text = text.replace("/become", "/beckon");
        assert!(parse(&text, Missing::LeftOut).is_err());
    }

    #[test]
    fn an_external_engine_takes_part_once() {
        let experiment = parse(
            "name = 'x'\nquestion = '?'\n\
             external = [{ name = 'lua', command = ['lua', 'worker.lua'] }]\n\
             [[variant]]\nengine = 'lua'\nlabel = 'Lua'\n[[variant]]\nengine = 'tree'",
            Missing::Error,
        )
        .unwrap();
        let labels: Vec<_> = experiment.contenders.iter().map(|it| &*it.label).collect();
        assert_eq!(labels, ["Lua", "tree"]);
        assert!(matches!(
            experiment.contenders[0].engine,
            Engine::External(_)
        ));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let variant = "[[variant]]\nengine = 'tree'\n";
        for (text, complaint) in [
            ("", "no variant"),
            ("kind = 'sport'", "unknown variant"),
            ("unknown = 1", "unknown field"),
            ("[[variant]]\nengine = 'three'", "unknown engine"),
            (
                "[[variant]]\nengine = 'tree'\n[[variant]]\nengine = 'tree'",
                "twice",
            ),
            (&format!("reference = 'stack'\n{variant}"), "stack"),
            (
                &format!("workloads = ['fibonaci']\n{variant}"),
                "did you mean fibonacci",
            ),
            (&format!("workloads = []\n{variant}"), "no workload"),
            (&format!("headline = 'x'\n{variant}"), "headline"),
            (&format!("{variant}counterpart = 'stack'"), "not among"),
            (&format!("{variant}counterpart = 'tree'"), "its own"),
            (
                &format!(
                    "kind = 'progression'\n{variant}counterpart = 'stack'\n[[variant]]\nengine = 'stack'"
                ),
                "a progression compares",
            ),
            (
                &format!("machine_code = true\n{variant}"),
                "host_instructions",
            ),
            ("external = [{ name = 'x', command = [] }]", "no command"),
            (
                "external = [{ name = 'tree', command = ['x'] }]",
                "has the name",
            ),
        ] {
            let error = parse(
                &format!("name = 'x'\nquestion = '?'\n{text}"),
                Missing::Error,
            )
            .expect_err(text);
            assert!(
                format!("{error:#}").contains(complaint),
                "{text}: {error:#}"
            );
        }
    }
}
