//! Counting the host instructions of the very program that has just measured, cell by cell; and on
//! request what its machine code does to dispatch. It takes a second or so per cell, after all times are
//! taken: nothing is counted while anything is timed.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::process::{Command, Stdio};

use reports::counts::Key;
use reports::schema::{self, HostCounts, HostSource, MachineCode, Results};

use crate::callgrind::executed::Executed;
use crate::callgrind::{Callgrind, Count};
use crate::contenders::Engine;
use crate::counting::{self, Cell};
use crate::disassembly::Disassembly;
use crate::interrupt;
use crate::machine_code::Reader;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::tool::Build;

/// Counts the cells of a run that haven't failed, and puts the counts into its results, or why there are
/// none.
pub(crate) fn count(callgrind: &Callgrind, plan: &Plan, build: &Build, results: &mut Results) {
    let (disassembly, unread) = match plan.experiment.machine_code.then(Disassembly::own) {
        None => (None, None),
        Some(Ok(disassembly)) => (Some(disassembly), None),
        Some(Err(error)) => (None, Some(error.to_string())),
    };
    let mut lacking = Vec::new();
    let cells = countable(plan, results, &mut lacking);
    let progress = Progress::new();
    progress.stage("counting host instructions");
    progress.expect(cells.len() as u64, 0);

    let count = |cell: &Cell<'_>, stop: &dyn Fn() -> bool| {
        counted(callgrind, cell, disassembly.is_some(), stop)
    };
    let mut counts = BTreeMap::new();
    counting::in_parallel(&cells, count, |cell, counted| {
        match counted {
            Ok(counted) => {
                counts.insert(cell.id, counted);
            }
            // What the user stopped is no fault of the cell's.
            Err(_) if interrupt::requested() => {}
            Err(error) => lacking.push(format!("{}, {error}", cell.names())),
        }
        progress.step();
        ControlFlow::Continue(())
    });
    if interrupt::requested() {
        lacking.push("what was still to be counted when the run was stopped".to_owned());
    }

    let mut reader = disassembly.map(Reader::new);
    for (&(variant, workload), (count, executed)) in &counts {
        let jumps = |reader: &mut Reader| executed.as_ref().map(|it| reader.jumps(it));
        let jumps = reader.as_mut().and_then(jumps);
        let at = |cell: &&mut schema::Cell| (cell.variant, cell.workload) == (variant, workload);
        if let Some(cell) = results.cells.iter_mut().find(at) {
            cell.host_instructions = Some(count.instructions);
            cell.jumps = jumps.unwrap_or_default();
        }
    }
    let read = reader.map(Reader::finish);
    results.machine_code = read.or(unread.map(|reason| MachineCode::Absent { reason }));
    results.host_counts = Some(if counts.is_empty() {
        HostCounts::Absent {
            reason: format!("there are no counts for {}", lacking.join("; nor for ")),
            by_run: true,
        }
    } else {
        HostCounts::Found {
            key: key(callgrind, build),
            source: HostSource::Run,
            lacking,
        }
    });
}

/// The cells that this program can count; those that it can't are lacking.
fn countable<'p>(plan: &'p Plan, results: &Results, lacking: &mut Vec<String>) -> Vec<Cell<'p>> {
    let mut cells = counting::cells(plan);
    for contender in &plan.experiment.contenders {
        if let Engine::External(_) = contender.engine {
            lacking.push(format!("{}, which is another program", contender.name));
        }
    }
    cells.retain(|cell| {
        let (variant, workload) = cell.id;
        matches!(cell.contender.engine, Engine::Builtin(_))
            && !results.has_failed(variant, workload)
    });
    cells
}

/// Counts a cell, and checks what it gives.
fn counted(
    callgrind: &Callgrind,
    cell: &Cell<'_>,
    with_account: bool,
    stop: &dyn Fn() -> bool,
) -> anyhow::Result<(Count, Option<Executed>)> {
    let (engine, source) = (&cell.contender.name, &cell.task.source);
    let (count, executed) = if with_account {
        let (count, executed) = callgrind.account(engine, source, stop)?;
        (count, Some(executed))
    } else {
        (callgrind.count(engine, source, stop)?, None)
    };
    cell.verify(&count.checked)?;
    Ok((count, executed))
}

/// What the counts are exact for.
fn key(callgrind: &Callgrind, build: &Build) -> Key {
    Key {
        target: build.target.clone(),
        rustc: build.rustc.clone(),
        valgrind: callgrind.version().to_owned(),
        libc: libc(),
        profile: build.profile.clone(),
    }
}

/// `glibc-2.36` of `glibc 2.36`.
fn libc() -> String {
    let mut command = Command::new("getconf");
    command.arg("GNU_LIBC_VERSION").stdin(Stdio::null());
    let printed = command.output().ok().filter(|it| it.status.success());
    let printed = printed.and_then(|it| String::from_utf8(it.stdout).ok());
    printed.map_or("unknown".to_owned(), |it| it.trim().replace(' ', "-"))
}

/// Records that nothing was counted, and why, as after “because”.
pub(crate) fn none(plan: &Plan, reason: &str, results: &mut Results) {
    results.host_counts = Some(HostCounts::Absent {
        reason: reason.to_owned(),
        by_run: true,
    });
    unread(plan, reason, results);
}

/// Records that the machine code was not read, and why, where the experiment asks for it.
pub(crate) fn unread(plan: &Plan, reason: &str, results: &mut Results) {
    results.machine_code = plan.experiment.machine_code.then(|| MachineCode::Absent {
        reason: reason.to_owned(),
    });
}
