//! Counting cells apart from any timing: which there are, whether one gave what it should, and many of
//! them at a time.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::ensure;
use reports::schema::{VariantId, WorkloadId};

use crate::contenders::Contender;
use crate::interrupt;
use crate::measure::Task;
use crate::plan::Plan;
use crate::protocol::Checked;

/// A variant on a workload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'p> {
    /// Which one it is.
    pub(crate) id: (VariantId, WorkloadId),
    /// The variant.
    pub(crate) contender: &'p Contender,
    /// The workload.
    pub(crate) task: &'p Task,
}

impl Cell<'_> {
    /// Its names, for messages.
    pub(crate) fn names(&self) -> String {
        format!("{} on {}", self.contender.name, self.task.workload.name)
    }

    /// Compares what was got with what is expected.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn verify(&self, got: &Checked) -> anyhow::Result<()> {
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

/// All cells of a plan, in the order of the tables.
pub(crate) fn cells(plan: &Plan) -> Vec<Cell<'_>> {
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

/// Counts cells, as many at a time as there are processors, and hands over each result as it comes, until
/// that breaks or the user asks to stop. The work is given the question whether to stop.
pub(crate) fn in_parallel<'c, 'p, T: Send>(
    cells: &'c [Cell<'p>],
    work: impl Fn(&Cell<'p>, &dyn Fn() -> bool) -> T + Sync,
    mut done: impl FnMut(&'c Cell<'p>, T) -> ControlFlow<()>,
) {
    let next = AtomicUsize::new(0);
    let broken = AtomicBool::new(false);
    let stop = || broken.load(Ordering::Relaxed) || interrupt::requested();
    let (sender, counted) = mpsc::channel();
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let mut started = 0;
        for _ in 0..threads.min(cells.len()) {
            let sender = sender.clone();
            let (next, stop, work) = (&next, &stop, &work);
            let count = move || {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if stop() || sender.send((cell, work(cell, stop))).is_err() {
                        break;
                    }
                }
            };
            let thread = thread::Builder::new().name("counting".to_owned());
            started += usize::from(thread.spawn_scoped(scope, count).is_ok());
        }
        drop(sender);
        if started == 0 {
            // The system has no thread to spare: one cell after another then, in this one.
            for cell in cells {
                if stop() || done(cell, work(cell, &stop)).is_break() {
                    break;
                }
            }
        }
        for (cell, result) in counted {
            if done(cell, result).is_break() {
                broken.store(true, Ordering::Relaxed);
            }
        }
    });
}
