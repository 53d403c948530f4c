//! How a check ends: its exit status, and the errors that lead to it.

use std::fmt;
use std::process::ExitCode;

use serde::Serialize;

/// How a check ended that could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Nothing is slower: exit status 0.
    Good,
    /// Something regressed, or isn't what the baseline says: exit status 1.
    Regressed,
    /// What was asked for can't be compared, which has been reported: exit status 3.
    Invalid,
}

/// Why something can't be compared, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Invalid {
    reason: String,
    advice: String,
}

impl Invalid {
    /// With the reason and its causes.
    pub(crate) fn new(reason: impl Into<anyhow::Error>, advice: impl Into<String>) -> Self {
        Self {
            reason: format!("{:#}", reason.into()),
            advice: advice.into(),
        }
    }

    /// Why, as a line.
    pub(crate) fn statement(&self) -> String {
        format!("INVALID: {}.", self.reason)
    }

    /// What to do about it, as a line in which commands stand in backticks.
    pub(crate) fn instructions(&self) -> String {
        format!("What to do: {}.", self.advice)
    }
}

/// Why a check could not be made.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for makes no sense: exit status 2.
    Usage(anyhow::Error),
    /// It could not be counted: exit status 1.
    Failed(anyhow::Error),
    /// It could be counted, but not compared: exit status 3.
    Invalid(Invalid),
    /// Whoever read standard output has gone, so there is nobody to write for; the status is that of
    /// what was found out.
    ReaderGone(Status),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(error) | Self::Failed(error) => write!(f, "{error:#}"),
            Self::Invalid(invalid) => {
                write!(f, "{}\n{}", invalid.statement(), invalid.instructions())
            }
            Self::ReaderGone(_) => f.write_str("the reader of standard output has gone"),
        }
    }
}

/// A check's outcome.
pub(crate) type Outcome = Result<Status, Failure>;

/// The exit status of an outcome.
pub(crate) fn exit_code(outcome: &Outcome) -> ExitCode {
    ExitCode::from(match outcome {
        Ok(status) | Err(Failure::ReaderGone(status)) => match status {
            Status::Good => 0,
            Status::Regressed => 1,
            Status::Invalid => 3,
        },
        Err(Failure::Failed(_)) => 1,
        Err(Failure::Usage(_)) => 2,
        Err(Failure::Invalid(_)) => 3,
    })
}
