//! How a command ends: its exit status, and the errors that lead to it.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// How a command ended that did what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// All is well: exit status 0.
    Good,
    /// The program or a measurement failed, which has been reported: exit status 1.
    Failed,
    /// The measurement came to an end, but its result is not to be trusted: exit status 3.
    Invalid,
}

/// Why a command could not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for makes no sense: exit status 2.
    Usage(anyhow::Error),
    /// It could not be done: exit status 1.
    Failed(anyhow::Error),
    /// Whoever read standard output has gone (`… | head`), so there is nobody to write for: exit
    /// status 0, quietly.
    ReaderGone,
}

impl Failure {
    /// A wrong usage.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    /// What a failed write to standard output means.
    pub(crate) fn stdout(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ReaderGone
        } else {
            Self::Failed(anyhow::Error::new(error).context("can't write to standard output"))
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(error) | Self::Failed(error) => write_chain(f, error),
            Self::ReaderGone => f.write_str("the reader of standard output has gone"),
        }
    }
}

/// Writes an error and its causes, but for those that the text before quotes already.
fn write_chain(f: &mut fmt::Formatter<'_>, error: &anyhow::Error) -> fmt::Result {
    let mut last = error.to_string();
    f.write_str(&last)?;
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !last.ends_with(&cause) {
            write!(f, ": {cause}")?;
        }
        last = cause;
    }
    Ok(())
}

/// A command's outcome.
pub(crate) type Outcome = Result<Status, Failure>;

/// The exit status of an outcome.
pub(crate) fn exit_code(outcome: &Outcome) -> ExitCode {
    ExitCode::from(match outcome {
        Ok(Status::Good) | Err(Failure::ReaderGone) => 0,
        Ok(Status::Failed) | Err(Failure::Failed(_)) => 1,
        Err(Failure::Usage(_)) => 2,
        Ok(Status::Invalid) => 3,
    })
}
