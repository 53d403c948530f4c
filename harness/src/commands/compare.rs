//! `monkeybench compare`: two results files, old against new.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use reports::comparison::{Basis, Cell, Code, Comparison, MIN_RUNS};
use reports::schema::{Measure, Results};

use crate::commands::report::Format;
use crate::console;
use crate::fail_on::FailOn;
use crate::failure::{Failure, Outcome, Status};

/// Compare two results files of one machine, old against new
///
/// A slower cell is a finding like any other (exit status 0, unless --fail-on says otherwise). Cells whose code is
/// the same in both runs tell how far runs differ by themselves: from 10 of them on, all other intervals reach as far.
/// So do intervals over at least 5 repeated runs in each file. Verdicts are corrected for their number; "slower?" is
/// what an interval says alone. With fewer of the same code, the verdict is "can't tell between runs", and where the same code took other times the comparison is
/// INVALID (exit status 3): it is no evidence about the code.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The results file of the old run
    #[arg(value_name = "OLD.json")]
    old: PathBuf,
    /// The results file of the new run
    #[arg(value_name = "NEW.json")]
    new: PathBuf,
    /// Compare speedups over the reference, not times: allowed for runs of different machines
    #[arg(long)]
    ratios: bool,
    /// The phase whose times to compare
    #[arg(long, default_value = Measure::Run.name(), value_parser = measure())]
    measure: Measure,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text, conflicts_with = "json")]
    format: Format,
    /// Exit with status 1 if a cell or a mean is slower, by so many per cent at the least: slower, or
    /// slower:PERCENT
    #[arg(long, value_name = "WHAT")]
    fail_on: Option<FailOn>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn measure() -> impl clap::builder::TypedValueParser<Value = Measure> {
    PossibleValuesParser::new(Measure::ALL.map(Measure::name)).map(|name| {
        Measure::ALL
            .into_iter()
            .find(|measure| measure.name() == name)
            .expect("the possible values are the names of all measures")
    })
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let old = Results::read(&arguments.old)?;
    let new = Results::read(&arguments.new)?;
    let basis = match arguments.ratios {
        true => Basis::Ratios,
        false => Basis::Times,
    };
    let name = |path: &Path| path.display().to_string();
    let comparison = Comparison::new(
        (&name(&arguments.old), &old),
        (&name(&arguments.new), &new),
        basis,
        arguments.measure,
    )?;
    let printed = if arguments.json {
        console::print_json(&comparison)
    } else {
        console::print(&match arguments.format {
            Format::Text => {
                let width = u16::try_from(console::stdout_width()).unwrap_or(u16::MAX);
                comparison.terminal(width, console::stdout_has_colors())
            }
            Format::Markdown => comparison.markdown(),
        })
    };
    match printed {
        // What nobody reads is INVALID all the same.
        Ok(()) | Err(Failure::ReaderGone) if !comparison.invalid.is_empty() => Ok(Status::Invalid),
        Ok(()) => judged(&comparison, arguments.fail_on),
        Err(failure) => Err(failure),
    }
}

/// What could not have failed has not passed.
fn warn_of_the_untold(comparison: &Comparison) {
    let between_runs = &comparison.between_runs;
    let is_other = |it: &&Cell| it.compared.code != Code::Same;
    let others = comparison.cells.iter().filter(is_other).count();
    if others > 0 && !between_runs.is_known() {
        console::warning(format_args!(
            "--fail-on could not tell: nobody knows how far these two runs differ by themselves. Measure both \
             builds in one run (`run --against`), or each with `run --repeat`, at least {MIN_RUNS} runs"
        ));
    } else if between_runs.family > 0 && !between_runs.can_tell {
        console::warning(format_args!(
            "--fail-on could not tell: {} verdicts together take {}. Measure both builds in one run (`run \
             --against`), or each with `run --repeat`",
            between_runs.family,
            between_runs.needed()
        ));
    }
}

/// How well a comparison went that can be trusted.
fn judged(comparison: &Comparison, fail_on: Option<FailOn>) -> Outcome {
    let Some(fail_on) = fail_on else {
        return Ok(Status::Good);
    };
    let slower: Vec<String> = comparison
        .slower_by(fail_on.percent)
        .into_iter()
        .map(|(over, variant)| format!("{variant} on {over}"))
        .collect();
    match slower.is_empty() {
        true => {
            warn_of_the_untold(comparison);
            Ok(Status::Good)
        }
        false => Err(anyhow!("slower than the old run: {}", slower.join(", ")).into()),
    }
}
