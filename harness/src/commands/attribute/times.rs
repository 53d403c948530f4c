//! Costs by time: rounds of the full factorial, by the machinery of `run`.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use reports::schema::{Nesting, Results};

use crate::cores;
use crate::interrupt;
use crate::layouts::{self, Choice};
use crate::measure::{Bench, Places, Progressed};
use crate::plan::Plan;
use crate::progress::Progress;

/// Measures, and fills in the results.
///
/// # Errors
/// If the user stopped it before the first round was complete.
pub(super) fn measure(plan: &Plan, timeout: Duration, results: &mut Results) -> anyhow::Result<()> {
    interrupt::listen().context("can't listen for interrupts")?;
    let progress = Progress::new();
    let schedule = plan.schedule;
    let contenders = &plan.experiment.contenders;
    let (layouts, record) = layouts::draw(Choice::Auto, contenders, None, schedule.seed)?;
    results.layouts = Some(record);
    let core = cores::choose(cores::Choice::Auto, contenders, None)?;
    results.environment.core = core;
    let mut bench = Bench::new(
        contenders,
        &plan.tasks,
        schedule,
        timeout,
        &progress,
        Places {
            layouts,
            core,
            nesting: Nesting::NONE,
        },
    );
    if bench.check() == Progressed::Done && bench.calibrate() == Progressed::Done {
        progress.stage("measuring");
        progress.expect(schedule.samples(0..schedule.rounds), 0);
        while results.rounds_done < schedule.rounds {
            let Some(samples) = bench.round(results.rounds_done) else {
                break;
            };
            results.samples.extend(samples);
            results.rounds_done += 1;
        }
    }
    results.interrupted = results.rounds_done < results.rounds_planned;
    bench.finish(results);
    ensure!(
        results.rounds_done > 0,
        "interrupted before the first round was complete"
    );
    Ok(())
}
