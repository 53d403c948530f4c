//! Where the time of a small program goes: the machine's fixed costs against what its faster
//! execution saves.
//!
//! The source documents blame compilation for the losses of the virtual machine on small programs,
//! but their timed region left compilation out and built the machine. So the phases are told apart.

use crate::analysis::Analysis;
use crate::schema::{Measure, VariantId, WorkloadId};

/// The medians of one variant's phases on one workload, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phases {
    /// Resolved program to code.
    pub compile: f64,
    /// Code to a fresh machine.
    pub instantiate: f64,
    /// The rest of a run: its time less that of [`Phases::instantiate`].
    pub execute: f64,
    /// Text to result, as it was timed as a whole.
    pub total: f64,
}

impl Phases {
    /// The phases, if all of them were timed.
    pub fn of(analysis: &Analysis<'_>, workload: WorkloadId, variant: VariantId) -> Option<Self> {
        let median = |measure| Some(analysis.time(measure, workload, variant)?.median);
        let instantiate = median(Measure::Instantiate)?;
        Some(Self {
            compile: median(Measure::Compile)?,
            instantiate,
            execute: median(Measure::Run)? - instantiate,
            total: median(Measure::Total)?,
        })
    }

    /// What must be paid before the first instruction runs.
    fn fixed(&self) -> f64 {
        self.compile + self.instantiate
    }
}

/// From which size on programs like a given one gain from the machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BreakEven {
    /// From the first instruction on: the machine costs no more to set up.
    Always,
    /// Once the evaluator would execute for this long, in nanoseconds.
    After(f64),
    /// Never: it executes no faster.
    Never,
}

impl BreakEven {
    /// The break-even of programs that execute as the measured one did.
    ///
    /// With F the machine's fixed costs less the evaluator's, and s the speedup of execution, a
    /// program that the evaluator executes in T takes F + T/s on the machine, so they meet at
    /// T = F·s/(s − 1).
    pub fn between(evaluator: &Phases, vm: &Phases) -> Self {
        let fixed = vm.fixed() - evaluator.fixed();
        let speedup = evaluator.execute / vm.execute;
        if vm.execute <= 0.0 || evaluator.execute <= 0.0 || speedup <= 1.0 {
            Self::Never
        } else if fixed <= 0.0 {
            Self::Always
        } else {
            Self::After(fixed * speedup / (speedup - 1.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phases(compile: f64, instantiate: f64, execute: f64) -> Phases {
        Phases {
            compile,
            instantiate,
            execute,
            total: compile + instantiate + execute,
        }
    }

    #[test]
    fn costs_meet_at_the_break_even() {
        let (evaluator, vm) = (phases(0.0, 10.0, 1000.0), phases(100.0, 60.0, 250.0));
        let BreakEven::After(time) = BreakEven::between(&evaluator, &vm) else {
            panic!()
        };
        assert!((10.0 + time - (160.0 + time / 4.0)).abs() < 1e-9, "{time}");
    }

    #[test]
    fn some_never_meet() {
        let evaluator = phases(0.0, 10.0, 1000.0);
        assert_eq!(
            BreakEven::between(&evaluator, &phases(9.0, 9.0, 1001.0)),
            BreakEven::Never
        );
        assert_eq!(
            BreakEven::between(&evaluator, &phases(2.0, 3.0, 500.0)),
            BreakEven::Always
        );
        assert_eq!(
            BreakEven::between(&evaluator, &phases(2.0, 3.0, -1.0)),
            BreakEven::Never
        );
    }
}
