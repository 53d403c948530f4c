//! `samples.jsonl`: the samples as they come, so that a run that is killed loses at most one round
//! and can be resumed.
//!
//! A round is appended at once when it is complete. That survives the death of the process; it
//! isn't forced to disk, which would disturb the next round for the sake of a failing machine.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use reports::schema::Sample;
use reports::store::{self, FailedCell, ReadError, SampleLog};

use crate::output::OutputFolder;
use crate::setup::Setup;

/// The file's name in the output directory.
pub(crate) const FILE_NAME: &str = "samples.jsonl";

/// A run's log, as far as it is complete.
pub(crate) type Log = SampleLog<Setup>;

/// A journal. It touches no file before there is a round to write.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: OutputFolder,
    /// Whether what stands in the folder is this run's.
    begun: bool,
    /// None until the first round.
    file: Option<File>,
    /// All that the file is to hold, should it have to be written again.
    text: String,
    /// How many rounds that is.
    rounds: u32,
}

impl Journal {
    /// The journal of a new run. What an earlier one left in the folder stays as it is until the
    /// first round of this one is there.
    ///
    /// # Errors
    /// If what the run is can't be written down.
    pub(crate) fn create(folder: OutputFolder, run: Setup) -> anyhow::Result<Self> {
        let log = Log::new(run).context("what is to be measured can't be written down")?;
        Ok(Self {
            folder,
            begun: false,
            file: None,
            text: log.text,
            rounds: log.rounds,
        })
    }

    /// Goes on with the journal of an earlier run, after its last complete round.
    pub(crate) fn resume(folder: OutputFolder, log: &Log) -> Self {
        Self {
            folder,
            begun: true,
            file: None,
            text: log.text.clone(),
            rounds: log.rounds,
        }
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &OutputFolder {
        &self.folder
    }

    /// Makes the folder anew, journal and all, should it have been deleted since the last round.
    ///
    /// # Errors
    /// If it can't be written.
    pub(crate) fn restore(&mut self) -> anyhow::Result<()> {
        self.write("")
    }

    /// Leaves what a later `--resume` goes on from though there is no round yet; unless an earlier
    /// run stands there, which isn't given up for a run that has measured nothing.
    ///
    /// # Errors
    /// If it can't be written.
    pub(crate) fn keep_plan(&mut self) -> anyhow::Result<bool> {
        if !self.begun && self.folder.has_run() {
            return Ok(false);
        }
        self.restore()?;
        Ok(true)
    }

    /// Appends a round, and the cells that were given up in it.
    ///
    /// # Errors
    /// If it can't be written; what was written before stays.
    pub(crate) fn append(
        &mut self,
        round: &[Sample],
        failed: Vec<FailedCell>,
    ) -> anyhow::Result<()> {
        self.write(&Log::round_lines(self.rounds + 1, round, failed))?;
        self.rounds += 1;
        Ok(())
    }

    /// Appends lines, in a folder that may have been deleted since the last ones, or may be just now.
    fn write(&mut self, lines: &str) -> anyhow::Result<()> {
        self.folder.restore()?;
        let put = self.put(lines);
        if put.is_err() && !self.folder.is_in_place() {
            self.folder.restore()?;
            self.put(lines)?;
        } else {
            put?;
        }
        self.text.push_str(lines);
        Ok(())
    }

    /// Appends lines; or writes the whole anew where the file isn't what was written before.
    fn put(&mut self, lines: &str) -> anyhow::Result<()> {
        let path = self.path();
        let context = || format!("can't write to {}", path.display());
        if !self.begun {
            self.folder.make_room().with_context(context)?;
            self.begun = true;
        }
        let is_whole =
            |_: &File| fs::metadata(&path).is_ok_and(|found| found.len() == self.text.len() as u64);
        if let Some(mut file) = self.file.as_ref().filter(|it| is_whole(it)) {
            return file.write_all(lines.as_bytes()).with_context(context);
        }
        let whole = [&*self.text, lines].concat();
        store::write_atomically(&path, whole.as_bytes())?;
        let file = OpenOptions::new().append(true).open(&path);
        self.file = Some(file.with_context(context)?);
        Ok(())
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(FILE_NAME)
    }
}

/// Whether a file holds samples that are in no complete results file. When in doubt, it does.
pub(crate) fn is_unfinished(journal: &Path) -> bool {
    if !journal.is_file() {
        return false;
    }
    match Log::read(journal) {
        Ok(log) => (1..log.run.schedule.rounds).contains(&log.rounds),
        Err(ReadError::Missing(_) | ReadError::Truncated { .. }) => false,
        Err(_) => true,
    }
}

/// Reads the journal that an earlier run left in a directory.
///
/// # Errors
/// If there is none, or it is none.
pub(crate) fn read(directory: &Path) -> anyhow::Result<Log> {
    Log::read(&directory.join(FILE_NAME)).map_err(|error| {
        let is_ours = matches!(
            error,
            ReadError::OtherVersion { .. } | ReadError::Malformed { .. }
        );
        anyhow::Error::new(error).context(match is_ours {
            true => {
                "the run can't be gone on with: another build of monkeybench has begun it, or the \
                 file is damaged; without --resume, a new run begins and keeps it under another name"
            }
            false => "there is no run to resume",
        })
    })
}

#[cfg(test)]
mod tests {
    use reports::schema::{Failure, FailurePhase, Measure, VariantId, WorkloadId};

