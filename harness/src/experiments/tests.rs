use std::path::Path;

use super::file::{Origin, parse};
use super::*;
use crate::contenders::Engine;

/// A user's file in the current directory, without an `engines.toml`.
fn user() -> Origin<'static> {
    Origin::User {
        folder: Path::new(""),
        known: Vec::new(),
    }
}

#[test]
fn the_projects_experiments_are_well_formed_and_complete() {
    for (text, experiment) in EMBEDDED.iter().zip(embedded().unwrap()) {
        assert!(!experiment.contenders.is_empty());
        if catalog::features(false).is_empty() {
            let named = text.matches("[[variant]]").count();
            let missing = &experiment.not_offered;
            assert_eq!(experiment.contenders.len() + missing.len(), named);
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
        user(),
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
        user(),
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
    let experiment = parse(text, Origin::Project).unwrap();
    assert_eq!(experiment.contenders.len(), 1);
    assert!(parse(text, user()).is_err());
}

#[test]
fn a_projects_variant_that_is_not_built_is_left_out_with_the_reason() {
    let text = "name = 'x'\nquestion = '?'\n[[variant]]\nengine = 'tree'\n\
                [[variant]]\nengine = 'stack/tagged/become'\nlabel = 'become'\n\
                [[variant]]\nengine = 'stack'\ncounterpart = 'stack/tagged/become'";
    let experiment = parse(text, Origin::Project).unwrap();
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
    let error = parse(text, user()).unwrap_err().to_string();
    assert!(error.contains("this combination is not built"), "{error}");

    // A name that none could have is a mistake in any file.
    let text = text.replace("/become", "/beckon");
    assert!(parse(&text, Origin::Project).is_err());
}

#[test]
fn an_external_engine_takes_part_once() {
    let experiment = parse(
        "name = 'x'\nquestion = '?'\n\
         external = [{ name = 'lua', command = ['lua', 'worker.lua'] }]\n\
         [[variant]]\nengine = 'lua'\nlabel = 'Lua'\n[[variant]]\nengine = 'tree'",
        user(),
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
        (
            &format!("{variant}counterpart = 'stack'"),
            "unknown counterpart \"stack\"; there are: tree",
        ),
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
        let error = parse(&format!("name = 'x'\nquestion = '?'\n{text}"), user()).expect_err(text);
        assert!(
            format!("{error:#}").contains(complaint),
            "{text}: {error:#}"
        );
    }
}
