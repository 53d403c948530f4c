//! `monkeybench worker-test`: speaks the worker protocol with a command as a run would, step by step,
//! for authors of workers. Measures nothing that is worth keeping.

mod script;
mod session;

use std::time::Duration;

use serde::Serialize;

use crate::console;
use crate::contenders::{Command, Engine};
use crate::failure::{Failure, Outcome, Status};
use crate::limits::parse_timeout;
use session::Session;

/// Test whether a program speaks the worker protocol (harness/PROTOCOL.md), step by step
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program and its arguments, as an experiment would have them
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
    /// How long the worker may take for an answer
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_timeout, allow_negative_numbers = true)]
    timeout: Duration,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A step of the test, and how it went.
#[derive(Debug, Serialize)]
struct Step {
    /// What was tested.
    step: String,
    ok: bool,
    /// The request, or what else was done.
    sent: String,
    expected: String,
    came: String,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let command = Command {
        words: arguments.command,
        directory: None,
    };
    command.program().map_err(Failure::usage)?;
    let mut session = Session::new(Engine::External(command), arguments.timeout);
    script::play(&mut session);
    let steps = session.steps;
    let failed = steps.iter().filter(|step| !step.ok).count();
    if arguments.json {
        console::print_json(&steps)?;
    } else {
        let text: String = steps.iter().map(Step::text).collect();
        let verdict = match failed {
            0 => format!("ok: all {} steps\n", steps.len()),
            failed => format!("FAILED: {failed} of {} steps\n", steps.len()),
        };
        console::print(&(text + &verdict))?;
    }
    Ok(match failed {
        0 => Status::Good,
        _ => Status::Failed,
    })
}

impl Step {
    fn text(&self) -> String {
        let Self {
            step,
            ok,
            sent,
            expected,
            came,
        } = self;
        // What a worker says is not for the terminal to obey.
        let came = reports::format::printable(came);
        match ok {
            true => format!("ok     {step}\n    sent {sent}, came {came}\n"),
            false => format!(
                "FAILED {step}\n    sent     {sent}\n    expected {expected}\n    came     {came}\n"
            ),
        }
    }
}
