//! `monkeybench counted`: the child's side of a count. Compiles one program for one engine and runs
//! it once within the region that is counted; knows no expected value.

use std::io::{self, Read as _};
use std::rc::Rc;

use anyhow::Context as _;
use catalog::Phase;
use catalog::runtime::Limits;
use catalog::syntax::position_of;
use serde::{Deserialize, Serialize};

use crate::console;
use crate::failure::{Failure, Outcome, Status};
use crate::protocol::{Checked, encode_reply};
use crate::selection;

/// The command's name.
pub(super) const COMMAND: &str = "counted";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

/// What to run, on standard input.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Job {
    /// The process that waits for the count.
    pub(super) parent: u32,
    /// The engine's name.
    pub(super) engine: String,
    /// The program's text.
    pub(super) source: String,
}

/// Does the one job, and answers as a worker does when it is asked to check.
pub(crate) fn run(_: Arguments) -> Outcome {
    // Nobody else would end it if the parent is killed.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).ok();
    let mut text = String::new();
    io::stdin()
        .lock()
        .read_to_string(&mut text)
        .context("can't read what to count")?;
    let job: Job = serde_json::from_str(&text)
        .context("standard input is no job")
        .map_err(Failure::Usage)?;
    // The parent may have gone before this process was tied to it.
    #[cfg(unix)]
    if std::os::unix::process::parent_id() != job.parent {
        return Ok(Status::Failed);
    }
    let variant = selection::engine(&job.engine).map_err(Failure::usage)?;
    console::print(&encode_reply(&once(variant, &job.source)))?;
    Ok(Status::Good)
}

/// Runs the program once, counted.
fn once(variant: &catalog::Variant, source: &str) -> Result<Checked, String> {
    let program = catalog::syntax::parse(source).map_err(|errors| errors.to_string())?;
    let code = variant.engine().compile(&Rc::new(program));
    let (outcome, output) = code.once(Phase::Run, &Limits::default());
    let result = outcome
        .ok_or("a run without an outcome")?
        .map_err(|error| format!("{}: {error}", position_of(source, error.span.start)))?;
    Ok(Checked {
        result,
        output: String::from_utf8_lossy(&output).into_owned(),
    })
}
