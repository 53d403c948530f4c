//! `monkeybench man`: the manual's pages, made of what clap knows.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::console;
use crate::failure::{Failure, Outcome, Status};
use crate::names::Unknown;

/// Print a page of the manual, or write all of them
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The command whose page is printed [default: that of monkeybench itself]
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    page: Option<String>,
    /// Write the pages of all commands into this folder instead
    #[arg(long, value_name = "DIR", value_parser = crate::output::folder())]
    out: Option<PathBuf>,
}

pub(crate) fn run<Cli: CommandFactory>(arguments: Arguments) -> Outcome {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    if let Some(folder) = arguments.out {
        let context = || format!("can't write into {}", folder.display());
        fs::create_dir_all(&folder).with_context(context)?;
        for page in [&command].into_iter().chain(shown(&command)) {
            Man::new(page.clone())
                .generate_to(&folder)
                .with_context(context)?;
        }
        return Ok(Status::Good);
    }
    let page = match &arguments.page {
        None => &command,
        Some(name) => shown(&command)
            .find(|it| it.get_name() == name)
            .ok_or_else(|| {
                let names = shown(&command).map(Command::get_name);
                Failure::usage(Unknown::new("command", name, names))
            })?,
    };
    let mut text = Vec::new();
    Man::new(page.clone()).render(&mut text)?;
    console::print_bytes(&text)?;
    Ok(Status::Good)
}

/// The commands that have a page.
fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|it| !it.is_hide_set())
}
