//! Results files and sample logs on disk.
//!
//! A file is replaced whole or not at all; a log grows by a line per sample and survives losing
//! its last one. What is read has passed [`Results::check`]; nothing here panics on any bytes.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::schema::{Fingerprint, Inconsistency, Results, SCHEMA_VERSION, Sample, upgrade};

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
    /// It follows the schema, but contradicts itself.
    #[error("{path}: is inconsistent: {source}", path = path.display())]
    Inconsistent {
        /// The file.
        path: PathBuf,
        /// The contradiction.
        source: Inconsistency,
    },
}

/// Why a file was not written. What stood in its place still does.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The results contradict themselves, so nobody could read them.
    #[error("the results are inconsistent: {0}")]
    Inconsistent(#[from] Inconsistency),
    /// The system refused.
    #[error("{path}: cannot be written: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// What the beginning of any of our files tells before the rest is trusted.
#[derive(Deserialize)]
struct Probe {
    format: Option<String>,
    schema: Option<u64>,
}

const RESULTS_FORMAT: &str = "monkeybench-results";
const LOG_FORMAT: &str = "monkeybench-samples";

impl Results {
    /// Reads and checks a results file.
    ///
    /// # Errors
    /// [`ReadError`] says which of the many ways to be no results file this one found.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = read_text(path)?;
        let readable = upgrade::OLDEST..=SCHEMA_VERSION;
        let version = probe(path, &text, RESULTS_FORMAT, "results file", readable)?;
        let malformed = malformed(path);
        let results: Self = if version == SCHEMA_VERSION {
            serde_json::from_str(&text).map_err(malformed)?
        } else {
            let mut file = serde_json::from_str(&text).map_err(&malformed)?;
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

/// Writes a value as JSON, one line per element of its lists, replacing what stood there at once.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), WriteError> {
    let mut bytes = Vec::new();
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut bytes, LinePerElement::default());
    value
        .serialize(&mut serializer)
        .map_err(|error| WriteError::Io {
            path: path.to_owned(),
            source: error.into(),
        })?;
    bytes.push(b'\n');
    write_atomically(path, &bytes)
}

/// Replaces a file whole: a temporary file beside it, flushed to disk, then renamed over it. After
/// a failure, what stood there is unharmed and no temporary file remains.
///
/// # Errors
/// [`WriteError::Io`] with the path that was asked for.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", process::id()));
    let temporary = path.with_file_name(name);
    let replaced = File::create(&temporary)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(source) = replaced {
        // The first failure is the one worth telling.
        fs::remove_file(&temporary).ok();
        return Err(WriteError::Io {
            path: path.to_owned(),
            source,
        });
    }
    // The rename itself is durable once the directory is; not every system can sync one.
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))
        .and_then(|it| it.sync_all())
        .ok();
    Ok(())
}

/// The first line of a sample log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogHeader {
    format: String,
    schema: u32,
    run: Fingerprint,
}

/// A sample log that was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleLog {
    /// The run that wrote it.
    pub run: Fingerprint,
    /// Its samples, in the order taken.
    pub samples: Vec<Sample>,
    /// The length of all complete lines, in bytes: where a resumed run must go on writing, after
    /// cutting off what follows.
    pub complete_bytes: u64,
}

impl SampleLog {
    /// The first line of a log of this run, with its line feed.
    pub fn header_line(run: &Fingerprint) -> String {
        let header = LogHeader {
            format: LOG_FORMAT.to_owned(),
            schema: SCHEMA_VERSION,
            run: run.clone(),
        };
        json_line(&header)
    }

    /// The line of one sample, with its line feed. A sample has been logged once its whole line
    /// has been written.
    pub fn sample_line(sample: &Sample) -> String {
        json_line(sample)
    }

    /// Reads a sample log. Its last line may be cut short, as a killed run leaves it, and is then
    /// ignored; the samples aren't checked against each other, since [`Results::check`] does that.
    ///
    /// # Errors
    /// [`ReadError`]; a log whose header is cut short is [`ReadError::Truncated`].
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = read_complete_lines(path)?;
        let mut lines = text.split_terminator('\n');
        let Some(first) = lines.next() else {
            return Err(ReadError::Truncated {
                path: path.to_owned(),
                line: 1,
                column: 0,
            });
        };
        let version = SCHEMA_VERSION..=SCHEMA_VERSION;
        probe(path, first, LOG_FORMAT, "sample log", version)?;
        let malformed = malformed(path);
        let header: LogHeader = serde_json::from_str(first).map_err(&malformed)?;
        let samples = lines
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(malformed)?;
        Ok(Self {
            run: header.run,
            samples,
            complete_bytes: text.len() as u64,
        })
    }
}

fn json_line(value: &impl Serialize) -> String {
    // These types have neither maps with odd keys nor failing serializers, the only two causes.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

fn read_text(path: &Path) -> Result<String, ReadError> {
    String::from_utf8(read_bytes(path)?).map_err(|error| ReadError::NotText {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// A log's text up to its last line feed. The rest is dropped as bytes: a line may have been cut
/// within a character.
fn read_complete_lines(path: &Path) -> Result<String, ReadError> {
    let mut bytes = read_bytes(path)?;
    bytes.truncate(
        bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1),
    );
    String::from_utf8(bytes).map_err(|error| ReadError::NotText {
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

/// JSON with one line per field of the whole and per element of its lists, and no spaces within:
/// a file of many samples stays small and still shows its differences line by line.
#[derive(Default)]
struct LinePerElement {
    depth: usize,
}

impl LinePerElement {
    /// Objects and lists nested deeper than this stay on one line.
    const BROKEN_DEPTH: usize = 2;

    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.depth < Self::BROKEN_DEPTH {
            self.line(writer)?;
        }
        writer.write_all(bracket)
    }

    fn separate<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        if self.depth <= Self::BROKEN_DEPTH {
            self.line(writer)?;
        }
        Ok(())
    }

    fn line<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b" "))
    }
}

impl serde_json::ser::Formatter for LinePerElement {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.separate(w, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        self.separate(w, first)
    }
}
