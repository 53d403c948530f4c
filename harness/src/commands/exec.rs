//! `monkeybench exec`: runs a program.

use std::io::{self, Write as _};
use std::rc::Rc;

use catalog::Variant;
use catalog::runtime::{ErrorKind, Limits, RuntimeError};
use catalog::syntax::{Program, Report, Style, position_of};
use serde::Serialize;

use crate::console;
use crate::failure::{Failure, Outcome, Status};
use crate::limits::LimitOptions;
use crate::sources::{self, Source};

/// Run a program: what it prints, then its value
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The program's file, or - for standard input
    file: String,
    /// The engine that runs it [default: the fastest]
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
}

/// An error, before the program ran or while it did.
#[derive(Serialize)]
struct Problem {
    message: String,
    line: u32,
    column: u32,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let source = sources::read(&arguments.file)?;
    let variant = arguments.engine.unwrap_or_else(catalog::fastest);
    let limits = arguments.limits.limits();
    if arguments.json {
        return run_json(variant, &source, &limits);
    }
    let program = match parse(&source) {
        Ok(program) => program,
        Err(status) => return Ok(status),
    };
    // Each line is seen when it is printed: the lock writes whole lines at once.
    let mut stdout = Streamed {
        stdout: io::stdout().lock(),
        failure: None,
    };
    let code = variant.engine().compile(&program);
    match code.run(&limits, &mut stdout) {
        Ok(value) => {
            console::print(&format!("{value}\n"))?;
            Ok(Status::Good)
        }
        Err(error) => {
            let failure = stdout.failure.take();
            if let (ErrorKind::OutputFailed(_), Some(failure)) = (&error.kind, failure) {
                return Err(Failure::stdout(failure));
            }
            io::stdout().flush().map_err(Failure::stdout)?;
            report(&source, &error);
            Ok(Status::Failed)
        }
    }
}

fn run_json(variant: &Variant, source: &Source, limits: &Limits) -> Outcome {
    let mut execution = Execution {
        engine: &variant.name,
        output: String::new(),
        value: None,
        errors: Vec::new(),
    };
    let problem = |message: String, offset| {
        let position = position_of(&source.text, offset);
        Problem {
            message,
            line: position.line,
            column: position.column,
        }
    };
    match catalog::syntax::parse(&source.text) {
        Err(diagnostics) => {
            execution.errors = diagnostics
                .iter()
                .map(|it| problem(it.to_string(), it.span.start))
                .collect();
        }
        Ok(program) => {
            let mut output = Vec::new();
            let code = variant.engine().compile(&Rc::new(program));
            match code.run(limits, &mut output) {
                Ok(value) => execution.value = Some(value),
                Err(error) => execution
                    .errors
                    .push(problem(error.to_string(), error.span.start)),
            }
            execution.output = String::from_utf8_lossy(&output).into_owned();
        }
    }
    console::print_json(&execution)?;
    Ok(match execution.errors.is_empty() {
        true => Status::Good,
        false => Status::Failed,
    })
}

/// Parses a program, or reports all that is wrong with it.
pub(crate) fn parse(source: &Source) -> Result<Rc<Program>, Status> {
    match catalog::syntax::parse(&source.text) {
        Ok(program) => Ok(Rc::new(program)),
        Err(diagnostics) => {
            let drawn = diagnostics.render(&source.text, &source.origin, style());
            console::note(drawn.trim_end());
            Err(Status::Failed)
        }
    }
}

/// Reports a run-time error with its position, source line and caret.
pub(crate) fn report(source: &Source, error: &RuntimeError) {
    let message = error.to_string();
    let report = Report {
        source: &source.text,
        origin: &source.origin,
        message: &message,
        span: error.span,
        help: None,
    };
    console::note(report.render(style()));
}

fn style() -> Style {
    Style {
        color: console::stderr_has_colors(),
        width: console::stderr_width(),
    }
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
