//! What the types of the schema can't say: whether a results file agrees with itself.
//!
//! Only what a reader relies on is checked; whether a run may be believed is the business of
//! [`crate::validity`].

use std::collections::HashSet;

use super::{Experiment, MAX_AXIS, Results, Sample, VariantId, WorkloadId};

/// How a results file contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Inconsistency {
    /// No variant, or no workload.
    #[error("it names no {0}")]
    Empty(&'static str),
    /// More of something than [`MAX_AXIS`].
    #[error("it names {count} {what}s; at most {MAX_AXIS} are allowed")]
    TooMany {
        /// `variant` or `workload`.
        what: &'static str,
        /// How many there are.
        count: usize,
    },
    /// A name that is empty or holds control characters.
    #[error("the {what} name {name:?} is empty or holds control characters")]
    BadName {
        /// `variant` or `workload`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Two variants, or two workloads, of one name.
    #[error("the {what} `{name}` is there twice")]
    Duplicate {
        /// `variant` or `workload`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The experiment refers to something that isn't in the file.
    #[error("the experiment's {what} `{name}` is not among those measured")]
    Unknown {
        /// The role: `reference`, `headline` or `counterpart`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A cell that can't be.
    #[error("cell {index}: {problem}")]
    Cell {
        /// Its place in the file, from 0.
        index: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A sample that can't be.
    #[error("sample {index}: {problem}")]
    Sample {
        /// Its place in the file, from 0.
        index: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Results {
    /// Checks all that the types can't say; every reader and writer of files goes through here,
    /// so that the statistics and the tables needn't doubt an index or a division.
    ///
    /// # Errors
    /// The first [`Inconsistency`].
    pub fn check(&self) -> Result<(), Inconsistency> {
        check_names("variant", self.variants.iter().map(|v| v.name.as_str()))?;
        check_names("workload", self.workloads.iter().map(|w| w.name.as_str()))?;
        self.check_experiment()?;
        self.check_cells()?;
        self.check_samples()
    }

    fn check_experiment(&self) -> Result<(), Inconsistency> {
        let Experiment {
            reference,
            headline,
            ..
        } = &self.experiment;
        let unknown = |what, name: &String| Inconsistency::Unknown {
            what,
            name: name.clone(),
        };
        self.variant_named(reference)
            .ok_or_else(|| unknown("reference", reference))?;
        self.workload_named(headline)
            .ok_or_else(|| unknown("headline", headline))?;
        let counterparts = self
            .variants
            .iter()
            .filter_map(|it| it.counterpart.as_ref());
        for counterpart in counterparts {
            self.variant_named(counterpart)
                .ok_or_else(|| unknown("counterpart", counterpart))?;
        }
        Ok(())
    }

    fn check_cells(&self) -> Result<(), Inconsistency> {
        let mut seen = HashSet::new();
        for (index, cell) in self.cells.iter().enumerate() {
            let problem = if !self.has(cell.variant, cell.workload) {
                "its variant or workload is not in the file"
            } else if !seen.insert((cell.variant, cell.workload)) {
                "its variant and workload have a cell already"
            } else if cell.host_instructions == Some(0) {
                "it took no host instructions"
            } else if cell.jumps.iter().any(|jump| jump.taken == 0) {
                "it has a jump that was never taken"
            } else if cell
                .jumps
                .iter()
                .any(|jump| jump.function as usize >= self.code_functions().len())
            {
                "it has a jump in a function that is not in the file"
            } else if cell.host_instructions.is_some() && self.host_key().is_none() {
                "it has host instructions, but the file has no key for them"
            } else {
                continue;
            };
            return Err(Inconsistency::Cell { index, problem });
        }
        Ok(())
    }

    fn check_samples(&self) -> Result<(), Inconsistency> {
        let reference = self.reference();
        let mut seen = HashSet::new();
        for (index, sample) in self.samples.iter().enumerate() {
            let Sample {
                round,
                workload,
                variant,
                control,
                measure,
                ..
            } = *sample;
            let problem = if !self.has(variant, workload) {
                "its variant or workload is not in the file"
            } else if sample.iterations == 0 {
                "it has no iterations"
            } else if sample.nanoseconds == 0 {
                "it took no time"
            } else if control && variant != reference {
                "it is a control, but not of the reference"
            } else if !seen.insert((round, workload, variant, control, measure)) {
                "its round has such a sample already"
            } else {
                continue;
            };
            return Err(Inconsistency::Sample { index, problem });
        }
        Ok(())
    }

    fn has(&self, variant: VariantId, workload: WorkloadId) -> bool {
        variant.index() < self.variants.len() && workload.index() < self.workloads.len()
    }
}

fn check_names<'a>(
    what: &'static str,
    names: impl ExactSizeIterator<Item = &'a str>,
) -> Result<(), Inconsistency> {
    match names.len() {
        0 => return Err(Inconsistency::Empty(what)),
        1..=MAX_AXIS => {}
        count => return Err(Inconsistency::TooMany { what, count }),
    }
    let mut seen = HashSet::new();
    for name in names {
        if name.is_empty() || name.contains(char::is_control) {
            return Err(Inconsistency::BadName {
                what,
                name: name.to_owned(),
            });
        }
        if !seen.insert(name) {
            return Err(Inconsistency::Duplicate {
                what,
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}
