//! The one command: counts, compares, reports, and records when it is told to.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use ci::comparison::{self, Comparison};
use reports::counts::{Host, HostCell, Key, Portable, PortableCell};

use crate::arguments::{Arguments, Format, Selection};
use crate::baseline::{self, Tolerances};
use crate::leftovers::Alone;
use crate::outcome::{Failure, Invalid, Outcome, Status};
use crate::output;
use crate::project::Project;
use crate::report::{LayerReport, Report};
use crate::{bench, count, key, report, tampering};

/// Makes the check.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let selection = Selection::new(arguments).map_err(Failure::Usage)?;
    let project = Project::find()?;
    let _alone = Alone::clear(
        &project.workshop(),
        &[&project.counts(), &project.baselines()],
    )?;
    if arguments.update {
        must_be_clean(&project)?;
    }
    let mut report = Report::default();
    let mut counted = Counted::default();
    if arguments.layer.has_counts() {
        let cells = count::all(&selection)?;
        portable(&project, &selection, arguments.update, &cells, &mut report)?;
        counted.portable = Some(Portable::new(cells));
    }
    if arguments.layer.has_host() && !selection.benches().is_empty() {
        match host(&project, &selection, arguments.update, &mut report) {
            Ok(cells) => counted.host = Some(cells),
            Err(Failure::Invalid(invalid)) => report.invalid.push(invalid),
            Err(failure) => return Err(failure),
        }
    }
    if selection.is_whole {
        counted.leave(&project)?;
    }
    let mut status = report.status();
    if arguments.update && status != Status::Invalid {
        report.recorded = counted.record(&project)?;
        status = Status::Good;
    }
    show(&report, arguments, status)
}

/// Prints the report, and hands it to GitHub where a job has a place for it.
fn show(report: &Report, arguments: &Arguments, status: Status) -> Outcome {
    output::summarize(&report::markdown(report, arguments.all))?;
    let text = match arguments.format() {
        Format::Terminal => {
            report::terminal(report, arguments.all, output::width(), output::has_colors())
        }
        Format::Markdown => report::markdown(report, arguments.all),
        Format::Json => report::json(report, arguments.all)?,
    };
    output::print(&text, status)?;
    Ok(status)
}

/// What to do without a baseline.
const MAKE_ONE: &str =
    "make one of a commit that is right: `ci/check --update`, and commit ci/baselines";

fn must_be_clean(project: &Project) -> anyhow::Result<()> {
    let uncommitted = project.uncommitted()?;
    if !uncommitted.is_empty() {
        bail!(
            "a baseline describes a commit, and the tree has changes that are in none; commit \
             them first:\n{uncommitted}"
        );
    }
    Ok(())
}

/// Compares the portable layer with its baseline.
fn portable(
    project: &Project,
    selection: &Selection,
    is_update: bool,
    cells: &[PortableCell],
    report: &mut Report,
) -> anyhow::Result<()> {
    let old = match baseline::read(&project.baseline(baseline::PORTABLE), Portable::read) {
        // It is about to be replaced, so it needn't be readable.
        Err(_) if is_update => None,
        read => read?,
    };
    match old {
        Some(mut old) => {
            old.cells
                .retain(|cell| selection.has(&cell.variant, &cell.workload));
            report.add(comparison::portable(&old.cells, cells), None);
        }
        None if is_update => {}
        None => report.invalid.push(Invalid::new(
            anyhow!("there is no baseline of the portable layer"),
            MAKE_ONE,
        )),
    }
    Ok(())
}

/// Counts the host layer and compares it with the baseline of its key.
fn host(
    project: &Project,
    selection: &Selection,
    is_update: bool,
    report: &mut Report,
) -> Result<(Key, Vec<HostCell>), Failure> {
    let refused = |error| Failure::Invalid(Invalid::new(error, tampering::ADVICE));
    tampering::refuse(project.root()).map_err(refused)?;
    let key = key::of(project).map_err(Failure::Invalid)?;
    let tolerances = Tolerances::read(project)?;
    let path = project.baseline(&key.to_string());
    let old = match baseline::read(&path, Host::read) {
        Err(_) if is_update => None,
        Ok(None) if !is_update => {
            return Err(Failure::Invalid(Invalid::new(
                anyhow!(
                    "there is no baseline of the key {key}, and those of other keys can't be compared"
                ),
                MAKE_ONE,
            )));
        }
        read => read?,
    };
    if let Some(old) = &old
        && !is_update
    {
        same_settings(old).map_err(Failure::Invalid)?;
    }
    let cells = bench::all(project, selection)?;
    if let Some(mut old) = old {
        if old.key != key {
            let path = path.display();
            return Err(anyhow!(
                "{path} is named after another key than its own, {}",
                old.key
            )
            .into());
        }
        old.cells
            .retain(|cell| selection.has(&cell.variant, &cell.workload));
        let compared = comparison::host(&old.cells, &cells, |variant| tolerances.of(variant));
        report.add(compared, Some(key.clone()));
    }
    Ok((key, cells))
}

/// Makes sure that the compiler is told what it was told for the baseline. This program is built as
/// the benches are, so its own settings are theirs.
fn same_settings(baseline: &Host) -> Result<(), Invalid> {
    let (old, new) = (&baseline.settings, catalog::settings());
    // Empty: the baseline is older than its record.
    if !old.is_empty() && *old != new {
        return Err(Invalid::new(
            anyhow!(
                "the baseline was counted with the compiler settings {old}, and this build has {new}"
            ),
            "undo what sets them; or if this is meant, commit it, run `ci/check --update`, and commit \
             ci/baselines",
        ));
    }
    Ok(())
}

/// What was counted.
#[derive(Default)]
struct Counted {
    portable: Option<Portable>,
    host: Option<(Key, Vec<HostCell>)>,
}

impl Counted {
    /// Leaves it where `monkeybench run` looks for it. Host counts of what is in no commit say
    /// of no sources that they are theirs, so they are not left.
    fn leave(&self, project: &Project) -> anyhow::Result<()> {
        let folder = project.counts();
        fs::create_dir_all(&folder)
            .with_context(|| format!("can't make the folder {}", folder.display()))?;
        let path = |name: &str| folder.join(format!("{name}.json"));
        if let Some(portable) = &self.portable {
            portable.write(&path(baseline::PORTABLE))?;
        }
        if let Some((key, cells)) = &self.host
            && let Some(sources) = project.sources()
        {
            let host = Host::new(key.clone(), sources, catalog::settings(), cells.clone());
            host.write(&path(&key.to_string()))?;
        }
        Ok(())
    }

    /// Records it as the baseline, and gives the files that were written.
    fn record(self, project: &Project) -> anyhow::Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        let mut path = |name: &str| {
            let path = project.baseline(name);
            written.push(path.clone());
            path
        };
        fs::create_dir_all(project.baselines())?;
        if let Some(portable) = self.portable {
            portable.write(&path(baseline::PORTABLE))?;
        }
        if let Some((key, cells)) = self.host {
            let sources = project.sources();
            let sources = sources.context("git tells no hash of the sources")?;
            let path = path(&key.to_string());
            Host::new(key, sources, catalog::settings(), cells).write(&path)?;
        }
        Ok(written
            .iter()
            .map(|path| path.strip_prefix(project.root()).unwrap_or(path).to_owned())
            .collect())
    }
}

impl Report {
    fn add(&mut self, comparison: Comparison, key: Option<Key>) {
        self.layers.push(LayerReport { comparison, key });
    }
}
