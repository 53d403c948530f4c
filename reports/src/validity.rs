//! Whether a run may be believed at all. INVALID is a statement about the run, never about a
//! variant: it isn't the same as slower. Each reason stands beside what to do about it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::analysis::Analysis;
use crate::document::{Block, Places};
use crate::schema::Nesting;
use crate::stats::MIN_VALUES;

/// How far the control's interval may lie from 1: half of what counts as the same. Chance alone puts
/// one control in twenty off 1, so merely excluding 1 says little of a run with several.
pub const CONTROL_LIMIT: f64 = 0.005;

/// The load average before the run, per core, above which something else was running on each.
pub const LOAD_PER_CORE_LIMIT: f64 = 1.0;

/// The share of the machine's time, in percent, that the hypervisor may have given to others.
pub const STEAL_LIMIT_PERCENT: f64 = 5.0;

/// The share of the machine's time, in percent, that other processes may have used.
pub const OTHERS_LIMIT_PERCENT: f64 = 25.0;

/// A reason not to believe a run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Invalid {
    /// The reference differs from itself.
    Control {
        /// The workload's title.
        workload: String,
        /// The end of the control's interval that is nearest to 1.
        nearest: f64,
    },
    /// Too few of what intervals are taken over for any interval.
    TooFew {
        /// How many are complete of the workload that has the fewest.
        complete: usize,
        /// Of what: `round`, `run`.
        unit: &'static str,
        /// The option that says how many there are, with what it needs: `--rounds`, at least 6.
        option: String,
    },
    /// The reference has no times on a workload.
    ReferenceFailed {
        /// The workload's title.
        workload: String,
    },
    /// The machine was busy before the run.
    Load {
        /// One-minute load average.
        load: f64,
        /// Cores.
        cores: u32,
    },
    /// The hypervisor gave much of the time to others.
    Steal {
        /// Share of the time.
        percent: f64,
    },
    /// Other processes used much of the time.
    Others {
        /// Share of the time.
        percent: f64,
    },
    /// The engines were built without optimization.
    Profile {
        /// The Cargo profile.
        profile: String,
    },
}

impl Invalid {
    /// What is wrong, and what whoever ran it can do about it.
    fn told(&self) -> (String, String) {
        match self {
            Self::Control { workload, nearest } => (
                format!(
                    "the A/A control is off: on {workload} the reference differs from itself by at \
                     least {:.2} % (limit {:.1} %)",
                    (nearest - 1.0).abs() * 100.0,
                    CONTROL_LIMIT * 100.0,
                ),
                "run it again with nothing beside it. If the control stays off, the machine changes \
                 its speed within a round: fix its clock rate (the governor `performance`, no turbo), \
                 or take another machine"
                    .to_owned(),
            ),
            Self::TooFew {
                complete,
                unit,
                option,
            } => {
                let complete = match complete {
                    1 => format!("1 complete {unit} is"),
                    _ => format!("{complete} complete {unit}s are"),
                };
                (
                    format!("{complete} too few: a 95 % interval needs {MIN_VALUES}"),
                    format!(
                        "measure more with {option}; an interrupted run goes on with `--resume`"
                    ),
                )
            }
            Self::ReferenceFailed { workload } => (
                format!("the reference has no times on {workload}"),
                "see below which cell failed, and why; mend that, or leave the workload out with \
                 `--workloads`"
                    .to_owned(),
            ),
            Self::Load { load, cores } => (
                format!(
                    "the load average before the run was {load:.2} on {cores} cores (limit {:.2})",
                    LOAD_PER_CORE_LIMIT * f64::from(*cores),
                ),
                "end what else runs, wait a minute or two until `uptime` shows a lower load, and run \
                 it again"
                    .to_owned(),
            ),
            Self::Steal { percent } => (
                format!(
                    "the hypervisor gave {percent:.1} % of the time to others (limit \
                     {STEAL_LIMIT_PERCENT:.0} %)"
                ),
                "run it at another time, or on a machine that isn't shared".to_owned(),
            ),
            Self::Others { percent } => (
                format!(
                    "other processes used {percent:.1} % of the machine (limit \
                     {OTHERS_LIMIT_PERCENT:.0} %)"
                ),
                "end what `top` shows beside it, and run it again".to_owned(),
            ),
            Self::Profile { profile } => (
                format!("the engines were built in the profile “{profile}”, not “release”"),
                "build with optimization: `cargo run --release -- …` in the place of `cargo run -- …`"
                    .to_owned(),
            ),
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        self.told().1
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told().0)
    }
}

