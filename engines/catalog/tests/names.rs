//! The names of variants: what commands accept, results record and reports print.

use std::collections::HashSet;

use catalog::{find, variants};
use stack::Optimizations;

/// The short names of the optimizations that are built.
fn available() -> Vec<&'static str> {
    Optimizations::AVAILABLE
        .iter()
        .map(Optimizations::short)
        .collect()
}

fn found(name: &str) -> Option<&str> {
    find(name).ok().map(|variant| variant.name.as_str())
}

#[test]
fn there_is_the_tree_and_a_stack_for_each_set_of_optimizations() {
    assert_eq!(variants().len(), 1 + (1 << available().len()));
    assert_eq!(catalog::oracle().name, "tree");
    assert_eq!(variants()[0].name, "tree");
    assert_eq!(variants()[1].name, "stack");
    assert_eq!(
        catalog::fastest().name,
        format!("stack{}", Optimizations::AVAILABLE)
    );
    if Optimizations::AVAILABLE == Optimizations::ALL {
        assert_eq!(variants().len(), 33);
        assert_eq!(catalog::fastest().name, "stack+co+si+cf+ic+ts");
    }
}

#[test]
fn variants_are_in_the_order_of_their_number_of_optimizations() {
    let counts = variants()[1..]
        .iter()
        .map(|variant| variant.name.matches('+').count());
    assert!(counts.is_sorted());
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
    let all = catalog::fastest().name.as_str();
    assert_eq!(found(&format!("stack{reversed}")), Some(all));
}

#[test]
fn all_stands_for_every_optimization_that_is_built() {
    let all = catalog::fastest().name.as_str();
    assert_eq!(found("stack+all"), Some(all));
    assert_eq!(found("stack+all+all"), Some(all));
    if let Some(first) = available().first() {
        assert_eq!(found(&format!("stack+{first}+all")), Some(all));
        assert_eq!(found(&format!("stack+all+{first}")), Some(all));
    }
}

#[test]
fn an_optimization_that_is_not_built_has_no_variant() {
    for one in Optimizations::EACH {
        let name = format!("stack+{}", one.short());
        assert_eq!(
            find(&name).is_ok(),
            Optimizations::AVAILABLE.contains(*one),
            "{name}"
        );
    }
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
