//! Costs by counts: every combination once on every workload. Each result is compared with the
//! expected one, and whatever goes wrong ends it all: a factorial with a gap is none.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

use anyhow::{Context as _, anyhow, bail};
use catalog::runtime::Limits;
use reports::schema::{VariantId, WorkloadId};

use crate::callgrind::Callgrind;
use crate::counting::{self, Cell, cells};
use crate::interrupt;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::protocol::Checked;

/// A count for each cell.
pub(super) type Counts = BTreeMap<(VariantId, WorkloadId), u64>;

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

    let mut counts = Counts::new();
    let mut failure = None;
    let count = |cell: &Cell<'_>, stop: &dyn Fn() -> bool| host_count(&callgrind, cell, stop);
    counting::in_parallel(&cells, count, |cell, count| match count {
        Ok(count) => {
            counts.insert(cell.id, count);
            progress.step();
            ControlFlow::Continue(())
        }
        Err(error) => {
            // What follows from the first one is of no interest.
            failure.get_or_insert_with(|| error.context(cell.names()));
            ControlFlow::Break(())
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
