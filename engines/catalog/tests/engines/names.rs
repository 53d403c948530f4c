//! The names of variants: what commands accept, results record and reports print.

use std::collections::HashSet;

use catalog::{Variant, find, not_offered, variants};
use stack::{Checks, Dispatch, Optimizations, Values};

/// The short names of the optimizations that are built.
fn available() -> Vec<&'static str> {
    let built = Optimizations::AVAILABLE.declared();
    built.map(|it| it.short).collect()
}

fn found(name: &str) -> Option<&str> {
    find(name).ok().map(|variant| variant.name.as_str())
}

/// The variants of the documents: those that differ in nothing but optimizations.
fn documented() -> Vec<&'static Variant> {
    let variants = variants().iter();
    variants.filter(|it| !it.name.contains('/')).collect()
}

/// The names of the values on the axes, each axis with its default first.
fn axes() -> [Vec<&'static str>; 3] {
    [
        Values::ALL.iter().map(|it| it.name()).collect(),
        Dispatch::ALL.iter().map(|it| it.name()).collect(),
        Checks::ALL.iter().map(|it| it.name()).collect(),
    ]
}

#[test]
fn there_is_the_tree_and_a_stack_for_each_set_of_optimizations() {
    assert_eq!(documented().len(), 1 + (1 << available().len()));
    assert_eq!(catalog::oracle().name, "tree");
    assert_eq!(variants()[0].name, "tree");
    assert_eq!(variants()[1].name, "stack");
    assert_eq!(
        catalog::fully_optimized().name,
        format!("stack{}", Optimizations::ALL)
    );
    if Optimizations::ALL == Optimizations::DOCUMENTED {
        assert_eq!(documented().len(), 33);
        assert_eq!(catalog::fully_optimized().name, "stack+co+si+cf+ic+ts");
    }
}

#[test]
fn variants_are_in_the_order_of_their_number_of_optimizations() {
    let documented = documented();
    let counts = documented[1..]
        .iter()
        .map(|variant| variant.name.matches('+').count());
    assert!(counts.is_sorted());
    let first: Vec<_> = variants().iter().take(documented.len()).collect();
    assert!(
        first
            .iter()
            .zip(&documented)
            .all(|(one, other)| one.name == other.name)
    );
}

#[test]
fn no_two_variants_share_a_name_or_a_summary() {
    let names: HashSet<_> = variants().iter().map(|variant| &variant.name).collect();
    assert_eq!(names.len(), variants().len());
    let summaries: HashSet<_> = variants().iter().map(|variant| &variant.summary).collect();
    assert_eq!(summaries.len(), variants().len());
    for variant in variants() {
        assert!(!variant.summary.contains('\n') && !variant.summary.is_empty());
    }
}

#[test]
fn every_variant_is_found_by_its_name() {
    for variant in variants() {
        assert_eq!(found(&variant.name), Some(variant.name.as_str()));
    }
}

#[test]
fn optimizations_may_stand_in_any_order_and_more_than_once() {
    let shorts = available();
    for (i, one) in shorts.iter().enumerate() {
        assert_eq!(
            found(&format!("stack+{one}+{one}")),
            found(&format!("stack+{one}"))
        );
        for other in &shorts[i + 1..] {
            let canonical = format!("stack+{one}+{other}");
            assert_eq!(found(&canonical), Some(canonical.as_str()));
            assert_eq!(
                found(&format!("stack+{other}+{one}")),
                Some(canonical.as_str())
            );
        }
    }
    let reversed: String = shorts.iter().rev().map(|one| format!("+{one}")).collect();
    let all = catalog::fully_optimized().name.as_str();
    assert_eq!(found(&format!("stack{reversed}")), Some(all));
}

#[test]
fn all_stands_for_every_documented_optimization_that_is_built() {
    let all = catalog::fully_optimized().name.as_str();
    assert_eq!(found("stack+all"), Some(all));
    assert_eq!(found("stack+all+all"), Some(all));
    if let Some(first) = available().first() {
        assert_eq!(found(&format!("stack+{first}+all")), Some(all));
        assert_eq!(found(&format!("stack+all+{first}")), Some(all));
    }
}

#[test]
fn an_optimization_that_is_not_built_has_no_variant() {
    for one in Optimizations::DOCUMENTED.iter() {
        let name = format!("stack{one}");
        assert_eq!(
            find(&name).is_ok(),
            Optimizations::AVAILABLE.contains(one),
            "{name}"
        );
    }
}

