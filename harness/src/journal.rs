//! `samples.jsonl`: the samples as they come, so that a run that is killed loses at most one round
//! and can be resumed.
//!
//! A round is appended at once when it is complete. That survives the death of the process; it
//! isn't forced to disk, which would disturb the next round for the sake of a failing machine.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use reports::schema::{Fingerprint, Measure, Sample};
use reports::store::SampleLog;

use crate::schedule::{Entry, Schedule};

/// The file's name in the output directory.
pub(crate) const FILE_NAME: &str = "samples.jsonl";

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
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
    /// Begins a journal in a directory, which is made if need be. Since this writes, it also tells
    /// whether the directory can be written to, before anything is measured.
    ///
    /// # Errors
    /// If it can't.
    pub(crate) fn create(directory: &Path, run: &Fingerprint) -> anyhow::Result<Self> {
        let context = || format!("can't write to {}", directory.display());
        fs::create_dir_all(directory).with_context(context)?;
        let path = directory.join(FILE_NAME);
        let file = File::create(&path).with_context(context)?;
        let mut journal = Self { file, path };
        journal.write(&SampleLog::header_line(run))?;
        Ok(journal)
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
        let kept: usize = SampleLog::header_line(&log.run).len()
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
        Ok((Self { file, path }, earlier))
    }

    /// Appends a round.
    ///
    /// # Errors
    /// If it can't be written; what was written before stays.
    pub(crate) fn append(&mut self, round: &[Sample]) -> anyhow::Result<()> {
        self.write(&round.iter().map(SampleLog::sample_line).collect::<String>())
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        self.file
            .write_all(text.as_bytes())
            .with_context(|| format!("can't write to {}", self.path.display()))
    }
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

/// Whether a round has all that is planned, but for cells that had failed: those are missing from
/// the round before as well. In the first round every cell has to be there.
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
    let failed = |entry: Entry| {
        round.checked_sub(1).is_some_and(|before| {
            let run = Entry {
                measure: Measure::Run,
                ..entry
            };
            !present.contains(&(before, run))
        })
    };
    schedule.round(round).into_iter().all(|entry| {
        let number = schedule.number(round, entry.measure);
        present.contains(&(number, entry)) || failed(entry)
    })
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
        phases_every: 2,
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
    fn a_resumed_journal_has_the_complete_rounds_and_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let run = Fingerprint {
            experiment: "x".to_owned(),
            variants: vec!["a".to_owned(), "b".to_owned()],
            workloads: vec![("v".to_owned(), None), ("w".to_owned(), Some(3))],
            seed: 1,
            rounds: 4,
            quick: false,
            version: "1".to_owned(),
            commit: None,
        };
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
