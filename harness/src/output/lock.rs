//! The lock of an output folder: one process at a time writes there.
//!
//! The system holds it on behalf of the process, so that it ends with the process however that ends.
//! The file says who holds it, for people; whether it is held is never read from the file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, bail};

use crate::console;
use crate::plan::utc;
use crate::workers::shortened;

/// The file's name in the folder.
pub(super) const FILE_NAME: &str = ".monkeybench.lock";

/// How often the file is opened anew, should its holder end just now and remove it.
const ATTEMPTS: u32 = 20;

/// How long a lock may still be held on behalf of a process that was killed: by a worker that it was about to
/// start, until that has become another program.
const GRACE: Duration = Duration::from_millis(500);

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    /// None where the file system has no locks.
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    /// Open as long as the lock is to be held.
    _file: File,
    path: PathBuf,
    /// What the file says.
    owner: String,
}

/// Locks a file, which may take so long.
fn lock_within(file: &File, limit: Duration) -> Result<(), TryLockError> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if begun.elapsed() < limit => {
                thread::sleep(Duration::from_millis(20));
            }
            done => return done,
        }
    }
}

impl Lock {
    /// Locks a folder, which is there.
    ///
    /// # Errors
    /// If another process holds it, which the error names; or the folder can't be written to.
    pub(super) fn acquire(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE_NAME);
        let context = || format!("can't write to {}", folder.display());
        for _ in 0..ATTEMPTS {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .with_context(context)?;
            match lock_within(&file, GRACE) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => bail!(
                    "{} is being written to by another monkeybench: {}. Wait for its end, or give \
                     another folder with --out",
                    folder.display(),
                    owner(&path),
                ),
                Err(TryLockError::Error(error)) => {
                    console::warning(format_args!(
                        "{} can't be locked ({error}), so make sure that no other run writes there",
                        folder.display()
                    ));
                    return Ok(Self { held: None });
                }
            }
            let owner = format!(
                "process {}, started {}\n",
                process::id(),
                utc(SystemTime::now())
            );
            file.set_len(0)
                .and_then(|()| file.write_all(owner.as_bytes()))
                .with_context(context)?;
            let held = Held {
                _file: file,
                path: path.clone(),
                owner,
            };
            // Its last holder may have removed the file between its being opened and locked; then
            // this is the lock of no folder.
            if held.is_in_place() {
                return Ok(Self { held: Some(held) });
            }
        }
        Err(io::Error::other(
            "its lock is taken and given back all the time",
        ))
        .with_context(context)
    }

    /// Whether the lock still keeps others from the folder, as far as this can be told: its file is
    /// gone if the folder was deleted.
    pub(super) fn is_in_place(&self) -> bool {
        match &self.held {
            Some(held) => held.is_in_place(),
            None => true,
        }
    }
}

impl Held {
    /// Whether the file of this lock still stands in the folder.
    fn is_in_place(&self) -> bool {
        fs::read(&self.path).is_ok_and(|text| text == self.owner.as_bytes())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // In a folder that was made anew meanwhile, the file may be another process's.
        if self.is_in_place() {
            fs::remove_file(&self.path).ok();
        }
    }
}

/// Who holds a lock, as its file says.
fn owner(path: &Path) -> String {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next().unwrap_or_default();
    match line.trim() {
        "" => "it doesn't say which process".to_owned(),
        line => shortened(&line.replace(char::is_control, " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_with_the_first_ones_process() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::acquire(folder.path()).unwrap();
        let refused = Lock::acquire(folder.path()).unwrap_err().to_string();
        let process = format!("process {}, started 20", process::id());
        assert!(refused.contains(&process), "{refused}");
        drop(first);
        let again = Lock::acquire(folder.path()).unwrap();
        drop(again);
        assert!(!folder.path().join(FILE_NAME).exists());
    }

    /// As after a kill, or a restart of the machine.
    #[test]
    fn a_file_that_nobody_holds_blocks_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        for left in [
            "process 1, started long ago, with a long name\n",
            "",
            "\u{9b}31m",
        ] {
            fs::write(&path, left).unwrap();
            let _lock = Lock::acquire(folder.path()).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with(&format!("process {}, ", process::id())));
        }
    }

    /// The folder was deleted and made anew, and another process has it now.
    #[test]
    fn only_the_own_file_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let lock = Lock::acquire(folder.path()).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "process 1, started now\n").unwrap();
        drop(lock);
        assert!(path.exists());
    }
}
