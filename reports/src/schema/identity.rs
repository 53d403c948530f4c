//! What a variant's worker said that it is, before it was asked for anything else.

use serde::{Deserialize, Serialize};

use super::Measure;

/// The answer of a worker to the handshake. One of protocol 1 has none: then only the version of the
/// protocol is known, and what could be measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The version of the protocol that it speaks.
    pub protocol: u32,
    /// The engine's name, in its own words: `lua`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// The engine's version, in its own words: `5.4.6`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it can time, in the order of [`Measure::ALL`]: as it said, or, of protocol 1, as was found
    /// by asking.
    pub phases: Vec<Measure>,
}
