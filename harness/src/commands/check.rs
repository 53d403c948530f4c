//! `monkeybench check`: every engine against what programs must give, and against the oracle. Times
//! nothing.

mod external;
mod programs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use catalog::Variant;
use reports::format;
use serde::Serialize;
use workloads::Case;

use crate::console;
use crate::contenders::{Contender, Engine};
use crate::externals;
use crate::failure::{Failure, Outcome, Status};
use crate::limits::parse_timeout;
use crate::progress::Progress;
use crate::selection::{self, Meaning, SizeOption, Sizes};
use crate::workers::shortened;
use crate::workload;
use programs::{Behaviour, Parsed, behaviour, limits, programs};

/// Check every engine against expected values and against the oracle, without timing
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Check these engines only, separated by commas; external ones by their names
    #[arg(long, value_name = "ENGINE,…", value_delimiter = ',')]
    engines: Vec<String>,
    /// The external engines that may be named [default: engines.toml in the current directory]
    #[arg(long, value_name = "FILE", requires = "engines")]
    engines_file: Option<PathBuf>,
    /// Check these workloads only, besides the conformance cases, separated by commas: by name, by
    /// suite (documented, realistic), all, or programs of your own by path
    #[arg(long, value_name = "WORKLOAD|SUITE|FILE,…", value_delimiter = ',')]
    workloads: Vec<String>,
    /// Check only the conformance cases whose names contain this: `recursion/` for all of one file
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    cases: String,
    /// Another size for a workload; may be given for several
    #[arg(long, value_name = "WORKLOAD=SIZE")]
    size: Vec<SizeOption>,
    /// How long an external engine may take for an answer
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse_timeout, allow_negative_numbers = true)]
    timeout: Duration,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// An engine's result.
#[derive(Serialize)]
struct Verdict {
    engine: String,
    /// How many programs it was asked about.
    programs: usize,
    disagreements: Vec<Disagreement>,
    /// How many it wasn't asked about, by the reason.
    not_asked: BTreeMap<String, usize>,
}

/// A program that an engine got wrong.
#[derive(Serialize)]
struct Disagreement {
    program: String,
    expected: String,
    got: String,
}

pub(crate) fn run(arguments: Arguments) -> Outcome {
    let contenders = match arguments.engines.as_slice() {
        [] => catalog::variants().iter().map(Contender::builtin).collect(),
        names => named(names, arguments.engines_file.as_deref()).map_err(Failure::usage)?,
    };
    let workloads = match arguments.workloads.as_slice() {
        [] => workload::all(),
        words => Meaning::plain().workloads(words).map_err(Failure::usage)?,
    };
    let sizes = Sizes::new(&arguments.size, &workloads).map_err(Failure::usage)?;
    let progress = Progress::new();
    progress.stage("asking the oracle");
    let oracle = catalog::oracle().engine();
    let cases = cases(&arguments.cases)?;
    let programs = programs(&workloads, &sizes, cases, &*oracle)?;
    progress.expect((contenders.len() * programs.len()) as u64, 0);
    let mut verdicts = Vec::new();
    for contender in &contenders {
        progress.stage(&contender.name);
        let verdict = match &contender.engine {
            Engine::Builtin(name) => {
                let variant = selection::engine(name).map_err(Failure::usage)?;
                builtin(variant, &programs, &progress)
            }
            Engine::External(_) => {
                external::check(contender, &programs, arguments.timeout, &progress)
            }
        };
        if !arguments.json {
            progress.suspend(|| console::print(&verdict.text()))?;
        }
        verdicts.push(verdict);
    }
    drop(progress);
    if arguments.json {
        console::print_json(&verdicts)?;
    }
    let agree = verdicts.iter().all(|it| it.disagreements.is_empty());
    Ok(if agree { Status::Good } else { Status::Failed })
}

/// The conformance cases whose names contain a text.
fn cases(text: &str) -> Result<Vec<Case>, Failure> {
    let mut cases = workloads::conformance().map_err(anyhow::Error::from)?;
    cases.retain(|case| case.name.contains(text));
    if cases.is_empty() {
        let error = anyhow!("no conformance case has {text:?} in its name");
        return Err(Failure::usage(error));
    }
    Ok(cases)
}

/// The engines of these names, external ones included.
fn named(names: &[String], engines_file: Option<&Path>) -> anyhow::Result<Vec<Contender>> {
    let known = externals::known(engines_file, Path::new(""))?;
    let contenders = selection::contenders(names, &known)?;
    externals::check_programs(&contenders)?;
    Ok(contenders)
}

/// Checks an engine of the catalog, in this process.
fn builtin(variant: &Variant, programs: &[Parsed], progress: &Progress) -> Verdict {
    let engine = variant.engine();
    let mut verdict = Verdict::new(&variant.name);
    for program in programs {
        progress.step();
        let got = match &program.program {
            Ok(parsed) => behaviour(
                &*engine,
                &program.program,
                parsed.source(),
                &limits(program.limits),
            ),
            // Rejected before any engine sees it: by the one parser that the oracle has too.
            Err(_) => program.oracle.clone(),
        };
        let expected = match got == program.oracle {
            true => &program.expected,
            false => &program.oracle,
        };
        verdict.judge(program, expected, &got);
    }
    verdict
}

impl Verdict {
    /// The result of an engine that hasn't been asked anything yet.
    fn new(engine: &str) -> Self {
        Self {
            engine: engine.to_owned(),
            programs: 0,
            disagreements: Vec::new(),
            not_asked: BTreeMap::new(),
        }
    }

    /// Takes note of what a program did.
    fn judge(&mut self, program: &Parsed, expected: &Behaviour, got: &Behaviour) {
        self.programs += 1;
        if !expected.allows(got) {
            self.disagreements.push(Disagreement {
                program: program.name.clone(),
                expected: expected.text(),
                got: got.text(),
            });
        }
    }

    /// Takes note of a program that it isn't asked about.
    fn not_ask(&mut self, reason: &str) {
        *self.not_asked.entry(reason.to_owned()).or_default() += 1;
    }

    fn text(&self) -> String {
        let engine = &self.engine;
        let programs = format::counted(self.programs, "program");
        let not_asked: Vec<String> = self
            .not_asked
            .iter()
            .map(|(reason, count)| format!("; {count} not asked: {reason}"))
            .collect();
        let not_asked = not_asked.concat();
        let wrong = self.disagreements.len();
        if wrong == 0 {
            return format!("ok    {engine}: {programs}{not_asked}\n");
        }
        let mut text = format!("WRONG {engine}: {wrong} of {programs}{not_asked}\n");
        for disagreement in &self.disagreements {
            let Disagreement {
                program,
                expected,
                got,
            } = disagreement;
            // Some are of many lines' length; JSON has them whole.
            let [expected, got] = [expected, got].map(|it| shortened(it));
            text += &format!("  {program}\n    expected {expected}\n    got      {got}\n");
        }
        text
    }
}
