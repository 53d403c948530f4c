//! What is measured.

use reports::schema;
use serde::{Deserialize, Serialize};

use crate::workers::Named;

/// A program to measure, and what it must give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Task {
    /// What the results say of it; its value is the expected one.
    pub(crate) workload: schema::Workload,
    /// Its text.
    pub(crate) source: String,
    /// What it must print.
    pub(crate) output: String,
    /// Whether it is known what it must give; if not, the oracle is asked before anything else is.
    pub(crate) is_known: bool,
}

impl Task {
    /// The program as a worker is asked for it.
    pub(crate) fn program(&self) -> Named<'_> {
        Named {
            name: &self.workload.name,
            source: &self.source,
        }
    }
}
