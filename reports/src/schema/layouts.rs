//! Where the machine code of the variants lay in memory.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether layout was varied in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Layouts {
    /// Each round had a binary of its own for the variants, and another one for the control, each linked in
    /// an order drawn from the seed: an interval over rounds is one over layouts.
    EachRound,
    /// The same, but the other build of the comparison had one layout.
    OwnOnly {
        /// Why: the rest of a sentence.
        why: String,
    },
    /// All rounds had the same binary.
    One {
        /// Why: the rest of a sentence.
        why: String,
    },
}

impl Layouts {
    /// Why one of two builds has a single layout, so that what they differ by is within that; `None`: each has
    /// one of its own in each round.
    pub fn within_one(&self) -> Option<&str> {
        match self {
            Self::EachRound => None,
            Self::OwnOnly { why } | Self::One { why } => Some(why),
        }
    }
}

impl Default for Layouts {
    fn default() -> Self {
        Self::One {
            why: "layouts are not drawn".to_owned(),
        }
    }
}

impl fmt::Display for Layouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EachRound => f.write_str("one for each round"),
            Self::OwnOnly { why } => {
                write!(f, "one for each round, and one of the other build ({why})")
            }
            Self::One { why } => write!(f, "one for all rounds ({why})"),
        }
    }
}
