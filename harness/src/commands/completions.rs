//! `monkeybench completions SHELL`: what a shell has to know to complete this program's command lines.
//!
//! The shell asks the program itself, by an environment variable, so that it offers what this build has: the
//! commands and options that clap knows, and of the names below those that there are. Which arguments
//! take which names stands here, by the arguments' ids, for all commands.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{
    self, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};
use workloads::Suite;

use crate::commands::attribute;
use crate::console;
use crate::experiments;
use crate::externals;
use crate::failure::{Failure, Outcome, Status};

/// Print a shell's completions of this program
///
/// For bash, in ~/.bashrc: source <(monkeybench completions bash);
/// for zsh, in ~/.zshrc after compinit: source <(monkeybench completions zsh);
/// for fish, in ~/.config/fish/config.fish: monkeybench completions fish | source
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
    let shell = SHELLS
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
    let environment =
        CompleteEnv::with_factory(|| with_pages(with_names(without_hidden(&Cli::command()))))
            .var(VARIABLE)
            .shells(SHELLS);
    Ok(environment.try_complete(arguments, directory.as_deref())?)
}

/// The shells that are known.
const SHELLS: Shells<'static> = Shells(&[&BashByWords, &Elvish, &Fish, &Powershell, &Zsh]);

/// Bash, which takes `--engine=stack` for three words and wants the last of them completed alone.
struct BashByWords;

impl EnvCompleter for BashByWords {
    fn name(&self) -> &'static str {
        Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        Bash.is(name)
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        Bash.write_registration(var, name, bin, completer, buf)
    }

    fn write_complete(
        &self,
        cmd: &mut Command,
        args: Vec<OsString>,
        current_dir: Option<&Path>,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        let index = env::var("_CLAP_COMPLETE_INDEX").unwrap_or_default();
        let separator = env::var("_CLAP_IFS").unwrap_or_else(|_| "\n".to_owned());
        let (words, index, before) = joined(args, index.parse().unwrap_or_default());
        let values: Vec<_> = engine::complete(cmd, words, index, current_dir)?
            .iter()
            .map(|candidate| candidate.get_value().to_string_lossy().into_owned())
            .map(|value| {
                value
                    .strip_prefix(&before)
                    .map(str::to_owned)
                    .unwrap_or(value)
            })
            .collect();
        write!(buf, "{}", values.join(&separator))
    }
}

/// Words as the program would get them, the number of the one that is completed, and what of it
/// stands before bash's own last word.
fn joined(words: Vec<OsString>, index: usize) -> (Vec<OsString>, usize, String) {
    let mut joined: Vec<OsString> = Vec::new();
    let (mut at, mut before, mut goes_on) = (index, String::new(), false);
    for (number, word) in words.into_iter().enumerate() {
        let is_sign = word == "=";
        match joined.last_mut() {
            Some(last) if is_sign || goes_on => {
                if number == index {
                    before = last.to_string_lossy().into_owned();
                }
                last.push(&word);
            }
            _ => joined.push(word),
        }
        if number == index {
            at = joined.len() - 1;
        }
        goes_on = is_sign;
    }
    (joined, at, before)
}

/// What of a command is for users. (What is only marked as hidden is offered where nothing else fits.)
fn without_hidden(command: &Command) -> Command {
    let shown = command.get_subcommands().filter(|it| !it.is_hide_set());
    Command::new(env!("CARGO_PKG_NAME"))
        .args(command.get_arguments())
        .subcommands(shown.cloned())
}

/// The command with the names that its arguments take.
fn with_names(command: Command) -> Command {
    let command = command.mut_args(|argument| match candidates(&argument) {
        Some(completer) => argument.add(completer),
        None => argument,
    });
    command.mut_subcommands(with_names)
}

/// The command with the names of the manual's pages, which are its own commands.
fn with_pages(command: Command) -> Command {
    let commands = command.get_subcommands().map(Command::get_name);
    let names: Vec<String> = commands.map(str::to_owned).collect();
    let pages = ArgValueCompleter::new(move |current: &OsStr| beginning(names.clone(), current));
    command.mut_subcommand("man", |man| man.mut_arg("page", |page| page.add(pages)))
}

