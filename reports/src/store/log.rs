//! Sample logs: a line that says what the run is, then a line per sample as they come, and one that
//! ends each round. What comes after the end of the last complete round doesn't count: a run that
//! was killed, or a disk that became full, may have left any part of it.

use std::path::{Path, PathBuf};

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};

use super::{ReadError, malformed, probe, read_bytes};
use crate::schema::{Failure, Sample, VariantId, WorkloadId};

const FORMAT: &str = "monkeybench-samples";

/// The version of the log's own form. The first had no ends of rounds, and said of its run little
/// more than the names of what takes part.
const VERSION: u32 = 2;

/// What a sample log's last line of a round starts with.
const END: &str = "{\"complete\":";

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<R> {
    format: String,
    schema: u32,
    run: R,
}

/// The last line of a round.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoundEnd {
    /// How many rounds are complete.
    complete: u32,
    /// The cells that were given up since the round before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<FailedCell>,
}

/// A cell that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailedCell {
    /// The variant.
    pub variant: VariantId,
    /// The workload.
    pub workload: WorkloadId,
    /// Why.
    pub failure: Failure,
}

/// A sample log that was read back, up to its last complete round. `R` says what the run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleLog<R> {
    /// The run that wrote it.
    pub run: R,
    /// The samples of its complete rounds, in the order taken.
    pub samples: Vec<Sample>,
    /// How many rounds are complete.
    pub rounds: u32,
    /// The cells that were given up in these rounds.
    pub failed: Vec<FailedCell>,
    /// The text that was read: what a resumed run goes on from.
    pub text: String,
}

/// The first line of a log of this run, with its line feed.
fn header_line(run: &impl Serialize) -> serde_json::Result<String> {
    let mut line = serde_json::to_string(&Header {
        format: FORMAT.to_owned(),
        schema: VERSION,
        run,
    })?;
    line.push('\n');
    Ok(line)
}

impl<R> SampleLog<R> {
    /// The log of a run that has no round yet.
    ///
    /// # Errors
    /// If JSON can't say what the run is: of a path that isn't text, for one.
    pub fn new(run: R) -> serde_json::Result<Self>
    where
        R: Serialize,
    {
        Ok(Self {
            text: header_line(&run)?,
            run,
            samples: Vec::new(),
            rounds: 0,
            failed: Vec::new(),
        })
    }

    /// The lines of the round that makes so many complete, with the cells that were given up in it.
    pub fn round_lines(complete: u32, samples: &[Sample], failed: Vec<FailedCell>) -> String {
        let mut lines: String = samples.iter().map(json_line).collect();
        lines += &json_line(&RoundEnd { complete, failed });
        lines
    }

    /// Reads a sample log. Its samples aren't checked against each other, since
    /// [`Results::check`](crate::schema::Results::check) does that.
    ///
    /// # Errors
    /// [`ReadError`]; a log whose header is cut short is [`ReadError::Truncated`].
    pub fn read(path: &Path) -> Result<Self, ReadError>
    where
        R: DeserializeOwned,
    {
        let text = complete_rounds(path)?;
        let mut lines = text.split_terminator('\n');
        let Some(first) = lines.next() else {
            return Err(ReadError::Truncated {
                path: path.to_owned(),
                line: 1,
                column: 0,
            });
        };
        probe(path, first, FORMAT, "sample log", VERSION..=VERSION)?;
        let malformed = malformed(path);
        let Header { run, .. } = serde_json::from_str(first).map_err(&malformed)?;
        let mut log = Self {
            run,
            samples: Vec::new(),
            rounds: 0,
            failed: Vec::new(),
            text: String::new(),
        };
        for line in lines {
            log.take(line).map_err(&malformed)?;
        }
        log.text = text;
        Ok(log)
    }

    fn take(&mut self, line: &str) -> serde_json::Result<()> {
        if !line.starts_with(END) {
            self.samples.push(serde_json::from_str(line)?);
            return Ok(());
        }
        let RoundEnd { complete, failed } = serde_json::from_str(line)?;
        if complete != self.rounds + 1 {
            let rounds = self.rounds;
            return Err(serde_json::Error::custom(format_args!(
                "after {rounds} rounds, {complete} are said to be complete"
            )));
        }
        self.rounds = complete;
        self.failed.extend(failed);
        Ok(())
    }
}

/// A log's text up to the end of its last complete round, or of its header. The rest is dropped as
/// bytes: a line may have been cut within a character.
fn complete_rounds(path: &Path) -> Result<String, ReadError> {
    let mut bytes = read_bytes(path)?;
    let (mut start, mut kept) = (0, 0);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let is_whole = line.ends_with(b"\n");
        let is_first = start == 0;
        start += line.len();
        if is_whole && (is_first || line.starts_with(END.as_bytes())) {
            kept = start;
        }
    }
    bytes.truncate(kept);
    String::from_utf8(bytes).map_err(|error| ReadError::NotText {
        path: PathBuf::from(path),
        offset: error.utf8_error().valid_up_to(),
    })
}

fn json_line(value: &impl Serialize) -> String {
    // These types have neither maps with odd keys nor failing serializers, the only two causes.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}