    use super::*;
    use crate::output::RESULTS_FILE;

    /// A round of two variants.
    fn round(round: u32) -> Vec<Sample> {
        let sample = |variant| Sample {
            round,
            workload: WorkloadId(0),
            variant: VariantId(variant),
            control: false,
            measure: Measure::Run,
            iterations: 1,
            nanoseconds: 1,
        };
        vec![sample(0), sample(1)]
    }

    /// A run of four rounds.
    fn setup() -> Setup {
        crate::setup::tests::planned(&["tree", "stack"], 4)
    }

    fn created(folder: &Path) -> Journal {
        Journal::create(OutputFolder::open(folder).unwrap(), setup()).unwrap()
    }

    fn failed() -> FailedCell {
        FailedCell {
            variant: VariantId(1),
            workload: WorkloadId(0),
            failure: Failure {
                phase: FailurePhase::Start,
                reason: "no processes left".to_owned(),
            },
        }
    }

    #[test]
    fn a_new_run_keeps_the_samples_of_an_unfinished_one() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        created(directory.path()).append(&round(0), vec![]).unwrap();
        let written = fs::read(at(FILE_NAME)).unwrap();
        fs::write(at(RESULTS_FILE), "results").unwrap();

        let mut second = created(directory.path());
        assert_eq!(
            fs::read(at(FILE_NAME)).unwrap(),
            written,
            "nothing to write yet"
        );
        assert!(!second.keep_plan().unwrap(), "nor anything worth it");
        for number in 0..4 {
            second.append(&round(number), vec![]).unwrap();
        }
        drop(second);
        assert_eq!(fs::read(at("samples.jsonl.old")).unwrap(), written);
        assert_eq!(fs::read(at("results.json.old")).unwrap(), b"results");
        assert!(!at(RESULTS_FILE).exists());

        // That one is finished, so its samples are in its results.
        created(directory.path()).append(&round(0), vec![]).unwrap();
        assert!(!at("samples.jsonl.old2").exists());
    }

    #[test]
    fn a_resumed_journal_has_the_complete_rounds_and_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        let mut journal = created(directory.path());
        journal.append(&round(0), vec![failed()]).unwrap();
        let first = fs::read(&path).unwrap();
        journal.append(&round(1), vec![]).unwrap();
        drop(journal);
        let second = fs::read(&path).unwrap();

        // Wherever the second round was cut, the first counts and the file is left alone.
        for end in first.len()..second.len() {
            fs::write(&path, &second[..end]).unwrap();
            let log = read(directory.path()).unwrap();
            assert_eq!((log.rounds, &*log.samples), (1, &*round(0)), "cut at {end}");
            assert_eq!(log.failed, [failed()]);
            let folder = OutputFolder::open(directory.path()).unwrap();
            let mut journal = Journal::resume(folder, &log);
            assert_eq!(fs::read(&path).unwrap(), &second[..end]);
            journal.append(&round(1), vec![]).unwrap();
            drop(journal);
            assert_eq!(fs::read(&path).unwrap(), second);
        }
        let log = read(directory.path()).unwrap();
        assert_eq!((log.run, log.rounds), (setup(), 2));
    }

    #[test]
    fn a_run_without_a_round_can_be_gone_on_with() {
        let directory = tempfile::tempdir().unwrap();
        assert!(created(directory.path()).keep_plan().unwrap());
        let log = read(directory.path()).unwrap();
        assert_eq!((log.run, log.rounds), (setup(), 0));
        assert!(!is_unfinished(&directory.path().join(FILE_NAME)));
    }

    #[test]
    fn a_journal_that_is_deleted_is_written_again() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("out");
        let mut journal = created(&directory);
        journal.append(&round(0), vec![]).unwrap();
        fs::remove_dir_all(&directory).unwrap();
        journal.append(&round(1), vec![]).unwrap();
        fs::write(directory.join(FILE_NAME), "cut").unwrap();
        journal.append(&round(2), vec![]).unwrap();
        let log = read(&directory).unwrap();
        assert_eq!(log.samples, [round(0), round(1), round(2)].concat());
    }
}
