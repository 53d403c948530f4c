//! `monkeybench check`: every engine against what programs must give, and against the oracle. Times
//! nothing.

use std::rc::Rc;

use catalog::runtime::{Limits, RuntimeError};
use catalog::syntax::{Diagnostics, Program, position_of};
use catalog::{AnyEngine, Variant};
use serde::Serialize;
use workloads::{Case, conformance};

use crate::console;
use crate::failure::{Failure, Outcome, Status};
use crate::selection::{self, Meaning, SizeOption, Sizes};
use crate::workload::{self, AnyWorkload, Expected};

/// Check every engine against expected values and against the oracle, without timing
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Check these engines only, separated by commas
    #[arg(long, value_name = "ENGINE,…", value_delimiter = ',')]
    engines: Vec<String>,
    /// Check these workloads only, besides the conformance cases, separated by commas: by name, by
    /// suite (documented, realistic), all, or programs of your own by path
    #[arg(long, value_name = "WORKLOAD|SUITE|FILE,…", value_delimiter = ',')]
    workloads: Vec<String>,
    /// Another size for a workload; may be given for several
    #[arg(long, value_name = "WORKLOAD=SIZE")]
    size: Vec<SizeOption>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// An engine's result.
#[derive(Serialize)]
struct Verdict {
    engine: String,
    programs: usize,
    disagreements: Vec<Disagreement>,
}

/// A program that an engine got wrong.
#[derive(Serialize)]
struct Disagreement {
    program: String,
    expected: String,
    got: String,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let variants = match arguments.engines.as_slice() {
        [] => catalog::variants().iter().collect(),
        names => selection::engines(names).map_err(Failure::usage)?,
    };
    let workloads = match arguments.workloads.as_slice() {
        [] => workload::all(),
        words => Meaning::plain().workloads(words).map_err(Failure::usage)?,
    };
    let sizes = Sizes::new(&arguments.size, &workloads).map_err(Failure::usage)?;
    let oracle = catalog::oracle().engine();
    let programs = programs(&workloads, &sizes, &*oracle)?;
    let mut verdicts = Vec::new();
    for variant in variants {
        let verdict = check(variant, &programs);
        if !arguments.json {
            console::print(&verdict.text())?;
        }
        verdicts.push(verdict);
    }
    if arguments.json {
        console::print_json(&verdicts)?;
    }
    let agree = verdicts.iter().all(|it| it.disagreements.is_empty());
    Ok(if agree { Status::Good } else { Status::Failed })
}

/// A program that was parsed, with what it must give.
struct Parsed {
    name: String,
    program: Result<Rc<Program>, Diagnostics>,
    limits: Limits,
    expected: Behaviour,
    /// What the oracle makes of it.
    oracle: Behaviour,
}

/// What a program does, as far as anyone can see.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Behaviour {
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

/// All programs: these workloads and the conformance cases.
fn programs(
    workloads: &[AnyWorkload],
    sizes: &Sizes,
    oracle: &dyn AnyEngine,
) -> anyhow::Result<Vec<Parsed>> {
    let mut programs = Vec::new();
    for workload in workloads {
        programs.push(Parsed::workload(workload, sizes.of(workload), oracle)?);
    }
    for case in workloads::conformance()? {
        programs.push(Parsed::case(case, oracle));
    }
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
        let limits = Limits::default();
        let oracle = behaviour(oracle, &program, &source, &limits);
        let expected = match workload.expected(size) {
            Some(Expected { value, output }) => Behaviour::Value { value, output },
            None => oracle.clone(),
        };
        Ok(Self {
            name: workload.name().to_owned(),
            program,
            limits,
            expected,
            oracle,
        })
    }

    fn case(case: Case, oracle: &dyn AnyEngine) -> Self {
        let program = catalog::syntax::parse(&case.source).map(Rc::new);
        let limits = Limits {
            depth: case.limits.depth.unwrap_or(Limits::default().depth),
            fuel: case.limits.fuel,
            memory: case.limits.memory,
        };
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
            oracle: behaviour(oracle, &program, &case.source, &limits),
            name: case.name,
            program,
            limits,
            expected,
        }
    }
}

/// The text that prints these lines.
fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What an engine makes of a program.
fn behaviour(
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

fn check(variant: &Variant, programs: &[Parsed]) -> Verdict {
    let engine = variant.engine();
    let disagreements = programs.iter().filter_map(|program| {
        let got = match &program.program {
            Ok(parsed) => behaviour(&*engine, &program.program, parsed.source(), &program.limits),
            // Rejected before any engine sees it: by the one parser that the oracle has too.
            Err(_) => program.oracle.clone(),
        };
        let expected = match got == program.oracle {
            true if program.expected.allows(&got) => return None,
            true => &program.expected,
            false => &program.oracle,
        };
        Some(Disagreement {
            program: program.name.clone(),
            expected: expected.text(),
            got: got.text(),
        })
    });
    Verdict {
        engine: variant.name.clone(),
        disagreements: disagreements.collect(),
        programs: programs.len(),
    }
}

impl Behaviour {
    /// Whether this, as expected, is what was got. Of what is wrong with a rejected program, parts
    /// of the texts are expected.
    fn allows(&self, got: &Self) -> bool {
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
    fn text(&self) -> String {
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

impl Verdict {
    fn text(&self) -> String {
        let Self {
            engine, programs, ..
        } = self;
        let wrong = self.disagreements.len();
        if wrong == 0 {
            return format!("ok    {engine}: {programs} programs\n");
        }
        let mut text = format!("WRONG {engine}: {wrong} of {programs} programs\n");
        for disagreement in &self.disagreements {
            let Disagreement {
                program,
                expected,
                got,
            } = disagreement;
            text += &format!("  {program}\n    expected {expected}\n    got      {got}\n");
        }
        text
    }
}
