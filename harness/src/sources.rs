//! Reading a program from a file or standard input, whatever stands there.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use catalog::bytecode::{self, is_bytecode};

/// A program's text, and what messages call its origin.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The path, or `<stdin>`.
    pub(crate) origin: String,
    /// The text.
    pub(crate) text: String,
}

/// A program in either form.
#[derive(Debug)]
pub(crate) enum Input {
    /// As text.
    Text(Source),
    /// As the bytes of a bytecode file.
    Bytecode {
        /// The path, or `<stdin>`.
        origin: String,
        /// The file's bytes.
        bytes: Vec<u8>,
    },
}

/// What a program's text is called where it is too large, and how large it may be.
const PROGRAM: (usize, &str) = (catalog::syntax::MAX_SOURCE_BYTES, "a program");

/// Reads a program's text from a file, or from standard input where the path is `-`.
///
/// # Errors
/// As [`read_at_most`]; or it is bytecode.
pub(crate) fn read(path: impl AsRef<Path>) -> anyhow::Result<Source> {
    match read_any(path)? {
        Input::Text(source) => Ok(source),
        Input::Bytecode { origin, .. } => bail!("{origin} is bytecode: its source is needed here"),
    }
}

/// The end of a bytecode file's name.
pub(crate) const BYTECODE_EXTENSION: &str = "mbc";

/// Reads a program in either form. Which it is, its first byte tells; but what is called bytecode, and
/// begins otherwise, is damaged rather than text.
///
/// # Errors
/// As [`read_at_most`].
pub(crate) fn read_any(path: impl AsRef<Path>) -> anyhow::Result<Input> {
    let path = path.as_ref();
    let is_named = path.extension() == Some(OsStr::new(BYTECODE_EXTENSION));
    let (origin, bytes) = contents(path, |head| match is_named || is_bytecode(head) {
        true => (bytecode::MAX_BYTES, "bytecode"),
        false => PROGRAM,
    })?;
    Ok(match is_named || is_bytecode(&bytes) {
        true => Input::Bytecode { origin, bytes },
        false => Input::Text(text(origin, bytes)?),
    })
}

/// Reads what is to be `what`, as text. No more is read than that may have, so neither a huge file
/// nor an endless stream is held.
///
/// # Errors
/// In one line, with the file's name: it can't be read, is a directory, too large or not UTF-8.
pub(crate) fn read_at_most(path: &Path, limit: usize, what: &str) -> anyhow::Result<Source> {
    let (origin, bytes) = contents(path, |_| (limit, what))?;
    text(origin, bytes)
}

/// The name by which messages call a file, and its bytes. `limit` says of its first bytes how many
/// there may be, and of what.
fn contents<'w>(
    path: &Path,
    limit: impl FnOnce(&[u8]) -> (usize, &'w str),
) -> anyhow::Result<(String, Vec<u8>)> {
    let is_stdin = path == Path::new("-");
    let origin = match is_stdin {
        true => "<stdin>".to_owned(),
        false => path.display().to_string(),
    };
    let read = || {
        let mut file: Box<dyn BufRead> = match is_stdin {
            true => Box::new(io::stdin().lock()),
            // Opening a directory succeeds on some systems; reading it then fails.
            false => Box::new(BufReader::new(File::open(path)?)),
        };
        let (limit, what) = limit(file.fill_buf()?);
        let mut bytes = Vec::new();
        file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        io::Result::Ok((bytes, limit, what))
    };
    let (bytes, limit, what) = read()
        .map_err(named)
        .with_context(|| format!("can't read {origin}"))?;
    if bytes.len() > limit {
        bail!(
            "{origin} is larger than the limit of {limit} bytes for {what}, which no option changes"
        );
    }
    Ok((origin, bytes))
}

fn text(origin: String, bytes: Vec<u8>) -> anyhow::Result<Source> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source { origin, text }),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            bail!("{origin} is not UTF-8: invalid byte at offset {offset}")
        }
    }
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

/// A path as seen from a folder, without the `.` that either may have amid it; as it is, from the
/// current one.
pub(crate) fn within(folder: &Path, path: impl AsRef<Path>) -> PathBuf {
    match folder.as_os_str().is_empty() {
        true => path.as_ref().to_owned(),
        false => folder.join(path).components().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_from_a_folder_have_no_superfluous_dots() {
        for (folder, path, from) in [
            ("", "./mine.monkey", "./mine.monkey"),
            ("", "lab/", "lab/"),
            (".", "./mine.monkey", "./mine.monkey"),
            ("lab", "./mine.monkey", "lab/mine.monkey"),
            ("lab", ".", "lab"),
            ("lab", "../mine.monkey", "lab/../mine.monkey"),
            ("lab", "/mine.monkey", "/mine.monkey"),
        ] {
            assert_eq!(within(Path::new(folder), path).as_os_str(), from);
        }
    }
}
