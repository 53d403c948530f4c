//! The benches of the gate: which phase of which variant on which workload.
//!
//! The list follows from the catalog and the workloads, so that whoever counts knows what has to
//! be there: a bench that is missing is noticed, not passed over.

use std::fmt;

use catalog::{Phase, Variant};
use reports::schema::Measure;
use workloads::Workload;

/// A bench: a phase of one variant on one workload.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The phase.
    pub bench: Measure,
    /// The variant.
    pub variant: &'static Variant,
    /// The workload.
    pub workload: &'static Workload,
}

impl Cell {
    /// The phase, as engines know it.
    ///
    /// # Panics
    /// If it is no phase that has benches, see [`BENCHES`].
    pub fn phase(&self) -> Phase {
        match self.bench {
            Measure::Parse => Phase::Parse,
            Measure::Compile => Phase::Compile,
            Measure::Run => Phase::Run,
            other => unreachable!("there are no benches of {other}"),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} on {}",
            self.bench, self.variant.name, self.workload.name
        )
    }
}

/// The phases that have benches.
pub const BENCHES: [Measure; 3] = [Measure::Run, Measure::Parse, Measure::Compile];

/// The benches of a phase, in the order in which they are numbered: every stage on every documented
/// workload.
/// Parsing is the same for all, so it is counted once per workload, for the oracle.
pub fn of(bench: Measure) -> Vec<Cell> {
    let variants = match bench {
        Measure::Parse => vec![catalog::oracle()],
        _ => catalog::stages(),
    };
    let cell = |variant| {
        workloads::documented().iter().map(move |workload| Cell {
            bench,
            variant,
            workload,
        })
    };
    variants.into_iter().flat_map(cell).collect()
}
