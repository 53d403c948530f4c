//! `monkeybench completions SHELL`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::console;
use crate::failure::{Outcome, Status};

/// Print a shell's completions of this program
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell to complete for
    shell: Shell,
}

pub(crate) fn run<Cli: CommandFactory>(arguments: Arguments) -> Outcome {
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    console::print(&String::from_utf8_lossy(&script))?;
    Ok(Status::Good)
}
