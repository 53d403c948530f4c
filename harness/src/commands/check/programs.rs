//! The programs of a check, and what they must do: workloads at a size, and conformance cases.

use std::rc::Rc;

use catalog::AnyEngine;
use catalog::runtime::{Limits, RuntimeError};
use catalog::syntax::{Diagnostics, Program, position_of};
use workloads::{Case, CaseLimits, conformance};

use crate::selection::Sizes;
use crate::workload::{AnyWorkload, Expected};

/// A program that was parsed, with what it must give.
pub(super) struct Parsed {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) program: Result<Rc<Program>, Diagnostics>,
    /// The limits that it sets; what is none has its default.
    pub(super) limits: CaseLimits,
    /// Whether it is a conformance case, rather than a workload.
    pub(super) is_case: bool,
    pub(super) expected: Behaviour,
    /// What the oracle makes of it.
    pub(super) oracle: Behaviour,
}

/// What a program does, as far as anyone can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// It prints and has a value.
    Value { value: String, output: String },
    /// It prints and fails, at a line and column.
    Error {
        text: String,
        at: (u32, u32),
        output: String,
    },
    /// It is rejected, with parts of the texts of all that is wrong.
    Rejected(Vec<(String, (u32, u32))>),
}

/// All programs: these workloads and these conformance cases.
pub(super) fn programs(
    workloads: &[AnyWorkload],
    sizes: &Sizes,
    cases: Vec<Case>,
    oracle: &dyn AnyEngine,
) -> anyhow::Result<Vec<Parsed>> {
    let mut programs = Vec::new();
    for workload in workloads {
        programs.push(Parsed::workload(workload, sizes.of(workload), oracle)?);
    }
    programs.extend(cases.into_iter().map(|case| Parsed::case(case, oracle)));
    Ok(programs)
}

impl Parsed {
    fn workload(
        workload: &AnyWorkload,
        size: Option<u64>,
        oracle: &dyn AnyEngine,
    ) -> anyhow::Result<Self> {
        let source = workload.source(size)?;
        let program = catalog::syntax::parse(&source).map(Rc::new);
        let oracle = behaviour(oracle, &program, &source, &Limits::default());
        let expected = match workload.expected(size) {
            Some(Expected { value, output }) => Behaviour::Value { value, output },
            None => oracle.clone(),
        };
        Ok(Self {
            name: workload.name().to_owned(),
            source,
            program,
            limits: CaseLimits::default(),
            is_case: false,
            expected,
            oracle,
        })
    }

    fn case(case: Case, oracle: &dyn AnyEngine) -> Self {
        let program = catalog::syntax::parse(&case.source).map(Rc::new);
        let output = lines(&case.output);
        let expected = match case.expected {
            conformance::Expected::Value(value) => Behaviour::Value { value, output },
            conformance::Expected::Error { text, at } => Behaviour::Error {
                text,
                at: (at.line, at.column),
                output,
            },
            conformance::Expected::Rejected(complaints) => Behaviour::Rejected(
                complaints
                    .into_iter()
                    .map(|it| (it.text, (it.at.line, it.at.column)))
                    .collect(),
            ),
        };
        Self {
            oracle: behaviour(oracle, &program, &case.source, &limits(case.limits)),
            name: case.name,
            source: case.source,
            program,
            limits: case.limits,
            is_case: true,
            expected,
        }
    }
}

/// The limits of an execution under which a case runs.
pub(super) fn limits(limits: CaseLimits) -> Limits {
    Limits {
        depth: limits.depth.unwrap_or(Limits::default().depth),
        fuel: limits.fuel,
        memory: limits.memory,
    }
}

/// The text that prints these lines.
fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What an engine makes of a program.
pub(super) fn behaviour(
    engine: &dyn AnyEngine,
    program: &Result<Rc<Program>, Diagnostics>,
    source: &str,
    limits: &Limits,
) -> Behaviour {
    let at = |offset| {
        let position = position_of(source, offset);
        (position.line, position.column)
    };
    let program = match program {
        Ok(program) => program,
        Err(diagnostics) => {
            let complaints = diagnostics.iter();
            return Behaviour::Rejected(
                complaints
                    .map(|it| (it.to_string(), at(it.span.start)))
                    .collect(),
            );
        }
    };
    let mut output = Vec::new();
    let outcome = engine.compile(program).run(limits, &mut output);
    let output = String::from_utf8_lossy(&output).into_owned();
    match outcome {
        Ok(value) => Behaviour::Value { value, output },
        Err(RuntimeError { kind, span, .. }) => Behaviour::Error {
            text: kind.to_string(),
            at: at(span.start),
            output,
        },
    }
}

impl Behaviour {
    /// Whether this, as expected, is what was got. Of what is wrong with a rejected program, parts
    /// of the texts are expected.
    pub(super) fn allows(&self, got: &Self) -> bool {
        match (self, got) {
            (Self::Rejected(expected), Self::Rejected(got)) => {
                expected.len() == got.len()
                    && expected
                        .iter()
                        .zip(got)
                        .all(|(expected, got)| expected.1 == got.1 && got.0.contains(&expected.0))
            }
            _ => self == got,
        }
    }

    /// A line on it.
    pub(super) fn text(&self) -> String {
        let (end, output) = match self {
            Self::Value { value, output } => (format!("value {value:?}"), output),
            Self::Error {
                text,
                at: (line, column),
                output,
            } => (format!("error {text:?} at {line}:{column}"), output),
            Self::Rejected(complaints) => {
                let complaints: Vec<_> = complaints
                    .iter()
                    .map(|(text, (line, column))| format!("{text:?} at {line}:{column}"))
                    .collect();
                return format!("rejected: {}", complaints.join(", "));
            }
        };
        match output.as_str() {
            "" => end,
            output => format!("output {output:?}, {end}"),
        }
    }
}