#[test]
fn every_value_on_every_axis_has_a_variant_or_it_is_said_why_not() {
    let names: Vec<_> = variants()
        .iter()
        .map(|variant| variant.name.as_str())
        .collect();
    for axis in axes() {
        for (index, value) in axis.iter().enumerate() {
            let suffix = format!("/{value}");
            let named = |name: &&str| name.split('/').any(|part| part == *value);
            let found = names.iter().filter(|name| named(name)).count();
            let refused = not_offered();
            let refused = refused.iter().any(|it| named(&it.name.as_str()));
            // A default is left out of the name.
            assert_eq!(found > 0 || refused, index > 0, "{suffix}");
        }
    }
}

#[test]
fn values_on_axes_may_stand_in_any_order_and_defaults_may_be_said() {
    for variant in variants().iter().filter(|it| it.name != "tree") {
        let mut parts = variant.name.split('/');
        let head = parts.next().unwrap();
        let said: Vec<_> = parts.collect();
        let all: Vec<_> = axes()
            .iter()
            .map(|axis| *axis.iter().find(|it| said.contains(it)).unwrap_or(&axis[0]))
            .collect();
        let [values, dispatch, checks] = all[..] else {
            panic!("three axes");
        };
        for name in [
            format!("{head}/{values}/{dispatch}/{checks}"),
            format!("{head}/{checks}/{dispatch}/{values}"),
            format!("{head}/{dispatch}/{values}/{checks}/{values}"),
            format!(
                "{head}/{}",
                said.iter().rev().copied().collect::<Vec<_>>().join("/")
            )
            .trim_end_matches('/')
            .to_owned(),
        ] {
            assert_eq!(found(&name), Some(variant.name.as_str()), "{name}");
        }
    }
}

#[test]
fn a_point_that_is_not_built_is_refused_with_those_near_it() {
    let near = find("stack/nan/tail/verified").unwrap_err().near;
    assert!(
        near.iter().any(|name| name.contains("/verified")),
        "{near:?}"
    );
    // What was named is what is meant; the rest may differ.
    let near = find("stack/nan/checked/thunk").unwrap_err().near;
    assert!(near.len() <= 3, "{near:?}");
    for name in ["stack/thunk", "stack+all/thunk", "stack/thunk/verified"] {
        let near = find(name).unwrap_err().near;
        assert!(!near.is_empty() && near.len() <= 3, "{near:?}");
        let mut thunks = near.iter().map(|it| it.contains("/thunk"));
        assert!(thunks.all(|it| it), "{name}: {near:?}");
    }
    let near = find("stack+all/taged").unwrap_err().near;
    assert!(
        near.iter().any(|name| name.ends_with("/tagged")),
        "{near:?}"
    );
}

#[test]
fn names_that_are_none_are_refused() {
    for name in [
        "",
        "+",
        "Stack",
        "stack ",
        " stack",
        "stack+",
        "stack++co",
        "stack+xx",
        "+co",
        "co",
        "all",
        "tree+co",
        "tree+",
        "stack-co",
        "stack+CO",
        "stack,co",
        "tree/match",
        "tree/boxed",
        "tree/",
        "stack/",
        "stack//tagged",
        "stack/tagged/",
        "stack/Tagged",
        "stack/tagged+co",
        "stack/threaded",
        "stack/boxed/tagged",
        "stack+all/tail/direct/verified/tagged",
        "register",
        "stäck",
        "stack+co+",
        "\0",
    ] {
        let error = find(name).expect_err(name);
        assert_eq!(error.name, name);
        assert!(!error.near.is_empty(), "{name:?} has nothing near it");
        for near in &error.near {
            assert!(find(near).is_ok(), "{near} is offered in place of {name:?}");
        }
    }
    // Only what has optimizations can have all of them.
    assert_eq!(found("tree+all").is_some(), available().is_empty());
}

#[test]
fn an_unknown_name_is_told_with_those_near_it() {
    let error = find("stak").unwrap_err();
    assert_eq!(error.near[0], "stack");
    assert!(
        error
            .to_string()
            .starts_with("no engine `stak`; near it: stack, ")
    );
    assert_eq!(find("teer").unwrap_err().near[0], "tree");
    for one in available() {
        let near = find(&format!("stack+{one}x")).unwrap_err().near;
        assert_eq!(near[0], format!("stack+{one}"));
    }
}
