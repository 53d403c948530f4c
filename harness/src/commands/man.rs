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
            let page = page_of(page);
            fs::write(folder.join(page.get_filename()), text(&page)?).with_context(context)?;
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
    console::print(&text(&page_of(page))?)?;
    Ok(Status::Good)
}

/// A command's page; what it was built of, `--version` tells in lines of its own.
fn page_of(command: &Command) -> Man {
    const VERSION: &str = env!("CARGO_PKG_VERSION");
    let command = match command.get_long_version() {
        Some(_) => command.clone().long_version(VERSION),
        None => command.clone(),
    };
    Man::new(command).source(format!("monkeybench {VERSION}"))
}

/// A page's text. Signs beyond ASCII are written as groff takes them, whatever it believes the file's
/// encoding to be; and `…` as three dots, which any device has.
fn text(page: &Man) -> anyhow::Result<String> {
    let mut text = Vec::new();
    page.render(&mut text)?;
    let sign = |it: char| match it {
        '…' => "...".to_owned(),
        _ if it.is_ascii() => it.to_string(),
        _ => format!("\\[u{:04X}]", u32::from(it)),
    };
    Ok(String::from_utf8(text)?.chars().map(sign).collect())
}

/// The commands that have a page.
fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|it| !it.is_hide_set())
}
