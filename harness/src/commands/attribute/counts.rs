//! Costs by counts: every combination once on every workload. Each result is compared with the
//! expected one, and whatever goes wrong ends it all: a factorial with a gap is none.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context as _, anyhow, bail, ensure};
use catalog::runtime::Limits;
use reports::schema::{VariantId, WorkloadId};

use crate::callgrind::Callgrind;
use crate::experiments::Contender;
use crate::interrupt;
use crate::measure::Task;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::protocol::Checked;

/// A count for each cell.
pub(super) type Counts = BTreeMap<(VariantId, WorkloadId), u64>;

/// A variant on a workload.
struct Cell<'p> {
    id: (VariantId, WorkloadId),
    contender: &'p Contender,
    task: &'p Task,
}

impl Cell<'_> {
    /// Its names, for messages.
    fn names(&self) -> String {
        format!("{} on {}", self.contender.name, self.task.workload.name)
    }

    /// Compares what was got with what is expected.
    fn verify(&self, got: &Checked) -> anyhow::Result<()> {
        let (value, output) = (&self.task.workload.value, &self.task.output);
        ensure!(
            got.result == *value,
            "the value is {:?}, but should be {value:?}",
            got.result
        );
        ensure!(
            got.output == *output,
            "the output is {:?}, but should be {output:?}",
            got.output
        );
        Ok(())
    }
}

fn cells(plan: &Plan) -> Vec<Cell<'_>> {
    let tasks = (0..).map(WorkloadId).zip(&plan.tasks);
    let of_task = |(workload, task)| {
        let contenders = (0..).map(VariantId).zip(&plan.experiment.contenders);
        contenders.map(move |(variant, contender)| Cell {
            id: (variant, workload),
            contender,
            task,
        })
    };
    tasks.flat_map(of_task).collect()
}

/// Dispatched instructions, counted in this process.
///
/// # Errors
/// The first thing that went wrong, with the cell's name.
pub(super) fn dispatches(plan: &Plan) -> anyhow::Result<Counts> {
    let progress = Progress::new();
    let cells = cells(plan);
    progress.stage("counting dispatches");
    progress.expect(cells.len() as u64, 0);
    let count = |cell: &Cell<'_>| {
        let count = dispatched(cell).with_context(|| cell.names())?;
        progress.step();
        Ok((cell.id, count))
    };
    cells.iter().map(count).collect()
}

fn dispatched(cell: &Cell<'_>) -> anyhow::Result<u64> {
    let variant = catalog::find(&cell.contender.name)?;
    let program = catalog::syntax::parse(&cell.task.source)
        .map_err(|errors| anyhow!("the program is rejected: {errors}"))?;
    let mut output = Vec::new();
    let code = variant.engine().compile(&Rc::new(program));
    let (outcome, counts) = code.count(&Limits::default(), &mut output);
    cell.verify(&Checked {
        result: outcome.map_err(|error| anyhow!("the program fails: {error}"))?,
        output: String::from_utf8_lossy(&output).into_owned(),
    })?;
    Ok(counts.dispatched)
}

/// Host instructions, counted by valgrind in processes of their own, as many at a time as there are
/// processors; and what counted them.
///
/// # Errors
/// The first thing that went wrong, with the cell's name; or that the user stopped it.
pub(super) fn host_instructions(plan: &Plan) -> anyhow::Result<(Counts, Option<String>)> {
    let callgrind = Callgrind::find()?;
    interrupt::listen().context("can't listen for interrupts")?;
    let progress = Progress::new();
    let cells = cells(plan);
    progress.stage("counting host instructions");
    progress.expect(cells.len() as u64, 0);

    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let stop = || failed.load(Ordering::Relaxed) || interrupt::requested();
    let (sender, counted) = mpsc::channel();
    let mut counts = Counts::new();
    let mut failure = None;
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        for _ in 0..threads.min(cells.len()) {
            let sender = sender.clone();
            let (callgrind, cells, next, stop) = (&callgrind, &cells, &next, &stop);
            scope.spawn(move || {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if stop()
                        || sender
                            .send((cell, host_count(callgrind, cell, stop)))
                            .is_err()
                    {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (cell, count) in counted {
            match count {
                Ok(count) => {
                    counts.insert(cell.id, count);
                    progress.step();
                }
                Err(error) => {
                    // What follows from the first one is of no interest.
                    failed.store(true, Ordering::Relaxed);
                    failure.get_or_insert_with(|| error.context(cell.names()));
                }
            }
        }
    });
    if interrupt::requested() {
        bail!(
            "interrupted after {} of {} counts",
            counts.len(),
            cells.len()
        );
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok((counts, Some(callgrind.name()))),
    }
}

fn host_count(
    callgrind: &Callgrind,
    cell: &Cell<'_>,
    stop: impl Fn() -> bool,
) -> anyhow::Result<u64> {
    let count = callgrind.count(&cell.contender.name, &cell.task.source, stop)?;
    cell.verify(&count.checked)?;
    Ok(count.instructions)
}
