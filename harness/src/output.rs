//! The folder that a run writes to: whose it is while the run lasts, and which files there are the
//! program's. All other files are the user's, and stay untouched.
//!
//! What the files hold is the business of the journal and of the crate `reports`.

mod lock;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::builder::{PathBufValueParser, TypedValueParser};

use crate::console;
use crate::journal;
use lock::Lock;

/// The results file's name.
pub(crate) const RESULTS_FILE: &str = "results.json";

/// What is appended to the names of files that are set aside.
const OLD: &str = "old";

/// An option's folder, less the `.` of `new/.`, which no folder that is yet to be made has.
pub(crate) fn folder() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| path.components().collect::<PathBuf>())
}

/// An output folder, locked for as long as this lives.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    path: PathBuf,
    /// None only while the folder is being made anew.
    lock: Option<Lock>,
}

impl OutputFolder {
    /// Takes a folder, which is made if need be, and tells whether it can be written to before
    /// anything is measured. What an earlier run left there stays as it is.
    ///
    /// # Errors
    /// If it can't be written to, or another process does so.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(path).map_err(|error| {
            let reason = match error.kind() {
                io::ErrorKind::AlreadyExists => anyhow!("it is a file, not a folder"),
                _ => error.into(),
            };
            reason.context(format!("can't write to {}", path.display()))
        })?;
        let lock = Lock::acquire(path)?;
        writable(path)?;
        remove_leftovers(path);
        Ok(Self {
            path: path.to_owned(),
            lock: Some(lock),
        })
    }

    /// Its path, as the user gave it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a run, finished or not, has left something there.
    pub(crate) fn has_run(&self) -> bool {
        let mut left = [RESULTS_FILE, journal::FILE_NAME].into_iter();
        left.any(|name| self.path.join(name).exists())
    }

    /// Makes room for the samples of a new run: those of an unfinished one are kept under another
    /// name, and so are earlier results. What can be made from results again is removed, since it
    /// would seem to be about the new samples.
    ///
    /// # Errors
    /// If files can't be renamed.
    pub(crate) fn make_room(&self) -> io::Result<()> {
        let journal = self.path.join(journal::FILE_NAME);
        if journal::is_unfinished(&journal) {
            let kept = (1..)
                .map(|number: u32| match number {
                    1 => format!("{}.{OLD}", journal::FILE_NAME),
                    _ => format!("{}.{OLD}{number}", journal::FILE_NAME),
                })
                .map(|name| self.path.join(name))
                .find(|path| !path.exists());
            if let Some(kept) = kept {
                fs::rename(&journal, &kept)?;
                console::note(format_args!(
                    "the samples of an earlier, unfinished run are kept in {}",
                    kept.display()
                ));
            }
        } else if fs::symlink_metadata(&journal).is_ok_and(|it| it.is_file()) {
            // A link stays, and leads to the new samples.
            fs::remove_file(&journal)?;
        }
        let results = self.path.join(RESULTS_FILE);
        match fs::rename(&results, self.old_results()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.remove_reports();
        Ok(())
    }

    /// Removes what was made from results: report, charts, attribution.
    pub(crate) fn remove_reports(&self) {
        for name in reports::report_files().chain(reports::ATTRIBUTION_FILES) {
            fs::remove_file(self.path.join(name)).ok();
        }
    }

    /// Removes the earlier results that were set aside, once a complete run has taken their place.
    pub(crate) fn forget_old_results(&self) {
        fs::remove_file(self.old_results()).ok();
    }

    fn old_results(&self) -> PathBuf {
        self.path.join(format!("{RESULTS_FILE}.{OLD}"))
    }

    /// Whether the folder is still the one that was taken.
    pub(crate) fn is_in_place(&self) -> bool {
        self.lock.as_ref().is_some_and(Lock::is_in_place)
    }

    /// Makes the folder anew, should it have been deleted since.
    ///
    /// # Errors
    /// If it can't be made, or another process has taken its place.
    pub(crate) fn restore(&mut self) -> anyhow::Result<()> {
        if self.is_in_place() {
            return Ok(());
        }
        let was_deleted = !self.path.is_dir();
        // The old lock is of a file that is gone.
        self.lock = None;
        *self = Self::open(&self.path)?;
        if was_deleted {
            console::warning(format_args!(
                "{} was deleted meanwhile; it is made anew",
                self.path.display()
            ));
        }
        Ok(())
    }
}

/// Every name that the program may give to a file in an output folder, but for those set aside.
fn names() -> impl Iterator<Item = &'static str> {
    [RESULTS_FILE, journal::FILE_NAME]
        .into_iter()
        .chain(reports::report_files())
        .chain(reports::ATTRIBUTION_FILES)
}

/// Makes sure that nothing stands in the way of a file that the program may write.
fn writable(folder: &Path) -> anyhow::Result<()> {
    for path in names().map(|name| folder.join(name)) {
        let context = || format!("can't write to {}", path.display());
        match fs::metadata(&path) {
            Ok(it) if it.is_dir() => bail!("{}: it is a folder, not a file", context()),
            Ok(it) if it.permissions().readonly() => bail!("{}: it is read-only", context()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(context),
        }
    }
    Ok(())
}

/// Removes files that were being prepared when a process was killed. Nobody else writes here now.
fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_leftover = |name: &str| names().any(|of| reports::store::is_temporary(name, of));
        if name.to_str().is_some_and(is_leftover) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in a folder, by name.
    fn listed(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_run_leaves_the_users_files_and_none_of_an_older_run() {
        let folder = tempfile::tempdir().unwrap();
        for name in names().chain(["notes.md", "my.svg", ".results.json.7.tmp.txt"]) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::write(folder.path().join(".results.json.77.tmp"), "cut sh").unwrap();
        fs::write(folder.path().join(journal::FILE_NAME), "").unwrap();
        let output = OutputFolder::open(folder.path()).unwrap();
        output.make_room().unwrap();
        drop(output);
        assert_eq!(
            listed(folder.path()),
            [
                ".results.json.7.tmp.txt",
                "my.svg",
                "notes.md",
                "results.json.old",
            ]
        );
    }

    #[test]
    fn what_stands_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = || OutputFolder::open(folder.path()).unwrap_err().to_string();
        fs::create_dir(folder.path().join("report.md")).unwrap();
        assert!(refusal().ends_with("report.md: it is a folder, not a file"));
        fs::remove_dir(folder.path().join("report.md")).unwrap();

        let results = folder.path().join(RESULTS_FILE);
        fs::write(&results, "").unwrap();
        let mut permissions = fs::metadata(&results).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&results, permissions).unwrap();
        assert!(refusal().ends_with("results.json: it is read-only"));

        let error = OutputFolder::open(&results).unwrap_err();
        assert!(
            format!("{error:#}").ends_with("results.json: it is a file, not a folder"),
            "{error:#}"
        );
    }

    #[test]
    fn a_folder_that_was_deleted_is_made_anew() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("out");
        let mut output = OutputFolder::open(&path).unwrap();
        output.restore().unwrap();
        fs::remove_dir_all(&path).unwrap();
        output.restore().unwrap();
        assert!(path.is_dir());
        assert!(OutputFolder::open(&path).is_err(), "it is locked again");
    }
}
