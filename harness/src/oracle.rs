//! What a program must give, where nobody has said so: the tree-walker runs it once. A program of which
//! it can't say that is refused before anything is timed, in words that name what would change it.
//!
//! It runs here rather than in a worker, so that an error can be shown where it stands in the program;
//! whoever gets a refusal ends this process, and with it a program that wouldn't have ended.

use std::io;
use std::rc::Rc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use catalog::runtime::{ErrorKind, Limits, RuntimeError};

use crate::diagnosis::{self, Bounds};
use crate::failure::Failure;
use crate::limits::{parse_bytes, parse_timeout};
use crate::measure::Task;
use crate::sources::Source;
use crate::workload::Expected;

/// The most that `--max-output` allows, in bytes: what any worker may answer in one line, however its
/// characters are written in it.
const MOST_OUTPUT: u64 = 8 << 20;

/// Memory that a program's values may take while it is asked for its value, in bytes.
const MEMORY: u64 = 2 << 30;

/// How much a program may ask of the tree-walker.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct OracleOptions {
    /// How long the tree-walker may run a program whose value isn't known, such as one of your own, to
    /// find it
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_timeout, allow_negative_numbers = true)]
    oracle_timeout: Duration,
    /// How much such a program may print, and how long its value may be in print, in bytes or with a
    /// suffix K or M
    #[arg(long, value_name = "BYTES", default_value = "1M", value_parser = parse_output, allow_negative_numbers = true)]
    max_output: u64,
}

fn parse_output(text: &str) -> Result<u64, String> {
    match parse_bytes(text)? {
        bytes if bytes > MOST_OUTPUT => Err(format!("more than the most, {MOST_OUTPUT}")),
        bytes => Ok(bytes),
    }
}

/// Why the tree-walker's word on a program is none.
#[derive(Debug)]
enum Refusal {
    /// The program fails.
    Fails(RuntimeError),
    /// It prints too much.
    Prints,
    /// It takes too long.
    Lasts,
    /// The tree-walker itself came to grief.
    Crashed,
    /// The system has no thread for it.
    NoThread(io::Error),
}

impl OracleOptions {
    /// Makes sure that a task's program is one, and finds what it must give, if that isn't known.
    ///
    /// # Errors
    /// If it can't be measured. What is wrong in its text has been shown then.
    pub(crate) fn settle(&self, task: &mut Task) -> Result<(), Failure> {
        let title = &task.workload.title;
        let source = Source {
            origin: task.workload.file.clone().unwrap_or_else(|| title.clone()),
            text: task.source.clone(),
        };
        if task.is_known && task.workload.file.is_none() {
            return Ok(());
        }
        if diagnosis::parse(&source, None).is_err() {
            return Err(Failure::Failed(anyhow!(
                "workload {title} can't be measured: it is no program"
            )));
        }
        if task.is_known {
            return Ok(());
        }
        let resize = task.workload.size.map(|_| {
            let name = &task.workload.name;
            format!("--size {name}=N gives it another size")
        });
        let smaller = resize.clone().unwrap_or_else(|| {
            "with `let size = N;` as its first line, --size could make it smaller".to_owned()
        });
        let refusal = match run(source.text.clone(), *self) {
            Ok(Expected { value, .. }) if value.len() as u64 > self.max_output => {
                let length = value.len();
                return Err(Failure::Failed(anyhow!(
                    "workload {title} can't be measured: its value takes {length} bytes when it is \
                     printed, and more than {} can't be compared; --max-output allows more, or \
                     {smaller}",
                    self.max_output
                )));
            }
            Ok(Expected { value, output }) => {
                (task.workload.value, task.output) = (value, output);
                task.is_known = true;
                return Ok(());
            }
            Err(refusal) => refusal,
        };
        let why = match refusal {
            Refusal::Fails(error) => {
                diagnosis::report(&source, &error, Bounds::Fixed(&limits()));
                let resize = resize.map_or(String::new(), |resize| format!("; {resize}"));
                format!("it fails in the tree-walker{resize}")
            }
            Refusal::Prints => format!(
                "it prints more than {} bytes; --max-output allows more, or {smaller}",
                self.max_output
            ),
            Refusal::Lasts => format!(
                "the tree-walker takes more than {} s for it; --oracle-timeout allows more, or \
                 {smaller}; where an experiment gives the value, it isn't asked",
                self.oracle_timeout.as_secs_f64()
            ),
            Refusal::NoThread(error) => {
                format!(
                    "there can't be a thread for the tree-walker, which says its value: {error}"
                )
            }
            Refusal::Crashed => "the tree-walker ended without a word on it".to_owned(),
        };
        Err(Failure::Failed(anyhow!(
            "workload {title} can't be measured: {why}"
        )))
    }
}

/// What a program may use while it is asked for its value.
fn limits() -> Limits {
    Limits {
        memory: Some(MEMORY),
        ..Limits::default()
    }
}

/// Runs a program that parses.
fn run(text: String, options: OracleOptions) -> Result<Expected, Refusal> {
    let (sender, receiver) = mpsc::channel();
    let work = move || {
        let Ok(program) = catalog::syntax::parse(&text) else {
            return;
        };
        let code = catalog::oracle().engine().compile(&Rc::new(program));
        let mut output = Limited {
            text: Vec::new(),
            most: usize::try_from(options.max_output).unwrap_or(usize::MAX),
        };
        let outcome = match code.run(&limits(), &mut output) {
            Ok(value) => Ok(Expected {
                value,
                output: String::from_utf8_lossy(&output.text).into_owned(),
            }),
            Err(error) if matches!(error.kind, ErrorKind::OutputFailed(_)) => Err(Refusal::Prints),
            Err(error) => Err(Refusal::Fails(error)),
        };
        sender.send(outcome).ok();
    };
    let started = thread::Builder::new().name("tree-walker".to_owned());
    started.spawn(work).map_err(Refusal::NoThread)?;
    match receiver.recv_timeout(options.oracle_timeout) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => Err(Refusal::Lasts),
        Err(RecvTimeoutError::Disconnected) => Err(Refusal::Crashed),
    }
}

/// Keeps what is written, and fails when it is too much.
struct Limited {
    text: Vec<u8>,
    most: usize,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.most.saturating_sub(self.text.len()) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
