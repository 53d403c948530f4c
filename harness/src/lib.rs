//! `monkeybench`: measures engines for the language Monkey side by side.
//!
//! A table of contents: each subcommand is a file under `commands`; the other modules are the steps
//! of a measurement, from `experiments` (what is compared) over `workers` and `protocol` (who
//! runs it), `schedule` and `calibrate` (when, how often) to `measure` (doing it) and `journal`
//! (keeping it). What the figures mean is the business of the crate `reports`; nothing here
//! computes a statistic.
//!
//! It is a library so that the binary, which calls [`main`] and does nothing else, can be linked again
//! in another order without anything being compiled.

mod against;
mod bytecode;
mod calibrate;
mod callgrind;
mod clocks;
mod commands;
mod console;
mod contenders;
mod cores;
mod counting;
mod diagnosis;
mod disassembly;
mod environment;
mod experiments;
mod externals;
mod fail_on;
mod failure;
mod forecast;
mod git;
mod host_counts;
mod interrupt;
mod journal;
mod layouts;
mod limits;
mod machine_code;
mod measure;
mod names;
mod oracle;
mod output;
mod peak_memory;
mod plan;
mod profiles;
mod progress;
mod protocol;
mod repl;
mod schedule;
mod selection;
mod setup;
mod sources;
mod summary;
mod tool;
mod worker;
mod workers;
mod workload;

use std::process::ExitCode;

use clap::{Args as _, FromArgMatches as _, Parser, Subcommand};

use crate::commands::{
    attribute, check, compare, compile, completions, disasm, exec, history, list, man, profile,
    report, run, worker_test,
};
use crate::failure::{Failure, Outcome, Status, exit_code};

/// Measures what each step from a tree-walking evaluator to a fast virtual machine buys.
///
/// Without a command, `monkeybench` is `monkeybench run progression`.
#[derive(Debug, Parser)]
#[command(
    name = "monkeybench",
    version,
    long_version = tool::LONG_VERSION.as_str(),
    max_term_width = 100,
    next_line_help = console::is_narrow()
)]
#[command(
    after_help = "Exit status: 0 good, 1 the program or the measurement failed, \
                        2 wrong usage, 3 a result is INVALID."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Report(report::Arguments),
    Compare(compare::Arguments),
    Attribute(attribute::Arguments),
    History(history::Arguments),
    Profile(profile::Arguments),
    List(list::Arguments),
    Exec(exec::Arguments),
    Compile(compile::Arguments),
    Disasm(disasm::Arguments),
    Check(check::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    WorkerTest(worker_test::Arguments),
    /// Serve measurements over standard input and output; see harness/PROTOCOL.md.
    #[command(hide = true)]
    Worker(worker::Arguments),
    /// Run one input of a session; the job is on standard input.
    #[command(hide = true)]
    Session,
    /// Run one program in the region that valgrind counts; the job is on standard input.
    #[command(hide = true)]
    Counted(callgrind::counted::Arguments),
}

/// The program.
pub fn main() -> ExitCode {
    let outcome = match completions::answer::<Cli>() {
        Ok(true) => Ok(Status::Good),
        Ok(false) => match command() {
            Ok(command) => dispatch(command),
            Err(error) => return usage(&error),
        },
        Err(failure) => Err(failure),
    };
    match &outcome {
        Ok(_) | Err(Failure::ReaderGone) => {}
        Err(failure) => console::error(failure),
    }
    exit_code(&outcome)
}

/// The part of the program that is measured, alone: `worker ENGINE`. This is what is linked anew for each
/// round, since it is linked several times as fast as the whole.
pub fn worker() -> ExitCode {
    let engine = std::env::args().nth(2).unwrap_or_default();
    let outcome = worker::serve(&engine);
    if let Err(failure) = &outcome {
        console::error(failure);
    }
    exit_code(&outcome)
}

/// The command that was given, or else `run` as if it had been given alone.
fn command() -> Result<Command, clap::Error> {
    if let Some(command) = Cli::try_parse()?.command {
        return Ok(command);
    }
    let run = run::Arguments::augment_args(clap::Command::new("run"));
    let matches = run.try_get_matches_from(["run"])?;
    Ok(Command::Run(run::Arguments::from_arg_matches(&matches)?))
}

fn dispatch(command: Command) -> Outcome {
    match command {
        Command::Run(arguments) => run::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::History(arguments) => history::run(arguments),
        Command::List(arguments) => list::run(arguments),
        Command::Exec(arguments) => exec::run(arguments),
        Command::Compile(arguments) => compile::run(arguments),
        Command::Disasm(arguments) => disasm::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Attribute(arguments) => attribute::run(arguments),
        Command::Profile(arguments) => profile::run(arguments),
        Command::Completions(arguments) => completions::run::<Cli>(&arguments),
        Command::Man(arguments) => man::run::<Cli>(arguments),
        Command::Session => repl::session::serve(),
        Command::WorkerTest(arguments) => worker_test::run(arguments),
        Command::Worker(arguments) => worker::run(arguments),
        Command::Counted(arguments) => callgrind::counted::run(arguments),
    }
}

/// Prints what clap has to say: help and version (exit status 0), or what is wrong (2).
fn usage(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(print) if !error.use_stderr() => {
            let outcome = Err(Failure::stdout(print));
            if let Err(failure @ Failure::Failed(_)) = &outcome {
                console::error(failure);
            }
            exit_code(&outcome)
        }
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}
