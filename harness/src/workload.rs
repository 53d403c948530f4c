//! What can stand as a workload: a program of the project, or a user's own. Whoever measures, counts
//! or checks needs of both the same: a name, a text at a size, and what it must give, if that is known.
//!
//! Nothing here runs a program: what one gives that nobody has said is asked of [`crate::oracle`].

mod own;

use anyhow::ensure;
use workloads::{Suite, Workload};

pub(crate) use own::{ALL_SUITES, OwnWorkload, WireWorkload, declared, is_path};

/// A program that stands as a workload.
#[derive(Clone, Debug)]
pub(crate) enum AnyWorkload {
    /// One of the project's.
    Builtin(&'static Workload),
    /// A user's own.
    Own(OwnWorkload),
}

/// What a program must give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// Its value, as the language prints it.
    pub(crate) value: String,
    /// What it prints.
    pub(crate) output: String,
}

impl AnyWorkload {
    /// Its name, which no other workload of a run has.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Builtin(workload) => &workload.name,
            Self::Own(own) => &own.name,
        }
    }

    /// What tables call it at a size, or as it stands: `fibonacci(25)`.
    pub(crate) fn title(&self, size: Option<u64>) -> String {
        match self.effective(size) {
            Some(size) => format!("{}({size})", self.name()),
            None => self.name().to_owned(),
        }
    }

    /// Why it is there.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Builtin(workload) => workload.why.clone(),
            Self::Own(own) => match &own.why {
                Some(why) => why.clone(),
                None => format!("yours: {}", own.file),
            },
        }
    }

    /// The file that it was read from, as the user wrote it; none: it is part of this program.
    pub(crate) fn file(&self) -> Option<&str> {
        match self {
            Self::Builtin(_) => None,
            Self::Own(own) => Some(&own.file),
        }
    }

    /// The suite that it belongs to.
    pub(crate) fn suite(&self) -> Option<Suite> {
        match self {
            Self::Builtin(workload) => Some(workload.suite),
            Self::Own(_) => None,
        }
    }

    /// The size that it has where none is asked for.
    pub(crate) fn default_size(&self) -> Option<u64> {
        match self {
            Self::Builtin(workload) => workload.size.as_ref().map(|size| size.default),
            Self::Own(own) => own.default_size(),
        }
    }

    /// The size that it has where this one is asked for, or none.
    pub(crate) fn effective(&self, size: Option<u64>) -> Option<u64> {
        size.or(self.default_size())
    }

    /// Its text at a size, or as it stands.
    ///
    /// # Errors
    /// If it has no size, or not this one.
    pub(crate) fn source(&self, size: Option<u64>) -> anyhow::Result<String> {
        match self {
            Self::Builtin(workload) => Ok(workload.source(size)?),
            Self::Own(own) => own.source(size),
        }
    }

    /// What it must give at a size, if anyone has said so.
    pub(crate) fn expected(&self, size: Option<u64>) -> Option<Expected> {
        match self {
            Self::Builtin(workload) => {
                let lines = workload.expected_output(size)?.iter();
                Some(Expected {
                    value: workload.expected(size)?.to_owned(),
                    output: lines.map(|line| format!("{line}\n")).collect(),
                })
            }
            Self::Own(own) => own.expected(size).cloned(),
        }
    }
}

impl From<&'static Workload> for AnyWorkload {
    fn from(workload: &'static Workload) -> Self {
        Self::Builtin(workload)
    }
}

/// The workloads of the source documents.
pub(crate) fn documented() -> Vec<AnyWorkload> {
    workloads::documented().iter().map(Into::into).collect()
}

/// The workloads of all suites.
pub(crate) fn all() -> Vec<AnyWorkload> {
    workloads::all().iter().map(Into::into).collect()
}

/// Makes sure that no two workloads have one name: results know them by nothing else.
///
/// # Errors
/// If two have.
pub(crate) fn check_names(workloads: &[AnyWorkload]) -> anyhow::Result<()> {
    for (index, workload) in workloads.iter().enumerate() {
        let mut before = workloads[..index].iter();
        let Some(other) = before.find(|it| it.name() == workload.name()) else {
            continue;
        };
        let (name, files) = (workload.name(), [other.file(), workload.file()]);
        let [Some(one), Some(two)] = files else {
            anyhow::bail!("workload {name} is there twice");
        };
        ensure!(one != two, "workload {two} is there twice");
        anyhow::bail!(
            "two workloads are called {name}: {one} and {two}; rename a file, or give them names \
             in an experiment"
        );
    }
    Ok(())
}
