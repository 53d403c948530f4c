//! The terminal: whether it is one, how wide, whether it has colours, and writing to it without
//! ever panicking. `println!` panics when standard output is closed or full, so it is not used.

use std::env;
use std::fmt;
use std::io::{self, IsTerminal, Write as _};

use catalog::syntax::printable;

use crate::failure::Failure;

/// The width, in columns, of what is written elsewhere than to a terminal.
const DEFAULT_WIDTH: usize = 100;

/// Writes a text to standard output, at once.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Writes bytes to standard output, at once.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(Failure::stdout)
}

/// Writes a value to standard output as JSON, for machines.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    print(&text)
}

/// Writes a program's value to standard output, on lines of its own. On a terminal it is shown, in a file
/// it is kept as it is.
pub(crate) fn print_value(value: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        print(&format!("{}\n", harmless(value)))
    } else {
        print(&format!("{value}\n"))
    }
}

/// A text of one or more lines that does nothing to a terminal.
fn harmless(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(printable).collect();
    lines.join("\n")
}

/// Writes a line to standard error. When that fails there is nowhere left to say so.
pub(crate) fn note(line: impl fmt::Display) {
    drawn(harmless(&line.to_string()));
}

/// Writes to standard error what has been drawn for a terminal, its colours included.
pub(crate) fn drawn(text: impl fmt::Display) {
    writeln!(io::stderr().lock(), "{text}").ok();
}

/// Writes an error to standard error, in one line.
pub(crate) fn error(message: impl fmt::Display) {
    labelled("error", "31", message);
}

/// Writes a warning to standard error, in one line.
pub(crate) fn warning(message: impl fmt::Display) {
    labelled("warning", "33", message);
}

fn labelled(label: &str, color: &str, message: impl fmt::Display) {
    // It may quote a file, a name or what another program said.
    let message = harmless(&message.to_string());
    if stderr_has_colors() {
        drawn(format_args!("\x1b[1;{color}m{label}:\x1b[0m {message}"));
    } else {
        drawn(format_args!("{label}: {message}"));
    }
}

/// Whether colours belong on standard output.
pub(crate) fn stdout_has_colors() -> bool {
    io::stdout().is_terminal() && colors_wanted()
}

/// Whether colours belong on standard error.
pub(crate) fn stderr_has_colors() -> bool {
    io::stderr().is_terminal() && colors_wanted()
}

/// What the environment says of colours: <https://no-color.org>, and terminals that have none.
fn colors_wanted() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Columns of standard output.
pub(crate) fn stdout_width() -> usize {
    terminal_size::terminal_size_of(io::stdout())
        .map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
}

/// Whether a terminal is too narrow for two columns of words.
pub(crate) fn is_narrow() -> bool {
    const LEAST: usize = 60;
    stdout_width() < LEAST
}

/// Columns of standard error.
pub(crate) fn stderr_width() -> usize {
    terminal_size::terminal_size_of(io::stderr())
        .map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of programs are shown by one function, those of results by another, which knows of no
    /// program; neither lets anything through.
    #[test]
    fn no_control_character_reaches_a_terminal() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if character.is_control() || turns {
                for shown in [printable(&text), reports::format::printable(&text)] {
                    assert!(!shown.contains(character), "{character:?}");
                }
            }
        }
        assert_eq!(harmless("a\u{9b}\nb\r"), "a\u{fffd}\nb␍");
    }
}
