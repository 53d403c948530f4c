//! The counts of a history as a chart: a line for each count of an engine, over all workloads.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use reports::charts::history::{self, Series};
use reports::store;

use super::{Commit, History, Step};
use crate::console;

/// Draws the counts that have changed, and writes the chart.
pub(super) fn write(history: &History, file: &Path) -> anyhow::Result<()> {
    let (commits, series) = drawn(history);
    let told: Vec<String> = commits.iter().map(|it| told(it)).collect();
    let chart = history::chart(&told, &series)?
        .context("nothing to draw: no commit has changed a count that was there before")?;
    store::write_atomically(file, chart.svg.as_bytes())
        .with_context(|| format!("can't write the chart to {}", file.display()))?;
    console::note(format_args!("the chart: {}", file.display()));
    Ok(())
}

fn told(commit: &Commit) -> String {
    let Commit {
        commit,
        date,
        subject,
    } = commit;
    format!("{date}  {}  {subject}", &commit[..commit.len().min(9)])
}

/// Whose count, of what, and what it is exact for.
type Key<'h> = (&'h str, &'h str, Option<&'h str>);

/// The counts that a commit has changed, and the commits that have changed or begun one of them.
fn drawn(history: &History) -> (Vec<&Commit>, Vec<Series>) {
    let mut counts: BTreeMap<Key<'_>, Vec<&Step>> = BTreeMap::new();
    for step in &history.steps {
        let key = (&*step.engine, &*step.count, step.key.as_deref());
        counts.entry(key).or_default().push(step);
    }
    counts.retain(|_, steps| steps.iter().any(|it| it.old.is_some()));
    let concerned = |commit: &&Commit| counts.values().flatten().any(|it| it.commit == **commit);
    let commits: Vec<&Commit> = history.commits.iter().filter(concerned).collect();
    let is_known_twice = |(engine, count, _): &Key<'_>| {
        let alike = counts.keys().filter(|it| (it.0, it.1) == (*engine, *count));
        alike.count() > 1
    };
    let series = counts.iter().map(|(key, steps)| {
        let (engine, count, exact_for) = key;
        let exact_for = exact_for.filter(|_| is_known_twice(key));
        let exact_for = exact_for.map(|it| format!(", {it}")).unwrap_or_default();
        Series {
            title: format!("{count}, {engine}{exact_for}"),
            ratios: ratios(&commits, steps),
        }
    });
    let series = series.collect();
    (commits, series)
}

/// By commit, the geometric mean over the workloads of how many times its first value a count is. A
/// workload counts from the commit on that has it first.
fn ratios(commits: &[&Commit], steps: &[&Step]) -> Vec<Option<f64>> {
    let mut now: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let after = |commit: &&Commit| {
        for step in steps.iter().filter(|it| it.commit == **commit) {
            let first_and_now = now.entry(&step.workload).or_insert((step.new, step.new));
            first_and_now.1 = step.new;
        }
        let logs = now.values().map(|&(first, now)| {
            // What was 0 once has no ratio.
            (now.max(1) as f64 / first.max(1) as f64).ln()
        });
        (!now.is_empty()).then(|| (logs.sum::<f64>() / now.len() as f64).exp())
    };
    commits.iter().map(after).collect()
}
