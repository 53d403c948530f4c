//! Standard output and standard error. `println!` panics when standard output is closed, so it is
//! not used.

use std::env;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::outcome::{Failure, Status};

/// The width, in columns, of what is written elsewhere than to a terminal.
const DEFAULT_WIDTH: u16 = 100;

/// Writes a text to standard output, at once; `status` is what has been found out by then.
pub(crate) fn print(text: &str, status: Status) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::ReaderGone(status)),
        written => Ok(written.context("can't write to standard output")?),
    }
}

/// Writes a line to standard error. When that fails there is nowhere left to say so.
pub(crate) fn note(line: impl fmt::Display) {
    writeln!(io::stderr().lock(), "{line}").ok();
}

/// Appends a text to the summary of a job of GitHub, where this is one.
///
/// # Errors
/// If it can't be written.
pub(crate) fn summarize(markdown: &str) -> anyhow::Result<()> {
    let path = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
    let Some(path) = path.map(PathBuf::from) else {
        return Ok(());
    };
    let file = OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(markdown.as_bytes()))
        .with_context(|| format!("can't write the summary to {}", path.display()))
}

/// Says why a check could not be made.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::ReaderGone(_) => {}
        Failure::Invalid(_) => note(failure),
        _ => note(format_args!("error: {failure}")),
    }
}

/// Prints what clap has to say: help and version (exit status 0), or what is wrong (2).
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    error.print().ok();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Whether colours belong on standard output: <https://no-color.org>.
pub(crate) fn has_colors() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_colors = env::var_os("TERM").is_none_or(|term| term != "dumb");
    io::stdout().is_terminal() && !is_set("NO_COLOR") && has_colors
}

/// Columns of standard output: the terminal's, or else those that `COLUMNS` says.
pub(crate) fn width() -> u16 {
    let told = || env::var("COLUMNS").ok()?.parse().ok();
    terminal_size::terminal_size_of(io::stdout())
        .map(|(width, _)| width.0)
        .or_else(told)
        .unwrap_or(DEFAULT_WIDTH)
}
