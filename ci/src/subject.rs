//! A workload on a variant, ready to run: set up apart from what is counted or timed, and with its
//! result checked.

use std::rc::Rc;

use anyhow::{Context as _, anyhow, ensure};
use catalog::runtime::Limits;
use catalog::syntax::Program;
use catalog::{AnyCode, AnyEngine, Outcome, Phase, Variant};
use workloads::Workload;

/// A workload, compiled for a variant.
pub struct Subject {
    /// The engine.
    pub engine: Box<dyn AnyEngine>,
    /// The program.
    pub program: Rc<Program>,
    /// The program, compiled.
    pub code: Box<dyn AnyCode>,
    /// What the program may use.
    pub limits: Limits,
    variant: &'static Variant,
    workload: &'static Workload,
}

/// What a phase gave, and whom to blame if it is wrong.
pub struct Observed {
    /// What the program gave; none if the phase runs no program.
    outcome: Option<Outcome>,
    output: Vec<u8>,
    variant: &'static Variant,
    workload: &'static Workload,
}

impl Subject {
    /// Parses and compiles a workload at its documented size.
    ///
    /// # Errors
    /// If the workload is no program.
    pub fn new(variant: &'static Variant, workload: &'static Workload) -> anyhow::Result<Self> {
        let source = workload.source(None)?;
        let program = catalog::syntax::parse(&source)
            .map_err(|errors| anyhow!("{errors}"))
            .with_context(|| format!("workload {} is no program", workload.name))?;
        let program = Rc::new(program);
        let engine = variant.engine();
        let code = engine.compile(&program);
        Ok(Self {
            engine,
            program,
            code,
            limits: Limits::default(),
            variant,
            workload,
        })
    }

    /// Runs a phase once, inside the region that instruction counters count.
    pub fn once(&self, phase: Phase) -> Observed {
        let (outcome, output) = self.code.once(phase, &self.limits);
        self.observed(outcome, output)
    }

    /// What an execution gave.
    pub fn observed(&self, outcome: Option<Outcome>, output: Vec<u8>) -> Observed {
        Observed {
            outcome,
            output,
            variant: self.variant,
            workload: self.workload,
        }
    }
}

impl Observed {
    /// Makes sure that a program that was run gave what the workload must give.
    ///
    /// # Errors
    /// If it gave another value, printed something else, or failed.
    pub fn check(&self) -> anyhow::Result<()> {
        let Some(outcome) = &self.outcome else {
            return Ok(());
        };
        let (variant, workload) = (&self.variant.name, self.workload);
        let what = || format!("wrong result: {variant} on {}", workload.name);
        let value = outcome.as_ref().map_err(|error| anyhow!("{error}"));
        let value = value.with_context(what)?;
        let expected = workload.expected(None).unwrap_or_default();
        ensure!(
            value == expected,
            "{}: value {value:?}, expected {expected:?}",
            what()
        );
        let lines = workload.expected_output(None).unwrap_or_default();
        let expected: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let output = String::from_utf8_lossy(&self.output);
        ensure!(
            output == expected,
            "{}: output {output:?}, expected {expected:?}",
            what()
        );
        Ok(())
    }
}