/// What completes an argument, if there is more to say than clap knows.
fn candidates(argument: &Arg) -> Option<ArgValueCompleter> {
    Some(match argument.get_id().as_str() {
        "engine" => ArgValueCompleter::new(engines),
        "engines" => ArgValueCompleter::new(all_engines),
        "workloads" => ArgValueCompleter::new(programs),
        "program" => ArgValueCompleter::new(programs),
        "size" => ArgValueCompleter::new(sizes),
        "optimizations" => ArgValueCompleter::new(optimizations),
        "experiment" => ArgValueCompleter::new(experiments),
        "file" | "files" | "results" | "old" | "new" => {
            ArgValueCompleter::new(PathCompleter::any())
        }
        "out" => ArgValueCompleter::new(PathCompleter::dir()),
        _ => return None,
    })
}

/// Those of some names that begin like what has been typed.
fn beginning(names: impl IntoIterator<Item = String>, current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    names
        .into_iter()
        .filter(|name| name.starts_with(&*current))
        .map(CompletionCandidate::new)
        .collect()
}

/// The engines; those with all optimizations by both of their names.
fn engines(current: &OsStr) -> Vec<CompletionCandidate> {
    let all = &catalog::fully_optimized().name;
    let names = catalog::variants().iter().flat_map(|variant| {
        let short = variant.name.strip_prefix(all.as_str());
        let short = short.map(|values| format!("stack+all{values}"));
        [Some(variant.name.clone()), short].into_iter().flatten()
    });
    beginning(names, current)
}

/// The same, and before them the external ones of an `engines.toml` that is right.
fn all_engines(current: &OsStr) -> Vec<CompletionCandidate> {
    let externals = externals::known(None, Path::new("")).unwrap_or_default();
    let mut found = beginning(externals.into_iter().map(|it| it.name), current);
    found.extend(engines(current));
    found
}

/// Workloads, suites and files of programs.
fn programs(current: &OsStr) -> Vec<CompletionCandidate> {
    let workloads = workloads::all()
        .iter()
        .map(|workload| workload.name.clone());
    let suites = Suite::ALL.into_iter().map(|suite| suite.name().to_owned());
    let names = workloads.chain(suites).chain(["all".to_owned()]);
    let mut found = beginning(names, current);
    found.extend(PathCompleter::any().complete(current));
    found
}

/// The optimizations that are built.
fn optimizations(current: &OsStr) -> Vec<CompletionCandidate> {
    let all = attribute::optimizations(catalog::fully_optimized());
    beginning(all.map(str::to_owned), current)
}

/// Workloads that have a size, with what follows their name.
fn sizes(current: &OsStr) -> Vec<CompletionCandidate> {
    let sized = workloads::all()
        .iter()
        .filter(|workload| workload.size.is_some());
    beginning(sized.map(|workload| format!("{}=", workload.name)), current)
}

/// Experiments, and files of experiments.
fn experiments(current: &OsStr) -> Vec<CompletionCandidate> {
    let embedded = experiments::embedded().unwrap_or_default();
    let mut found = beginning(embedded.into_iter().map(|it| it.name), current);
    found.extend(PathCompleter::any().complete(current));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_bash_takes_apart_are_joined() {
        let join = |words: &[&str], index| {
            let (words, at, before) = joined(words.iter().map(OsString::from).collect(), index);
            let words: Vec<_> = words
                .iter()
                .map(|it| it.to_string_lossy().into_owned())
                .collect();
            (words.join(" "), at, before)
        };
        let expected = |words: &str, at, before: &str| (words.to_owned(), at, before.to_owned());
        assert_eq!(
            join(&["m", "exec", "--engine", "=", "st"], 4),
            expected("m exec --engine=st", 2, "--engine=")
        );
        assert_eq!(
            join(&["m", "--size", "tak", "=", "3", "x"], 5),
            expected("m --size tak=3 x", 3, "")
        );
        assert_eq!(join(&["m", "r"], 1), expected("m r", 1, ""));
    }
}
