//! `monkeybench exec`: runs a program.

use std::io::{self, IsTerminal as _, Write as _};
use std::rc::Rc;

use anyhow::anyhow;
use catalog::runtime::{ErrorKind, Limits};
use catalog::syntax::Diagnostics;
use catalog::{Executable, Variant};
use serde::Serialize;

use crate::bytecode;
use crate::console;
use crate::diagnosis::{self, Bounds, Problem};
use crate::failure::{Failure, Outcome, Status};
use crate::limits::LimitOptions;
use crate::repl;
use crate::sources::{self, Input, Source};

/// Run a program: what it prints, then its value; without one, a session to type programs in
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program's file, text or bytecode, or - for standard input [default: on a terminal, a session
    /// in which programs are typed, else standard input]
    file: Option<String>,
    /// The engine that runs it [default: stack+all; of bytecode, the one it was compiled for]
    #[arg(long, value_parser = crate::selection::engine)]
    engine: Option<&'static Variant>,
    #[command(flatten)]
    limits: LimitOptions,
    /// Print one JSON object instead, at the end
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Execution<'e> {
    engine: &'e str,
    output: String,
    value: Option<String>,
    errors: Vec<Problem>,
    /// What a program that is right may not mean.
    notes: Vec<Problem>,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let limits = arguments.limits.limits();
    let file = match &arguments.file {
        Some(file) => file,
        None if io::stdin().is_terminal() && io::stdout().is_terminal() => {
            if arguments.json {
                return Err(Failure::usage(anyhow!(
                    "--json needs a FILE, or - for standard input"
                )));
            }
            let variant = arguments.engine.unwrap_or_else(catalog::fully_optimized);
            return repl::run(variant, limits);
        }
        None => "-",
    };
    match sources::read_any(file)? {
        Input::Bytecode { origin, bytes } => {
            let (variant, code) = bytecode::load(&origin, bytes, arguments.engine)?;
            let text = code.source().to_owned();
            let source = Source { origin, text };
            execute(variant, &*code, &source, &limits, arguments.json)
        }
        Input::Text(source) => {
            let variant = arguments.engine.unwrap_or_else(catalog::fully_optimized);
            let memory = limits.memory.unwrap_or(u64::MAX);
            match catalog::syntax::parse_within(&source.text, memory) {
                Ok(program) => {
                    let code = variant.engine().compile(&Rc::new(program));
                    execute(variant, &*code, &source, &limits, arguments.json)
                }
                Err(diagnostics) if arguments.json => reject_json(variant, &source, &diagnostics),
                Err(diagnostics) => {
                    diagnosis::reject(&source, &source.text, &diagnostics);
                    Ok(Status::Failed)
                }
            }
        }
    }
}

/// Runs code; `source` is what it was compiled from.
fn execute(
    variant: &Variant,
    code: &dyn Executable,
    source: &Source,
    limits: &Limits,
    json: bool,
) -> Outcome {
    if json {
        return run_json(variant, code, source, limits);
    }
    diagnosis::remark(source);
    // Each line is seen when it is printed: the lock writes whole lines at once.
    let mut stdout = Streamed {
        stdout: io::stdout().lock(),
        failure: None,
    };
    match code.run(limits, &mut stdout) {
        Ok(value) => {
            console::print_value(&value)?;
            Ok(Status::Good)
        }
        Err(error) => {
            let failure = stdout.failure.take();
            if let (ErrorKind::OutputFailed(_), Some(failure)) = (&error.kind, failure) {
                return Err(Failure::stdout(failure));
            }
            io::stdout().flush().map_err(Failure::stdout)?;
            diagnosis::report(source, &error, Bounds::Options(limits));
            Ok(Status::Failed)
        }
    }
}

fn run_json(variant: &Variant, code: &dyn Executable, source: &Source, limits: &Limits) -> Outcome {
    let mut output = Vec::new();
    let (value, errors) = match code.run(limits, &mut output) {
        Ok(value) => (Some(value), Vec::new()),
        Err(error) => (
            None,
            vec![diagnosis::problem(source, &error, Bounds::Options(limits))],
        ),
    };
    print_json(&Execution {
        engine: &variant.name,
        output: String::from_utf8_lossy(&output).into_owned(),
        value,
        errors,
        notes: diagnosis::remarks_on(source),
    })
}

fn reject_json(variant: &Variant, source: &Source, diagnostics: &Diagnostics) -> Outcome {
    print_json(&Execution {
        engine: &variant.name,
        output: String::new(),
        value: None,
        errors: diagnosis::syntax_problems(source, diagnostics),
        notes: Vec::new(),
    })
}

fn print_json(execution: &Execution<'_>) -> Outcome {
    console::print_json(execution)?;
    Ok(match execution.errors.is_empty() {
        true => Status::Good,
        false => Status::Failed,
    })
}

/// Standard output, which keeps the error of a failed write: of it, the program's own error says
/// only the kind.
struct Streamed<'o> {
    stdout: io::StdoutLock<'o>,
    failure: Option<io::Error>,
}

impl io::Write for Streamed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stdout.write(bytes).map_err(|error| {
            let kind = error.kind();
            self.failure = Some(error);
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}
