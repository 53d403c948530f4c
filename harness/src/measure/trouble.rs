//! What is found wrong with what a worker answers.

use super::Task;
use crate::clocks::Implausible;
use crate::workers::Fault;

/// What keeps a cell from being measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The worker failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The program gave another value.
    #[error("the value is {got:?}, but should be {wanted:?}")]
    Value { got: String, wanted: String },
    /// The program printed something else.
    #[error("the output is {got:?}, but should be {wanted:?}")]
    Output { got: String, wanted: String },
    /// There is no value where there should be one.
    #[error("the answer has no value, but should have {wanted:?}")]
    NoValue { wanted: String },
    /// The worker's clock and this side's can't both be right.
    #[error(transparent)]
    Clock(#[from] Implausible),
}

/// Makes sure that a value is the one that the task gives.
///
/// # Errors
/// If it isn't.
pub(super) fn verify_value(got: &str, task: &Task) -> Result<(), Trouble> {
    if got == task.workload.value {
        return Ok(());
    }
    Err(Trouble::Value {
        got: got.to_owned(),
        wanted: task.workload.value.clone(),
    })
}
