//! Results files and sample logs on disk.
//!
//! A file is replaced whole or not at all; a log grows by rounds and survives losing the end of its
//! last one. What is read has passed [`Results::check`]; nothing here panics on any bytes.

mod log;
mod write;

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::schema::{Inconsistency, Results, SCHEMA_VERSION, upgrade};
pub use log::{FailedCell, SampleLog};
pub(crate) use write::write_json;
pub use write::{WriteError, is_temporary, write_atomically};

/// The largest file that is read, in bytes: some hundred times what a long run leaves.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// Why a results file or a sample log can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such file.
    #[error("{path}: no such file", path = .0.display())]
    Missing(PathBuf),
    /// It is a directory.
    #[error("{path}: is a directory, not a file", path = .0.display())]
    Directory(PathBuf),
    /// The system won't let it be read.
    #[error("{path}: cannot be read: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is larger than [`MAX_FILE_BYTES`].
    #[error("{path}: larger than {limit} MB, so not read", path = .0.display(), limit = MAX_FILE_BYTES >> 20)]
    TooLarge(PathBuf),
    /// It isn't text.
    #[error("{path}: is not UTF-8 text (byte {offset})", path = path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first bad byte, from 0.
        offset: usize,
    },
    /// It isn't JSON.
    #[error("{path}: is not JSON: {source}", path = path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// What was found, and where.
        source: serde_json::Error,
    },
    /// It is JSON up to a point, where it stops.
    #[error("{path}: is truncated: it ends at line {line}, column {column}", path = path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The last line, from 1.
        line: usize,
        /// The column in it where the text ends.
        column: usize,
    },
    /// It is JSON, but not a file of this program.
    #[error("{path}: is JSON, but not a monkeybench {expected}", path = path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What was expected: `results file`, `sample log`.
        expected: &'static str,
    },
    /// It has another version of the schema.
    #[error(
        "{path}: has schema version {found}; this program reads version {}",
        versions(.readable),
        path = path.display()
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The file's version.
        found: u64,
        /// The versions that are read of such files.
        readable: RangeInclusive<u32>,
    },
    /// It has our format and version, but doesn't follow the schema.
    #[error("{path}: does not follow the schema: {source}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was found, and where.
        source: serde_json::Error,
    },
    /// It is a file of counts, and has two of one cell.
    #[error("{path}: has the counts of {cell} twice", path = path.display())]
    CountedTwice {
        /// The file.
        path: PathBuf,
        /// The cell.
        cell: String,
    },
    /// It follows the schema, but contradicts itself.
    #[error("{path}: is inconsistent: {source}", path = path.display())]
    Inconsistent {
        /// The file.
        path: PathBuf,
        /// The contradiction.
        source: Inconsistency,
    },
}

/// What the beginning of any of our files tells before the rest is trusted.
#[derive(Deserialize)]
struct Probe {
    format: Option<String>,
    schema: Option<u64>,
}

const RESULTS_FORMAT: &str = "monkeybench-results";

impl Results {
    /// Reads and checks a results file.
    ///
    /// # Errors
    /// [`ReadError`] says which of the many ways to be no results file this one found.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        Self::parse(&read_text(path)?, path)
    }

    /// Reads and checks the text of a results file; errors name it by this path.
    ///
    /// # Errors
    /// As [`Results::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ReadError> {
        let readable = upgrade::OLDEST..=SCHEMA_VERSION;
        let version = probe(path, text, RESULTS_FORMAT, "results file", readable)?;
        let malformed = malformed(path);
        let results: Self = if version == SCHEMA_VERSION {
            serde_json::from_str(text).map_err(malformed)?
        } else {
            let mut file = serde_json::from_str(text).map_err(&malformed)?;
            upgrade::upgrade(&mut file, version);
            serde_json::from_value(file).map_err(malformed)?
        };
        results.check().map_err(|source| ReadError::Inconsistent {
            path: path.to_owned(),
            source,
        })?;
        Ok(results)
    }

    /// Writes a results file, one line per sample, replacing what stood there at once.
    ///
    /// # Errors
    /// Inconsistent results, or the system's refusal.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        self.check()?;
        write_json(path, self)
    }
}

/// Reads a JSON file that says by its first fields that it is ours, and of this version.
pub(crate) fn read_json<T: DeserializeOwned>(
    path: &Path,
    format: &str,
    expected: &'static str,
    version: u32,
) -> Result<T, ReadError> {
    let text = read_text(path)?;
    probe(path, &text, format, expected, version..=version)?;
    serde_json::from_str(&text).map_err(malformed(path))
}

/// The error for a file of ours that doesn't follow the schema.
fn malformed(path: &Path) -> impl Fn(serde_json::Error) -> ReadError {
    move |source| ReadError::Malformed {
        path: path.to_owned(),
        source,
    }
}

/// Versions, as a sentence names them.
fn versions(range: &RangeInclusive<u32>) -> String {
    match (range.start(), range.end()) {
        (oldest, newest) if oldest == newest => newest.to_string(),
        (oldest, newest) => format!("{oldest} to {newest}"),
    }
}

fn read_text(path: &Path) -> Result<String, ReadError> {
    String::from_utf8(read_bytes(path)?).map_err(|error| ReadError::NotText {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    let io_error = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ReadError::Missing(path.to_owned()),
        io::ErrorKind::IsADirectory => ReadError::Directory(path.to_owned()),
        _ => ReadError::Io {
            path: path.to_owned(),
            source,
        },
    };
    let file = File::open(path).map_err(io_error)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large from one that just fits, whatever
    // size the system claims for it.
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(io_error)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}

/// Tells a file that is ours, and of a version that can be read, from all others, before its fields are
/// read; gives its version.
fn probe(
    path: &Path,
    text: &str,
    format: &str,
    expected: &'static str,
    readable: RangeInclusive<u32>,
) -> Result<u32, ReadError> {
    let path = path.to_owned();
    let found: Probe = match serde_json::from_str(text) {
        Ok(found) => found,
        Err(source) => {
            return Err(match source.classify() {
                Category::Eof => ReadError::Truncated {
                    path,
                    line: source.line(),
                    column: source.column(),
                },
                Category::Data => ReadError::NotOurs { path, expected },
                Category::Syntax | Category::Io => ReadError::NotJson { path, source },
            });
        }
    };
    match found {
        Probe {
            format: Some(name),
            schema: Some(version),
        } if name == format => match u32::try_from(version) {
            Ok(version) if readable.contains(&version) => Ok(version),
            _ => Err(ReadError::OtherVersion {
                path,
                found: version,
                readable,
            }),
        },
        _ => Err(ReadError::NotOurs { path, expected }),
    }
}
