//! What several tests compare.

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
