//! `samples.jsonl`: the samples as they come, so that a run that is killed loses at most one round
//! and can be resumed.
//!
//! A round is appended at once when it is complete. That survives the death of the process; it
//! isn't forced to disk, which would disturb the next round for the sake of a failing machine.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, bail};
use reports::schema::{Fingerprint, Measure, Sample};
use reports::store::{ReadError, SampleLog};

use crate::console;
use crate::schedule::{Entry, Schedule};

/// The file's name in the output directory.
pub(crate) const FILE_NAME: &str = "samples.jsonl";

/// The results file's name in the output directory.
pub(crate) const RESULTS_FILE: &str = "results.json";

/// What is appended to the names of files that are set aside.
const OLD: &str = "old";

/// A journal. It touches no file before there is a round to write.
#[derive(Debug)]
pub(crate) struct Journal {
    /// None until the first round.
    file: Option<File>,
    path: PathBuf,
    header: String,
}

/// What an earlier run left.
#[derive(Debug)]
pub(crate) struct Earlier {
    /// The samples of its complete rounds.
    pub(crate) samples: Vec<Sample>,
    /// How many rounds those are.
    pub(crate) rounds: u32,
}

impl Earlier {
    /// Nothing: there was no earlier run.
    pub(crate) fn none() -> Self {
        Self {
            samples: Vec::new(),
            rounds: 0,
        }
    }
}

impl Journal {
    /// Prepares a journal in a directory, which is made if need be, and tells whether it can be
    /// written to before anything is measured. What an earlier run left stays as it is until the
    /// first round of this one is there.
    ///
    /// # Errors
    /// If it can't.
    pub(crate) fn create(directory: &Path, run: &Fingerprint) -> anyhow::Result<Self> {
        let context = || format!("can't write to {}", directory.display());
        fs::create_dir_all(directory).with_context(context)?;
        let path = directory.join(FILE_NAME);
        probe(directory, &path).with_context(context)?;
        Ok(Self {
            file: None,
            path,
            header: SampleLog::header_line(run),
        })
    }

    /// Goes on with the journal of an earlier run, after its last complete round.
    ///
    /// # Errors
    /// If it can't be read or written.
    pub(crate) fn resume(
        directory: &Path,
        log: SampleLog,
        schedule: &Schedule,
    ) -> anyhow::Result<(Self, Earlier)> {
        let earlier = earlier(log.samples, schedule);
        let path = directory.join(FILE_NAME);
        let context = || format!("can't write to {}", path.display());
        let mut file = OpenOptions::new()
            .write(true)
            .open(&path)
            .with_context(context)?;
        let header = SampleLog::header_line(&log.run);
        let kept: usize = header.len()
            + earlier
                .samples
                .iter()
                .map(|sample| SampleLog::sample_line(sample).len())
                .sum::<usize>();
        if kept as u64 > log.complete_bytes {
            bail!("{} was not written by this program", path.display());
        }
        file.set_len(kept as u64).with_context(context)?;
        file.seek(SeekFrom::End(0)).with_context(context)?;
        let journal = Self {
            file: Some(file),
            path,
            header,
        };
        Ok((journal, earlier))
    }

    /// Appends a round.
    ///
    /// # Errors
    /// If it can't be written; what was written before stays.
    pub(crate) fn append(&mut self, round: &[Sample]) -> anyhow::Result<()> {
        self.write(&round.iter().map(SampleLog::sample_line).collect::<String>())
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        let context = || format!("can't write to {}", self.path.display());
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                set_aside(&self.path).with_context(context)?;
                let mut file = File::create(&self.path).with_context(context)?;
                file.write_all(self.header.as_bytes())
                    .with_context(context)?;
                self.file.insert(file)
            }
        };
        file.write_all(text.as_bytes()).with_context(context)
    }
}

