//! Every variant on every conformance case: value, output, error and its place, and what is
//! rejected before it runs.

use std::rc::Rc;

use crate::support::{Engines, check_all, run, shown};
use runtime::{Limits, memory};
use syntax::position_of;
use workloads::conformance::{Case, CaseLimits, Complaint, Expected};

#[test]
fn every_variant_gives_what_the_specification_says() {
    let cases = workloads::conformance().unwrap();
    assert!(cases.len() >= 250, "only {} cases", cases.len());
    // Twenty of a thousand cases take nineteen parts in twenty of the time, all of them for what nests
    // as deep as calls may.
    let (deep, others): (Vec<_>, Vec<_>) = cases
        .into_iter()
        .partition(|case| case.name.starts_with("recursion/"));
    assert!(!deep.is_empty() && deep.len() < others.len());
    let check = |engines: &Engines, case: &Case| {
        let found = complaints(engines, case).into_iter();
        found
            .map(|found| format!("{} ({}): {found}", case.name, case.rule))
            .collect()
    };
    check_all(Engines::every, &others, check);
    check_all(Engines::of_each_kind, &deep, check);
}

/// What is wrong with a case, by variant.
fn complaints(engines: &Engines, case: &Case) -> Vec<String> {
    let source = &case.source;
    let (expected, program) = match (&case.expected, syntax::parse(source)) {
        (Expected::Rejected(complaints), Err(errors)) => {
            return rejected(source, complaints, &errors);
        }
        (Expected::Rejected(_), Ok(_)) => return vec!["parses".into()],
        (_, Err(errors)) => return vec![format!("does not parse: {errors}")],
        (Expected::Value(value), Ok(program)) => (format!("value {value}"), program),
        (Expected::Error { text, at }, Ok(program)) => (format!("error {text} at {at}"), program),
    };
    let output: String = case.output.iter().map(|line| format!("{line}\n")).collect();
    let limits = limits(&case.limits);
    let compiled = engines.compile(&Rc::new(program));
    let constants = memory::live();
    let mut complaints = Vec::new();
    for (variant, code) in compiled.iter() {
        let found = run(code, &limits);
        let outcome = shown(source, &found.outcome);
        if outcome != expected {
            complaints.push(format!("{variant}: {outcome}, not {expected}"));
        }
        if found.output != output {
            complaints.push(format!(
                "{variant}: prints {:?}, not {output:?}",
                found.output
            ));
        }
        if memory::live() != constants {
            complaints.push(format!("{variant}: leaves values alive"));
        }
    }
    complaints
}

fn rejected(source: &str, expected: &[Complaint], errors: &syntax::Diagnostics) -> Vec<String> {
    let found: Vec<_> = errors
        .iter()
        .map(|error| {
            (
                position_of(source, error.span.start).to_string(),
                error.to_string(),
            )
        })
        .collect();
    let alike = found.len() == expected.len()
        && found.iter().zip(expected).all(|((at, text), expected)| {
            *at == expected.at.to_string() && text.contains(&expected.text)
        });
    if alike {
        Vec::new()
    } else {
        vec![format!("rejected with {found:?}, not {expected:?}")]
    }
}

fn limits(limits: &CaseLimits) -> Limits {
    Limits {
        depth: limits.depth.unwrap_or(Limits::default().depth),
        fuel: limits.fuel,
        memory: limits.memory,
    }
}
