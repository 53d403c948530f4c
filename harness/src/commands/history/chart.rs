//! The counts of a history as a chart: a line for each count of an engine, over all workloads.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use reports::charts::history::{self, Series};
use reports::store;

use super::{Commit, History, Step, short};
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
        ..
    } = commit;
    format!("{date}  {}  {subject}", short(commit))
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

/// By commit, how many times its first value a count is, over the workloads: the product over the commits so
/// far of the geometric mean of new / old, over the workloads that have both. So one that comes later changes
/// nothing by coming.
fn ratios(commits: &[&Commit], steps: &[&Step]) -> Vec<Option<f64>> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut level = 0.0;
    let after = |commit: &&Commit| {
        let before = counts.clone();
        for step in steps.iter().filter(|it| it.commit == **commit) {
            counts.insert(&step.workload, step.new);
        }
        // What is or was 0 has no ratio.
        let logs: Vec<f64> = before
            .into_iter()
            .map(|(workload, old)| (counts[workload] as f64 / old as f64).ln())
            .filter(|it| it.is_finite())
            .collect();
        if !logs.is_empty() {
            level += logs.iter().sum::<f64>() / logs.len() as f64;
        }
        (!counts.is_empty()).then(|| level.exp())
    };
    commits.iter().map(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(name: &str) -> Commit {
        Commit {
            commit: name.to_owned(),
            date: String::new(),
            subject: String::new(),
            body: String::new(),
        }
    }

    fn step(commit: &Commit, workload: &str, new: u64) -> Step {
        Step {
            commit: commit.clone(),
            engine: "stack".to_owned(),
            workload: workload.to_owned(),
            count: "dispatched".to_owned(),
            key: None,
            old: None,
            new,
        }
    }

    #[test]
    fn a_workload_that_comes_later_changes_no_mean_by_coming() {
        let commits = ["one", "two", "three", "four"].map(commit);
        let [one, two, three, four] = &commits;
        let steps = [
            step(one, "a", 100),
            step(two, "a", 50),
            // It comes, and nothing else happens.
            step(three, "b", 1_000),
            // Of two workloads, one takes a quarter.
            step(four, "b", 250),
        ];
        let commits: Vec<&Commit> = commits.iter().collect();
        let steps: Vec<&Step> = steps.iter().collect();
        let found: Vec<f64> = ratios(&commits, &steps).into_iter().flatten().collect();
        for (found, wanted) in found.iter().zip([1.0, 0.5, 0.5, 0.25]) {
            assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
        }
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_count_of_nothing_has_no_ratio() {
        let commits = ["one", "two", "three"].map(commit);
        let [one, two, three] = &commits;
        let steps = [
            step(one, "a", 0),
            step(one, "b", 100),
            step(two, "a", 1_000),
            step(three, "a", 0),
        ];
        let commits: Vec<&Commit> = commits.iter().collect();
        let steps: Vec<&Step> = steps.iter().collect();
        assert_eq!(ratios(&commits, &steps), [Some(1.0); 3]);
    }
}
