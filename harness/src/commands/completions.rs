//! `monkeybench completions SHELL`: what a shell has to know to complete this program's command lines.
//!
//! The shell asks the program itself, by an environment variable, so that it offers what this build has: the
//! commands and options that clap knows, and of the names below those that there are. Which arguments
//! take which names stands here, by the arguments' ids, for all commands.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{CompleteEnv, EnvCompleter, Shells};
use workloads::Suite;

use crate::console;
use crate::experiments;
use crate::failure::{Failure, Outcome, Status};

/// Print a shell's completions of this program
///
/// For bash, in ~/.bashrc: source <(monkeybench completions bash)
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell to complete for
    #[arg(value_parser = ["bash", "elvish", "fish", "powershell", "zsh"])]
    shell: String,
}

/// Holds a shell's name where a shell asks for completions.
const VARIABLE: &str = "MONKEYBENCH_COMPLETE";

pub(crate) fn run<Cli: CommandFactory>(arguments: &Arguments) -> Outcome {
    let mut script = Vec::new();
    let command = Cli::command();
    let name = command.get_name();
    let shells = Shells::builtins();
    let shell: &dyn EnvCompleter = shells
        .completer(&arguments.shell)
        .expect("clap takes the names of shells only");
    shell.write_registration(VARIABLE, name, name, &completer(), &mut script)?;
    console::print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Good)
}

/// What a shell starts to ask: the program by its name as it was called, so that a newer one in its place is
/// asked; by its whole path where it is not in one that is searched.
fn completer() -> String {
    let called = env::args_os().next().unwrap_or_default();
    let path = Path::new(&called);
    let is_searched = path.components().count() == 1;
    let path = match env::current_dir() {
        Ok(directory) if !is_searched => directory.join(path),
        _ => path.to_owned(),
    };
    path.to_string_lossy().into_owned()
}

/// Answers a shell that asks for completions: whether one does.
///
/// # Errors
/// If the answer can't be given.
pub(crate) fn answer<Cli: CommandFactory>() -> Result<bool, Failure> {
    if env::var_os(VARIABLE).is_none() {
        return Ok(false);
    }
    let arguments: Vec<OsString> = env::args_os().collect();
    let directory = env::current_dir().ok();
    let environment = CompleteEnv::with_factory(|| with_names(Cli::command())).var(VARIABLE);
    Ok(environment.try_complete(arguments, directory.as_deref())?)
}

/// The command with the names that its arguments take.
fn with_names(command: Command) -> Command {
    let command = command.mut_args(|argument| match candidates(&argument) {
        Some(completer) => argument.add(completer),
        None => argument,
    });
    command.mut_subcommands(with_names)
}

/// What completes an argument, if there is more to say than clap knows.
fn candidates(argument: &Arg) -> Option<ArgValueCompleter> {
    Some(match argument.get_id().as_str() {
        "engine" | "engines" | "reference" => ArgValueCompleter::new(engines),
        "workloads" => ArgValueCompleter::new(programs),
        "program" => ArgValueCompleter::new(programs),
        "size" => ArgValueCompleter::new(sizes),
        "experiment" => ArgValueCompleter::new(experiments),
        "file" | "files" | "results" | "old" | "new" => {
            ArgValueCompleter::new(PathCompleter::any())
        }
        "out" => ArgValueCompleter::new(PathCompleter::dir()),
        _ => return None,
    })
}

/// Those of some names that begin like what has been typed.
fn beginning(
    names: impl IntoIterator<Item = String>,
    current: &std::ffi::OsStr,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    names
        .into_iter()
        .filter(|name| name.starts_with(&*current))
        .map(CompletionCandidate::new)
        .collect()
}

/// The engines: all 32 sets of optimizations are named in full, and the whole set by a short name too.
fn engines(current: &std::ffi::OsStr) -> Vec<CompletionCandidate> {
    let all = catalog::variants()
        .iter()
        .map(|variant| variant.name.clone());
    beginning(all.chain(["stack+all".to_owned()]), current)
}

/// Workloads, suites and files of programs.
fn programs(current: &std::ffi::OsStr) -> Vec<CompletionCandidate> {
    let workloads = workloads::all()
        .iter()
        .map(|workload| workload.name.clone());
    let suites = Suite::ALL.into_iter().map(|suite| suite.name().to_owned());
    let names = workloads.chain(suites).chain(["all".to_owned()]);
    let mut found = beginning(names, current);
    found.extend(PathCompleter::any().complete(current));
    found
}

/// Workloads that have a size, with what follows their name.
fn sizes(current: &std::ffi::OsStr) -> Vec<CompletionCandidate> {
    let sized = workloads::all()
        .iter()
        .filter(|workload| workload.size.is_some());
    beginning(sized.map(|workload| format!("{}=", workload.name)), current)
}

/// Experiments, and files of experiments.
fn experiments(current: &std::ffi::OsStr) -> Vec<CompletionCandidate> {
    let embedded = experiments::embedded().unwrap_or_default();
    let mut found = beginning(embedded.into_iter().map(|it| it.name), current);
    found.extend(PathCompleter::any().complete(current));
    found
}
