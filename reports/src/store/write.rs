//! Writing files whole, or not at all.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use serde::Serialize;

use crate::schema::Inconsistency;

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

/// Replaces a file whole: a temporary file beside it, flushed to disk, then renamed over it. Symbolic
/// links stay and lead to the new content; a file keeps its permissions. After a failure, what stood
/// there is unharmed and no temporary file remains.
///
/// What is no regular file, such as a device or a pipe, is written to instead; a file that may not be
/// written is refused, although it could be replaced.
///
/// # Errors
/// [`WriteError::Io`] with the path that was asked for.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    replace(path, bytes).map_err(|source| WriteError::Io {
        path: path.to_owned(),
        source,
    })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = &behind_links(path)?;
    let replaced = match fs::metadata(path) {
        Ok(it) if it.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(it) if !it.is_file() => {
            return OpenOptions::new().write(true).open(path)?.write_all(bytes);
        }
        Ok(it) if it.permissions().readonly() => {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the file is read-only",
            ));
        }
        Ok(it) => Some(it),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let temporary = temporary(path);
    File::create(&temporary)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            if let Some(replaced) = &replaced {
                keep_access(&file, replaced)?;
            }
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| {
            // The first failure is the one worth telling.
            fs::remove_file(&temporary).ok();
        })?;
    // The rename itself is durable once the directory is; not every system can sync one.
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))
        .and_then(|it| it.sync_all())
        .ok();
    Ok(())
}

/// The file that a path leads to, there or not. As many links are followed as Linux would.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    const MOST: u32 = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        match fs::read_link(&path) {
            // A relative link starts where it stands.
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

/// Where a file is prepared that is to stand at this path.
fn temporary(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", process::id()));
    path.with_file_name(name)
}

/// Whether this is the name of a file that was being prepared to replace the one of that name, by any
/// process. Such a file remains where its writer was killed.
pub fn is_temporary(name: &str, of: &str) -> bool {
    let process = name
        .strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(of)?.strip_prefix('.'))
        .and_then(|rest| rest.strip_suffix(".tmp"));
    process.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Gives a new file the permissions of the one that it replaces, and the owner too where the system
/// allows it.
fn keep_access(file: &File, replaced: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        // Only root may give a file away, and nobody needs it who isn't.
        fchown(file, Some(replaced.uid()), Some(replaced.gid())).ok();
    }
    file.set_permissions(replaced.permissions())
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
