//! What several tests compare, and what they try.

#![allow(dead_code, reason = "each test binary uses a part of this")]

pub(crate) mod nearly_monkey;
pub(crate) mod sources;
pub(crate) mod tree;

use syntax::position_of;

/// The errors of a source, one per line: `line:column message`.
pub(crate) fn errors(source: &str) -> String {
    let Err(errors) = syntax::parse(source) else {
        return String::new();
    };
    let lines = errors.iter().map(|diagnostic| {
        let position = position_of(source, diagnostic.span.start);
        format!("{position} {diagnostic}\n")
    });
    lines.collect()
}
