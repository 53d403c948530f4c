//! Reading a program's text from a file or standard input, whatever stands there.

use std::fs::File;
use std::io::{self, Read as _};

use anyhow::{Context as _, bail};

/// A program's text, and what messages call its origin.
#[derive(Debug)]
pub(crate) struct Source {
    /// The path, or `<stdin>`.
    pub(crate) origin: String,
    /// The text.
    pub(crate) text: String,
}

/// Reads a program from a file, or from standard input where the path is `-`.
///
/// # Errors
/// As [`read_at_most`].
pub(crate) fn read(path: &str) -> anyhow::Result<Source> {
    read_at_most(path, catalog::syntax::MAX_SOURCE_BYTES, "a program")
}

/// Reads what is to be `what`. No more is read than that may have, so neither a huge file nor an
/// endless stream is held.
///
/// # Errors
/// In one line, with the file's name: it can't be read, is a directory, too large or not UTF-8.
pub(crate) fn read_at_most(path: &str, limit: usize, what: &str) -> anyhow::Result<Source> {
    let mut bytes = Vec::new();
    let most = limit as u64 + 1;
    let origin = if path == "-" { "<stdin>" } else { path };
    let read = if path == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        // Opening a directory succeeds on some systems; reading it then fails.
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(named)
        .with_context(|| format!("can't read {origin}"))?;
    if bytes.len() > limit {
        bail!("{origin} is larger than the limit of {limit} bytes for {what}");
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        anyhow::anyhow!("{origin} is not UTF-8: invalid byte at offset {offset}")
    })?;
    Ok(Source {
        origin: origin.to_owned(),
        text,
    })
}

/// The usual failures in plain words; the system's own for all others.
fn named(error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::NotFound => anyhow::anyhow!("no such file"),
        io::ErrorKind::IsADirectory => anyhow::anyhow!("is a directory"),
        io::ErrorKind::PermissionDenied => anyhow::anyhow!("permission denied"),
        _ => error.into(),
    }
}
