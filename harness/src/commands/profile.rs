//! `monkeybench profile`: which instructions a program dispatches, and what superinstructions save
//! or would save.

use std::io;
use std::path::Path;

use anyhow::anyhow;
use catalog::runtime::{Limits, RuntimeError};
use catalog::syntax::position_of;
use catalog::{AnyEngine, Variant};

use crate::console;
use crate::diagnosis::{self, Bounds};
use crate::failure::{Failure, Outcome, Status};
use crate::limits::{LimitOptions, whole_number};
use crate::names::Unknown;
use crate::profiles::tables::Terminal;
use crate::profiles::{Problem, Profiled, Profiles};
use crate::selection::{self, SizeOption, Sizes};
use crate::sources::{self, Source};
use crate::workload::{self, AnyWorkload, OwnWorkload};

/// Count what is dispatched: opcodes, pairs, triples, and what superinstructions save
///
/// Shares are of all dispatches; what superinstructions save is a share of the dispatches that there
/// would be without any. An absent superinstruction is a sequence of two to four instructions of one
/// function's straight-line code, into which nothing jumps, which control leaves at its end alone, and
/// of which at most one can fail. What the program prints is left out.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A workload's name, or a suite's (documented, realistic), or all, with their average; else a
    /// program's file (./NAME for one with such a name), or - for standard input
    /// [default: documented]
    #[arg(value_name = "FILE|WORKLOAD|SUITE")]
    program: Option<String>,
    /// The engine that runs it [default: stack+all]
    #[arg(long, value_parser = crate::selection::engine)]
    engine: Option<&'static Variant>,
    /// How many rows of everything to show
    #[arg(long, value_name = "N", default_value_t = 10,
          value_parser = whole_number(1..=u32::MAX), allow_negative_numbers = true)]
    top: u32,
    /// Another size for a workload, or for a file by its name without .monkey; may be given for several
    #[arg(long, value_name = "WORKLOAD=SIZE")]
    size: Vec<SizeOption>,
    #[command(flatten)]
    limits: LimitOptions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let variant = arguments.engine.unwrap_or_else(catalog::fully_optimized);
    let programs = programs(arguments.program.as_deref(), &arguments.size)?;
    let limits = arguments.limits.limits();
    let engine = variant.engine();
    let mut profiled = Vec::new();
    let mut errors = Vec::new();
    for source in &programs {
        match profile(&*engine, source, &limits) {
            Ok((profile, error)) => {
                profiled.push(profile);
                errors.extend(error.map(|error| (source, error)));
            }
            Err(status) => return Ok(status),
        }
    }
    let top = usize::try_from(arguments.top).unwrap_or(usize::MAX);
    let profiles = Profiles::new(&variant.name, profiled, top);
    if arguments.json {
        console::print_json(&profiles)?;
    } else {
        let terminal = Terminal {
            width: u16::try_from(console::stdout_width()).unwrap_or(u16::MAX),
            color: console::stdout_has_colors(),
        };
        console::print(&profiles.text(terminal))?;
    }
    for (source, error) in &errors {
        diagnosis::report(*source, error, Bounds::Options(&limits));
    }
    Ok(match errors.is_empty() {
        true => Status::Good,
        false => Status::Failed,
    })
}

/// The programs that the user means, with their texts.
fn programs(argument: Option<&str>, sizes: &[SizeOption]) -> Result<Vec<Source>, Failure> {
    let workloads = match argument {
        None => workload::documented(),
        Some("-") if sizes.is_empty() => return Ok(vec![sources::read("-")?]),
        Some("-") => {
            let error = anyhow!("--size is for workloads and files, not for standard input");
            return Err(Failure::Usage(error));
        }
        Some(word) => match selection::of_the_project(word, std::iter::empty()) {
            Ok(workloads) => workloads,
            Err(unknown) => vec![AnyWorkload::Own(own(word, unknown)?)],
        },
    };
    let sizes = Sizes::new(sizes, &workloads).map_err(Failure::usage)?;
    let source = |workload: AnyWorkload| {
        let size = sizes.of(&workload);
        let origin = match (workload.file(), size) {
            (Some(file), None) => file.to_owned(),
            (Some(file), Some(size)) => format!("{file}({size})"),
            (None, _) => workload.title(size),
        };
        Ok(Source {
            origin,
            text: workload.source(size)?,
        })
    };
    workloads.into_iter().map(source).collect()
}

/// Reads a user's program. What is no file and doesn't look like a path is a mistyped workload, which
/// is `unknown`.
fn own(word: &str, unknown: Unknown) -> Result<OwnWorkload, Failure> {
    let path = Path::new(word);
    if !workload::is_path(word) && path.extension().is_none() && !path.exists() {
        return Err(Failure::usage(unknown));
    }
    Ok(OwnWorkload::read(path)?)
}

/// Profiles a program; of one that is none, it reports all that is wrong.
fn profile(
    engine: &dyn AnyEngine,
    source: &Source,
    limits: &Limits,
) -> Result<(Profiled, Option<RuntimeError>), Status> {
    let program = diagnosis::parse(source, limits.memory)?;
    let code = engine.compile(&program);
    let (outcome, profile) = code.profile(limits, &mut io::sink());
    let error = outcome.err();
    let problem = error.as_ref().map(|error| {
        let position = position_of(&source.text, error.span.start);
        Problem {
            message: error.to_string(),
            line: position.line,
            column: position.column,
        }
    });
    let name = source.origin.clone();
    let profiled = Profiled::new(name, profile, code.code_bytes(), problem);
    Ok((profiled, error))
}
