//! `monkeybench run --dry-run`: what a run would measure, and how long that would take. Leaves nothing
//! behind.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::commands::list::{rendered, words, wrapped};
use crate::console;
use crate::contenders::{Contender, Engine};
use crate::failure::{Outcome, Status};
use crate::forecast::{Forecast, forecast};
use crate::measure::Task;
use crate::plan::Plan;

/// All that is told.
#[derive(Serialize)]
struct DryRun<'p> {
    experiment: &'p str,
    question: &'p str,
    reference: &'p str,
    headline: &'p str,
    variants: Vec<Variant<'p>>,
    workloads: Vec<Workload<'p>>,
    rounds: u32,
    phases_every: Option<u32>,
    samples: usize,
    out: String,
    host_instructions: &'p str,
    layouts: &'static str,
    seconds: Seconds,
    failures: Vec<Failure>,
}

#[derive(Serialize)]
struct Variant<'p> {
    name: &'p str,
    label: &'p str,
    summary: &'p str,
    /// Of an external engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'p [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<&'p Path>,
}

#[derive(Serialize)]
struct Workload<'p> {
    name: &'p str,
    title: &'p str,
    size: Option<u64>,
    why: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'p str>,
}

impl Workload<'_> {
    /// What it does, in a few words.
    fn what(&self) -> &str {
        match workloads::find(self.name) {
            Some(builtin) => &builtin.title,
            None => self.why,
        }
    }
}

/// An estimate.
#[derive(Serialize)]
struct Seconds {
    preparing: f64,
    measuring: f64,
    total: f64,
}

/// A cell that would fail.
#[derive(Serialize)]
struct Failure {
    variant: String,
    workload: String,
    reason: String,
}

/// Tells of a run. `host_instructions` is where they would come from, `layouts` what would be drawn.
pub(super) fn tell(
    plan: &Plan,
    out: &Path,
    host_instructions: &str,
    layouts: &'static str,
    timeout: Duration,
    json: bool,
) -> Outcome {
    let forecast = forecast(plan, timeout);
    let dry_run = DryRun::new(plan, out, host_instructions, layouts, &forecast);
    match json {
        true => console::print_json(&dry_run)?,
        false => console::print(&dry_run.text(&forecast))?,
    }
    Ok(Status::Good)
}

impl<'p> DryRun<'p> {
    fn new(
        plan: &'p Plan,
        out: &Path,
        host_instructions: &'p str,
        layouts: &'static str,
        forecast: &Forecast,
    ) -> Self {
        let variant = |contender: &'p Contender| {
            let command = match &contender.engine {
                Engine::Builtin(_) => None,
                Engine::External(command) => Some(command),
            };
            Variant {
                name: &contender.name,
                label: &contender.label,
                summary: &contender.summary,
                command: command.map(|command| &*command.words),
                directory: command.and_then(|command| command.directory.as_deref()),
            }
        };
        let workload = |task: &'p Task| Workload {
            name: &task.workload.name,
            title: &task.workload.title,
            size: task.workload.size,
            why: &task.workload.why,
            file: task.workload.file.as_deref(),
        };
        let failures = forecast.failures.iter().cloned();
        let failure = |(variant, workload, reason)| Failure {
            variant,
            workload,
            reason,
        };
        let experiment = &plan.experiment;
        let schedule = &plan.schedule;
        Self {
            experiment: &experiment.name,
            question: &experiment.question,
            reference: &experiment.reference,
            headline: &experiment.headline,
            variants: experiment.contenders.iter().map(variant).collect(),
            workloads: plan.tasks.iter().map(workload).collect(),
            rounds: schedule.rounds,
            phases_every: schedule.phases_every,
            samples: forecast.samples,
            out: out.display().to_string(),
            host_instructions,
            layouts,
            seconds: Seconds {
                preparing: forecast.preparing.as_secs_f64(),
                measuring: forecast.measuring.as_secs_f64(),
                total: forecast.total().as_secs_f64(),
            },
            failures: failures.map(failure).collect(),
        }
    }

    fn text(&self, forecast: &Forecast) -> String {
        let Self {
            experiment,
            question,
            reference,
            headline,
            rounds,
            samples,
            out,
            host_instructions,
            layouts,
            ..
        } = self;
        let variants = self.variants.iter().map(|variant| {
            let what = match variant.command {
                None => variant.summary.to_owned(),
                Some(command) => {
                    let place = variant
                        .directory
                        .map(|it| format!(" (in {})", it.display()));
                    format!("{}{}", command.join(" "), place.unwrap_or_default())
                }
            };
            [variant.name.to_owned(), what]
        });
        let workloads = self
            .workloads
            .iter()
            .map(|it| [it.title.to_owned(), it.what().to_owned()]);
        let phases = match self.phases_every {
            Some(1) | None => String::new(),
            Some(every) => format!("; the phases are timed in one of {every} rounds"),
        };
        let failures = self.failures.iter().map(|it| {
            let Failure {
                variant,
                workload,
                reason,
            } = it;
            format!("would fail: {variant} on {workload}: {reason}")
        });
        let mut lines = vec![
            format!("reference: {reference}; headline: {headline}"),
            format!("rounds: {rounds}, of {samples} samples{phases}"),
            format!("layouts: {layouts}"),
            format!("output: {out}"),
            format!("host instructions: {host_instructions}"),
        ];
        lines.extend(failures);
        lines.push(format!(
            "time: about {}, of which {} to check and calibrate",
            rough(forecast.total()),
            rough(forecast.preparing),
        ));
        lines.push(
            "(an estimate, from one iteration of each variant on each workload just now; waiting for a \
             quiet machine, linking layouts and counting host instructions would add to it)"
                .to_owned(),
        );
        let lines: String = lines.iter().map(|line| wrapped(line)).collect();
        [
            wrapped(&format!("{experiment}: {question}")),
            rendered(&words("Variants", ["name", "what it is"], variants)),
            rendered(&words("Workloads", ["name", "what it is"], workloads)),
            lines,
        ]
        .join("\n")
    }
}

/// A time as one speaks of an estimate.
fn rough(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..9.95 => format!("{seconds:.1} s"),
        ..120.0 => format!("{seconds:.0} s"),
        ..7200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_rough() {
        for (seconds, said) in [
            (0.04, "0.0 s"),
            (3.26, "3.3 s"),
            (46.3, "46 s"),
            (119.0, "119 s"),
            (900.0, "15 min"),
            (9000.0, "2.5 h"),
        ] {
            assert_eq!(rough(Duration::from_secs_f64(seconds)), said);
        }
    }
}
