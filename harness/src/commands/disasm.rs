//! `monkeybench disasm`: what an engine makes of a program.

use anyhow::anyhow;
use catalog::Variant;

use crate::bytecode;
use crate::console;
use crate::diagnosis::parse;
use crate::failure::{Failure, Outcome, Status};
use crate::sources::{self, Input};

/// Print the code that an engine makes of a program
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program's file, text or bytecode, or - for standard input
    file: String,
    /// The engine whose code it is [default: stack+all; of bytecode, the one it was compiled for]
    #[arg(long, value_parser = crate::selection::engine)]
    engine: Option<&'static Variant>,
    /// Say what each instruction does
    #[arg(long)]
    explain: bool,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let (variant, listing) = match sources::read_any(&arguments.file)? {
        Input::Bytecode { origin, bytes } => {
            let (variant, code) = bytecode::load(&origin, bytes, arguments.engine)?;
            (variant, code.listing(arguments.explain))
        }
        Input::Text(source) => {
            let variant = arguments.engine.unwrap_or_else(catalog::fully_optimized);
            let program = match parse(&source, None) {
                Ok(program) => program,
                Err(status) => return Ok(status),
            };
            let code = variant.engine().compile(&program);
            (variant, code.listing(arguments.explain))
        }
    };
    let Some(listing) = listing else {
        let name = &variant.name;
        return Err(Failure::usage(anyhow!(
            "engine {name} runs the syntax tree itself and has no code to list"
        )));
    };
    console::print(&listing)?;
    if !listing.ends_with('\n') {
        console::print("\n")?;
    }
    Ok(Status::Good)
}
