//! What was compared with what: the question, the variants, the workloads.

use serde::{Deserialize, Serialize};

use super::{Identity, is_false};

/// What was compared, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Its name: `progression`.
    pub name: String,
    /// The question it answers, as one sentence.
    pub question: String,
    /// Whether the variants build on each other.
    pub kind: ExperimentKind,
    /// The name of the variant that the ratios refer to. It is entered twice in each round; the
    /// second is the A/A control.
    pub reference: String,
    /// The name of the workload of the headline.
    pub headline: String,
}

/// Whether an experiment's variants build on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExperimentKind {
    /// Each variant is the one before it and one step more, so neighbours are compared.
    Progression,
    /// The variants stand side by side; each is compared with the reference only.
    Comparison,
    /// Each engine is there of two builds; that of the new one is compared with its counterpart, that
    /// of the old one.
    Builds,
}

/// An engine variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name in the variant grammar: `stack+co+si`.
    pub name: String,
    /// What a table calls it: `+ superinstructions`.
    pub label: String,
    /// One line on what it is.
    pub summary: String,
    /// The name of the variant that this one is judged against in a comparison, where that isn't the
    /// reference: the one that it differs from in a single thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<String>,
    /// Whether it is one of the program's own, which share one parser: what parsing takes one of them,
    /// it takes all.
    #[serde(default, skip_serializing_if = "is_false")]
    pub builtin: bool,
    /// What its worker said that it is; `None` if it never answered, and in files that are older than
    /// the handshake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The size of a value on its stack, in bytes; `None` where that isn't known, and in files that
    /// are older than it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_bytes: Option<u32>,
}

/// A variant that the experiment names and the program doesn't offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotOffered {
    /// Its name, as the experiment spells it.
    pub name: String,
    /// What a table would call it.
    pub label: String,
    /// Why it isn't offered, as one sentence.
    pub why: String,
}

/// A program that was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// Its name: `fibonacci`.
    pub name: String,
    /// What a table calls it: `fibonacci(25)`.
    pub title: String,
    /// Why it is there.
    pub why: String,
    /// The suite that it belongs to, all of which was run: `documented`; `None` where only a part of
    /// it was, and in files that are older than suites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// Its size parameter, where it has one.
    pub size: Option<u64>,
    /// A hash of the program's text at that size, by which two programs of one name are told apart;
    /// `None` in files that are older than it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The file that it was read from, as the user named it; `None`: it is one of the tool's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The value that every variant gave, as the language prints it.
    pub value: String,
}
