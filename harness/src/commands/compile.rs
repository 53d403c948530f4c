//! `monkeybench compile`: a program's code as a file, which `exec` and `disasm` take for the program.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use catalog::BytecodeError;
use catalog::Variant;
use catalog::bytecode::is_bytecode;
use reports::store;

use crate::console;
use crate::diagnosis::parse;
use crate::failure::{Failure, Outcome, Status};
use crate::sources::{self, Input};

/// Compile a program to a bytecode file, which exec and disasm take
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program's file, or - for standard input
    file: String,
    /// The bytecode file, or - for standard output [default: beside the program's file, named .mbc]
    #[arg(short, long, value_name = "FILE")]
    output: Option<String>,
    /// The engine that it is compiled for [default: stack+all]
    #[arg(long, value_parser = crate::selection::engine)]
    engine: Option<&'static Variant>,
}

const NOT_FOR_TERMINALS: &str =
    "bytecode is not for terminals: redirect standard output, or give -o a file";

/// Where the bytes go.
enum Target {
    Stdout,
    File(PathBuf),
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let target = target(&arguments)?;
    let variant = arguments.engine.unwrap_or_else(catalog::fully_optimized);
    let source = match sources::read_any(&arguments.file)? {
        Input::Text(source) => source,
        Input::Bytecode { origin, bytes } => {
            return Err(match is_bytecode(&bytes) {
                true => Failure::usage(anyhow!("{origin} is bytecode already")),
                false => anyhow!("{origin} has the name of a bytecode file, but isn't one").into(),
            });
        }
    };
    if let Target::File(path) = &target
        && is_same_file(path, Path::new(&arguments.file))
    {
        let message = format!("{} would replace the program", path.display());
        return Err(Failure::usage(anyhow!(message)));
    }
    let program = match parse(&source, None) {
        Ok(program) => program,
        Err(status) => return Ok(status),
    };
    let bytes = match variant.engine().compile(&program).save(&variant.name) {
        Ok(bytes) => bytes,
        Err(error @ BytecodeError::NoCode) => {
            let context = format!("can't compile for {}", variant.name);
            return Err(Failure::usage(anyhow::Error::new(error).context(context)));
        }
        Err(error) => {
            let context = format!("can't compile {}", source.origin);
            return Err(anyhow::Error::new(error).context(context).into());
        }
    };
    match target {
        Target::Stdout => console::print_bytes(&bytes)?,
        Target::File(path) => write(&path, &bytes)?,
    }
    Ok(Status::Good)
}

/// Where the user wants them.
fn target(arguments: &Arguments) -> Result<Target, Failure> {
    let usage = |message: &'static str| Err(Failure::usage(anyhow!(message)));
    Ok(match (arguments.output.as_deref(), &*arguments.file) {
        (Some("-"), _) if io::stdout().is_terminal() => {
            return usage(NOT_FOR_TERMINALS);
        }
        (Some("-"), _) => Target::Stdout,
        (Some(file), _) => Target::File(file.into()),
        (None, "-") => {
            return usage("standard input has no name to call the bytecode by: give -o a file");
        }
        (None, file) if is_special(Path::new(file)) => {
            return usage(
                "the program isn't in a file that its bytecode could stand beside: give -o a file",
            );
        }
        (None, file) => Target::File(Path::new(file).with_extension(sources::BYTECODE_EXTENSION)),
    })
}

/// Whether two paths lead to one file that is there.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().ok();
    canonical(one).is_some_and(|one| Some(one) == canonical(other))
}

/// Whether a path leads to what is neither a file nor a folder, as to a device or a pipe.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Replaces a file whole. What is no file, as a device, can only be written to; and of a link it is the
/// file that is replaced.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if is_special(path) {
        let context = || format!("can't write {}", path.display());
        let mut device = OpenOptions::new()
            .write(true)
            .open(path)
            .with_context(context)?;
        if device.is_terminal() {
            return Err(Failure::usage(anyhow!(NOT_FOR_TERMINALS)));
        }
        device.write_all(bytes).with_context(context)?;
        return Ok(());
    }
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    store::write_atomically(&path, bytes).map_err(anyhow::Error::from)?;
    Ok(())
}