/// Whether files can be written in a directory, without touching those that are there.
fn probe(directory: &Path, journal: &Path) -> io::Result<()> {
    let probe = directory.join(format!(".{FILE_NAME}.{}.tmp", process::id()));
    File::create(&probe)?;
    fs::remove_file(&probe)?;
    match OpenOptions::new().append(true).open(journal) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes room for a new journal: an unfinished one of another run is kept under another name, and
/// so are earlier results, which would otherwise seem to be those of the new samples.
fn set_aside(journal: &Path) -> io::Result<()> {
    if is_unfinished(journal) {
        let kept = (1..)
            .map(|number: u32| match number {
                1 => journal.with_file_name(format!("{FILE_NAME}.{OLD}")),
                _ => journal.with_file_name(format!("{FILE_NAME}.{OLD}{number}")),
            })
            .find(|path| !path.exists());
        if let Some(kept) = kept {
            fs::rename(journal, &kept)?;
            console::note(format_args!(
                "the samples of an earlier, unfinished run are kept in {}",
                kept.display()
            ));
        }
    }
    let results = journal.with_file_name(RESULTS_FILE);
    match fs::rename(&results, old_results(&results)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether a file holds samples that are in no complete results file. When in doubt, it does.
fn is_unfinished(journal: &Path) -> bool {
    if !journal.is_file() {
        return false;
    }
    match SampleLog::read(journal) {
        Ok(log) => {
            let last = log.samples.iter().map(|sample| sample.round + 1).max();
            last.is_some_and(|rounds| rounds < log.run.rounds)
        }
        Err(ReadError::Missing(_) | ReadError::Truncated { .. }) => false,
        Err(_) => true,
    }
}

fn old_results(results: &Path) -> PathBuf {
    results.with_extension(format!("json.{OLD}"))
}

/// Removes the earlier results that were set aside, once a complete run has taken their place.
pub(crate) fn forget_old_results(directory: &Path) {
    fs::remove_file(old_results(&directory.join(RESULTS_FILE))).ok();
}

/// Reads the journal that an earlier run left in a directory.
///
/// # Errors
/// If there is none, or it is none.
pub(crate) fn read(directory: &Path) -> anyhow::Result<SampleLog> {
    SampleLog::read(&directory.join(FILE_NAME)).context("there is no run to resume")
}

/// The samples up to the last complete round: of a process that was killed, or a disk that became
/// full, the last round may be there in part.
fn earlier(mut samples: Vec<Sample>, schedule: &Schedule) -> Earlier {
    let started = samples
        .iter()
        .filter(|sample| sample.measure == Measure::Run)
        .map(|sample| sample.round + 1)
        .max()
        .unwrap_or(0);
    let rounds = match started.checked_sub(1) {
        Some(last) if is_complete(&samples, last, schedule) => started,
        Some(last) => last,
        None => 0,
    };
    // A round's samples stand together, so its end is where the first of a later round stands.
    let later = |sample: &Sample| sample.round >= schedule.rounds_of(rounds, sample.measure);
    let end = samples.iter().position(later).unwrap_or(samples.len());
    samples.truncate(end);
    Earlier { samples, rounds }
}

/// Whether a round has all that is planned, but for what a variant lacks: cells that had failed and
/// phases that an engine hasn't got. Those are missing from the round before as well, or samples
/// that came later in this round are there. Only in the first round can a gap at its very end be
/// either; it counts as a cut then, unless the variant lacks the same on another workload.
fn is_complete(samples: &[Sample], round: u32, schedule: &Schedule) -> bool {
    let key = |sample: &Sample| {
        let Sample {
            round,
            workload,
            variant,
            control,
            measure,
            ..
        } = *sample;
        let entry = Entry {
            workload,
            variant,
            control,
            measure,
        };
        (round, entry)
    };
    let present: HashSet<_> = samples.iter().map(key).collect();
    let in_round = |round: u32, entry: Entry| {
        present.contains(&(schedule.number(round, entry.measure), entry))
    };
    let lacked_before = |entry: Entry| {
        let run = Entry {
            measure: Measure::Run,
            ..entry
        };
        let failed = round
            .checked_sub(1)
            .is_some_and(|before| !in_round(before, run));
        let refused = schedule
            .number(round, entry.measure)
            .checked_sub(1)
            .is_some_and(|before| !present.contains(&(before, entry)));
        failed || refused
    };
    let entries = schedule.round(round);
    let Some(last) = entries.iter().rposition(|entry| in_round(round, *entry)) else {
        return false;
    };
    let (before, after) = entries.split_at(last + 1);
    let refused_here = |entry: Entry| {
        entry.measure != Measure::Run
            && before.iter().any(|other| {
                (other.variant, other.measure) == (entry.variant, entry.measure)
                    && !in_round(round, *other)
            })
    };
    after
        .iter()
        .all(|&entry| lacked_before(entry) || refused_here(entry))
}

#[cfg(test)]
mod tests {
    use reports::schema::VariantId;

    use super::*;

    const SCHEDULE: Schedule = Schedule {
        variants: 2,
        workloads: 2,
        reference: VariantId(0),
        seed: 1,
        rounds: 4,
        phases_every: Some(2),
    };

    /// The samples of some rounds, without the cells of a variant from some round on.
    fn samples(rounds: u32, failed: Option<(VariantId, u32)>) -> Vec<Sample> {
        (0..rounds)
            .flat_map(|round| SCHEDULE.round(round).into_iter().map(move |it| (round, it)))
            .filter(|(round, entry)| {
                failed.is_none_or(|(variant, from)| entry.variant != variant || *round < from)
            })
            .map(|(round, entry)| Sample {
                round: SCHEDULE.number(round, entry.measure),
                workload: entry.workload,
                variant: entry.variant,
                control: entry.control,
                measure: entry.measure,
                iterations: 1,
                nanoseconds: 1,
            })
            .collect()
    }

    #[test]
    fn complete_rounds_are_kept() {
        for rounds in 0..=4 {
            let all = samples(rounds, None);
            let kept = earlier(all.clone(), &SCHEDULE);
            assert_eq!((kept.rounds, kept.samples), (rounds, all));
        }
    }

    #[test]
    fn a_round_that_was_cut_is_dropped_wherever_it_was_cut() {
        let two = samples(2, None);
        let three = samples(3, None);
        for end in two.len()..three.len() {
            let kept = earlier(three[..end].to_vec(), &SCHEDULE);
            assert_eq!((kept.rounds, &kept.samples), (2, &two), "cut at {end}");
        }
    }

    #[test]
    fn a_failed_cell_does_not_make_a_round_incomplete() {
        let all = samples(4, Some((VariantId(1), 1)));
        assert_eq!(earlier(all, &SCHEDULE).rounds, 4);
    }

    #[test]
    fn a_phase_that_a_variant_lacks_does_not_make_a_round_incomplete() {
        for rounds in 1..=4 {
            let mut all = samples(rounds, None);
            all.retain(|it| it.variant != VariantId(1) || it.measure != Measure::Compile);
            assert_eq!(earlier(all, &SCHEDULE).rounds, rounds);
        }
    }

    #[test]
    fn a_new_run_keeps_the_samples_of_an_unfinished_one() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let run = fingerprint();
        let mut first = Journal::create(directory.path(), &run).unwrap();
        first.append(&samples(1, None)).unwrap();
        let written = fs::read(at(FILE_NAME)).unwrap();
        fs::write(at(RESULTS_FILE), "results").unwrap();

        let mut second = Journal::create(directory.path(), &run).unwrap();
        assert_eq!(
            fs::read(at(FILE_NAME)).unwrap(),
            written,
            "nothing to write yet"
        );
        second.append(&samples(4, None)).unwrap();
        assert_eq!(fs::read(at("samples.jsonl.old")).unwrap(), written);
        assert_eq!(fs::read(at("results.json.old")).unwrap(), b"results");
        assert!(!at(RESULTS_FILE).exists());

        // That one is finished, so its samples are in its results.
        let mut third = Journal::create(directory.path(), &run).unwrap();
        third.append(&samples(1, None)).unwrap();
        assert!(!at("samples.jsonl.old2").exists());
    }

    fn fingerprint() -> Fingerprint {
        Fingerprint {
            experiment: "x".to_owned(),
            variants: vec!["a".to_owned(), "b".to_owned()],
            workloads: vec![("v".to_owned(), None), ("w".to_owned(), Some(3))],
            seed: 1,
            rounds: 4,
            quick: false,
            version: "1".to_owned(),
            commit: None,
            dirty: false,
            features: Vec::new(),
            profile: "release".to_owned(),
            executable: None,
            cpu: "c".to_owned(),
            kernel: "k".to_owned(),
        }
    }

    #[test]
    fn a_resumed_journal_has_the_complete_rounds_and_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let run = fingerprint();
        let all = samples(4, None);
        let one = samples(1, None).len();
        let mut journal = Journal::create(directory.path(), &run).unwrap();
        journal.append(&all[..one + 2]).unwrap();
        journal.write("{\"round\":1,\"work").unwrap();
        drop(journal);

        let log = read(directory.path()).unwrap();
        let (mut journal, earlier) = Journal::resume(directory.path(), log, &SCHEDULE).unwrap();
        assert_eq!(earlier.rounds, 1);
        journal.append(&all[one..]).unwrap();
        let log = read(directory.path()).unwrap();
        assert_eq!((log.run, log.samples), (run, all));
    }
}
