//! `ci/check`: counts every engine and compares with the committed baselines.
//!
//! A table of contents: `check` is the one command, `arguments` what it can be asked. The steps are
//! `count` (the portable layer), then for the host layer `key` (what the counts are exact for),
//! `tampering` (whether they would be), `runner` (the program that starts valgrind), `bench`
//! (counting) and `callgrind` (reading what it wrote); `leftovers` are those of
//! a gate that was killed; `baseline` has the committed files and
//! `report` the tables. What a difference means is said in the library, in `comparison`.

mod arguments;
mod baseline;
mod bench;
mod callgrind;
mod check;
mod count;
mod key;
mod leftovers;
mod outcome;
mod output;
mod project;
mod report;
mod runner;
mod tampering;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return output::usage(&error),
    };
    let outcome = check::run(&arguments);
    if let Err(failure) = &outcome {
        output::failure(failure);
        if !matches!(failure, outcome::Failure::ReaderGone(_)) {
            let summary = format!("## Instruction counts: not counted\n\n```\n{failure}\n```\n");
            output::summarize(&summary).unwrap_or_else(output::note);
        }
    }
    outcome::exit_code(&outcome)
}
