//! Running one input in a process of its own, so that it can be interrupted whatever it does, and
//! whatever becomes of it ends no session.
//!
//! The process is this program, as `monkeybench session`: its input is a line, a [`Job`], its standard
//! output is the session's, and on its standard error it gives a [`Reply`]. When its input ends before, so
//! has the session, however that came, and the process ends too.

use std::io::{self, Read as _, Write};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::{env, process, thread};

use anyhow::{Context as _, anyhow, bail};
use catalog::runtime::Limits;
use catalog::syntax::Style;
use serde::{Deserialize, Serialize};

use super::transcript::Transcript;
use crate::diagnosis::{self, Bounds};
use crate::failure::{Outcome, Status};
use crate::selection;
use crate::sources::Source;

/// What is to be run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) engine: String,
    pub(crate) depth: u32,
    pub(crate) fuel: Option<u64>,
    pub(crate) memory: Option<u64>,
    /// The inputs that are kept, and the one that is new: what each is called, and its text.
    pub(crate) inputs: Vec<(String, String)>,
    /// So many bytes are printed by those that are kept, and have been seen.
    pub(crate) printed: u64,
    /// How an error is drawn.
    pub(crate) color: bool,
    pub(crate) width: usize,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// The value, or the error as it is shown.
    pub(crate) outcome: Result<String, String>,
    /// How many bytes have been printed, those included that had been seen.
    pub(crate) printed: u64,
}

/// From now on, Ctrl-C while an input runs is for its process: the terminal tells both, and this one
/// goes on. At the prompt it is a key like others.
///
/// # Errors
/// If the system doesn't let the program handle signals.
pub(crate) fn leave_interrupts_to_inputs() -> io::Result<()> {
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::default())?;
    Ok(())
}

/// Runs a job: nothing if it was interrupted.
///
/// # Errors
/// If there is no reply for another reason.
pub(crate) fn run(job: &Job) -> anyhow::Result<Option<Reply>> {
    let program = env::current_exe().context("this program can't be found")?;
    let mut child = Command::new(program)
        .arg("session")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("can't start a process for the input")?;
    let mut said = String::new();
    // If it doesn't take its job or breaks off, how it ended tells more.
    if let (Some(mut stdin), Some(mut stderr)) = (child.stdin.take(), child.stderr.take()) {
        drop(writeln!(stdin, "{}", serde_json::to_string(job)?));
        drop(stderr.read_to_string(&mut said));
        // It is open as long as this process waits for the other: so that one knows when it needn't go on.
        drop(stdin);
    }
    let status = child.wait()?;
    match serde_json::from_str(&said) {
        Ok(reply) => Ok(Some(reply)),
        Err(_) if was_interrupted(status) => Ok(None),
        Err(_) if said.is_empty() => bail!("the input's process ended with {status}"),
        Err(_) => Err(anyhow!("{}", said.trim_end()).context(format!("{status}"))),
    }
}

/// Whether a process was ended by Ctrl-C.
#[cfg(unix)]
fn was_interrupted(status: process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(signal_hook::consts::SIGINT)
}

/// Elsewhere a process that was ended can't be told from one that failed.
#[cfg(not(unix))]
fn was_interrupted(_status: process::ExitStatus) -> bool {
    true
}

/// The process's side.
///
/// # Errors
/// If the job is none.
pub(crate) fn serve() -> Outcome {
    let mut job = String::new();
    io::stdin().read_line(&mut job)?;
    let job: Job = serde_json::from_str(&job).context("this is no job")?;
    let session = thread::Builder::new().name("session".to_owned());
    session
        .spawn(end_with_the_session)
        .context("there can't be a thread that watches the session")?;
    let reply = perform(&job)?;
    writeln!(io::stderr(), "{}", serde_json::to_string(&reply)?)?;
    Ok(Status::Good)
}

/// Waits until nobody waits for this process, because the session has been ended, and ends it.
fn end_with_the_session() {
    io::stdin().read_to_end(&mut Vec::new()).ok();
    process::exit(1);
}

fn perform(job: &Job) -> anyhow::Result<Reply> {
    let variant = selection::engine(&job.engine)?;
    let limits = Limits {
        depth: job.depth,
        fuel: job.fuel,
        memory: job.memory,
    };
    let inputs = job.inputs.iter().cloned();
    let transcript = Transcript::new(
        inputs
            .map(|(origin, text)| Source { origin, text })
            .collect(),
    );
    let memory = limits.memory.unwrap_or(u64::MAX);
    let program = catalog::syntax::parse_within(transcript.text(), memory)?;
    let code = variant.engine().compile(&Rc::new(program));
    let mut output = Unseen {
        stdout: io::stdout().lock(),
        seen: job.printed,
        printed: 0,
    };
    let outcome = code.run(&limits, &mut output).map_err(|error| {
        let style = Style {
            color: job.color,
            width: job.width,
        };
        diagnosis::drawn(&transcript, &error, Bounds::Options(&limits), style)
    });
    output.flush().ok();
    Ok(Reply {
        outcome,
        printed: output.printed,
    })
}

/// Standard output, but for what has been seen.
struct Unseen<'o> {
    stdout: io::StdoutLock<'o>,
    /// So many bytes at the beginning.
    seen: u64,
    printed: u64,
}

impl Write for Unseen<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.seen.saturating_sub(self.printed);
        let old = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let written = match old {
            0 => self.stdout.write(bytes)?,
            old => old,
        };
        self.printed += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}
