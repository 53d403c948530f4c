//! What a killed gate leaves behind: folders of counts half made, and files half written. The next one
//! clears them, and two never count side by side, where one would clear what the other is making.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use anyhow::Context as _;

use crate::output;

/// How the folder's name begins in which a gate counts.
pub(crate) const COUNTING: &str = "counting-";

/// The right to count in a folder, until it is dropped or the program ends, however it does.
#[derive(Debug)]
pub(crate) struct Alone {
    _lock: File,
}

impl Alone {
    /// Waits for the gate that counts in this folder, if there is one, and then clears what others
    /// have left in it and in these folders of finished files.
    ///
    /// # Errors
    /// If the system refuses.
    pub(crate) fn clear(workshop: &Path, finished: &[&Path]) -> anyhow::Result<Self> {
        let path = workshop.join("lock");
        let lock = fs::create_dir_all(workshop).and_then(|()| lock(&path));
        let lock = lock.with_context(|| format!("can't lock {}", path.display()))?;
        clear(workshop, |name| name.starts_with(COUNTING))?;
        for folder in finished {
            clear(folder, |name| {
                name.starts_with('.') && name.ends_with(".tmp")
            })?;
        }
        Ok(Self { _lock: lock })
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            output::note("another check counts in this folder; waiting for its end");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}

fn clear(folder: &Path, is_leftover: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    // Where there is no folder, nothing was left in it.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|it| it.file_name().to_str().is_some_and(&is_leftover)) {
        let path = entry.path();
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        removed.with_context(|| format!("can't clear {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_go_and_everything_else_stays() {
        let home = tempfile::tempdir().unwrap();
        let [workshop, baselines] = ["ci", "baselines"].map(|name| home.path().join(name));
        let left = [
            workshop.join("counting-a1b2/ci/instructions"),
            workshop.join("counting-c3d4"),
        ];
        let kept = [workshop.join("counts"), workshop.join("runner/0.20.0")];
        for folder in left.iter().chain(&kept).chain([&baselines]) {
            fs::create_dir_all(folder).unwrap();
        }
        let half_written = baselines.join(".portable.json.77.tmp");
        let baseline = baselines.join("portable.json");
        for file in [&half_written, &baseline] {
            fs::write(file, "").unwrap();
        }
        let missing = home.path().join("missing");
        drop(Alone::clear(&workshop, &[&baselines, &missing]).unwrap());
        for path in left.iter().chain([&half_written]) {
            assert!(!path.exists(), "{path:?}");
        }
        for path in kept.iter().chain([&baseline]) {
            assert!(path.exists(), "{path:?}");
        }
    }

    #[test]
    fn a_gate_waits_for_the_one_that_counts() {
        let home = tempfile::tempdir().unwrap();
        let first = Alone::clear(home.path(), &[]).unwrap();
        let counting = home.path().join("counting-1");
        fs::create_dir(&counting).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| Alone::clear(home.path(), &[]).map(drop));
            assert!(!second.is_finished() && counting.exists());
            drop(first);
            second.join().unwrap().unwrap();
        });
        assert!(!counting.exists());
    }
}