impl Serialize for Invalid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Advised::new(self, self.advice()).serialize(serializer)
    }
}

/// A reason for machines, with what to do about it.
#[derive(Serialize)]
pub(crate) struct Advised {
    reason: String,
    advice: String,
}

impl Advised {
    pub(crate) fn new(reason: &impl ToString, advice: String) -> Self {
        Self {
            reason: reason.to_string(),
            advice,
        }
    }
}

/// Why figures are no evidence, in a sentence.
pub(crate) fn statement(reasons: &[impl ToString], has_figures: bool) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    let figures = if has_figures {
        " The figures below are no evidence."
    } else {
        ""
    };
    format!("INVALID: {}.{figures}", reasons.join("; "))
}

/// What to do about it, each advice once; no block if there is nothing to be done.
pub(crate) fn advice(advice: impl IntoIterator<Item = String>, places: Places) -> Vec<Block> {
    let mut told = Vec::new();
    for advice in advice {
        let line = format!("What to do: {advice}.");
        if !told.contains(&line) {
            told.push(line);
        }
    }
    let block = (!told.is_empty()).then(|| Block::instructions(told, places));
    block.into_iter().collect()
}

/// Every reason not to believe the run; none: it is valid.
pub fn reasons(analysis: &Analysis<'_>) -> Vec<Invalid> {
    let environment = &analysis.results.environment;
    let tool = &analysis.results.tool;
    let mut reasons = Vec::new();
    measurement(analysis, &mut reasons);
    if let Some(load) = environment.load_before
        && load > LOAD_PER_CORE_LIMIT * f64::from(environment.cores)
        // The average remembers for minutes what has ended, such as the program's own build.
        && environment
            .others_before_percent
            .is_none_or(|percent| percent > OTHERS_LIMIT_PERCENT)
    {
        reasons.push(Invalid::Load {
            load,
            cores: environment.cores,
        });
    }
    if let Some(percent) = environment
        .steal_percent
        .filter(|&it| it > STEAL_LIMIT_PERCENT)
    {
        reasons.push(Invalid::Steal { percent });
    }
    if let Some(percent) = environment
        .others_percent
        .filter(|&it| it > OTHERS_LIMIT_PERCENT)
    {
        reasons.push(Invalid::Others { percent });
    }
    if tool.profile != "release" {
        reasons.push(Invalid::Profile {
            profile: tool.profile.clone(),
        });
    }
    reasons
}

/// The reasons that the samples themselves give.
fn measurement(analysis: &Analysis<'_>, reasons: &mut Vec<Invalid>) {
    let results = analysis.results;
    let mut fewest = None;
    for id in results.workload_ids() {
        let workload = results.workload(id).title.clone();
        if results.has_failed(results.reference(), id) {
            reasons.push(Invalid::ReferenceFailed { workload });
            continue;
        }
        let control = analysis.control(id);
        let complete = control.map_or(0, |control| control.values);
        fewest = Some(fewest.map_or(complete, |fewest: usize| fewest.min(complete)));
        if let Some(interval) = control.and_then(|control| control.interval) {
            let nearest = 1.0_f64.clamp(interval.low, interval.high);
            if (nearest - 1.0).abs() > CONTROL_LIMIT {
                reasons.push(Invalid::Control { workload, nearest });
            }
        }
    }
    if let Some(complete) = fewest.filter(|&it| it < MIN_VALUES) {
        reasons.push(Invalid::TooFew {
            complete,
            unit: analysis.unit(),
            option: enough(analysis),
        });
    }
}

/// The option by which a run like this one has enough for intervals.
fn enough(analysis: &Analysis<'_>) -> String {
    let results = analysis.results;
    let (option, least) = match (results.repeats, results.nesting) {
        (Some(_), _) => ("--repeat", MIN_VALUES),
        (None, nesting) => {
            let nesting = nesting.unwrap_or(Nesting::NONE);
            let of_layout = nesting.rounds.get() * nesting.processes.get();
            ("--rounds", MIN_VALUES * of_layout as usize)
        }
    };
    format!("`{option}`, at least {least}")
}
