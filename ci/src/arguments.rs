//! What the gate can be asked for.

use std::collections::HashSet;

use anyhow::{anyhow, bail};
use catalog::Variant;
use ci::cells::{self, Cell};
use clap::ValueEnum;
use workloads::Workload;

/// Counts every engine on every documented workload and compares with the committed baselines.
#[derive(Debug, clap::Parser)]
#[command(name = "ci/check", bin_name = "ci/check", max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 nothing is slower, 1 regressed or not counted, 2 wrong usage, \
                  3 INVALID: can't be compared."
)]
pub(crate) struct Arguments {
    /// What to count
    #[arg(long, value_enum, default_value_t = Layers::All)]
    pub(crate) layer: Layers,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(crate) format: Format,
    /// Print JSON, as --format json does
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Show all counts, not only those that changed
    #[arg(long)]
    pub(crate) all: bool,
    /// Record what is counted as the baseline, from a clean tree
    #[arg(long, conflicts_with_all = ["engines", "workloads"])]
    pub(crate) update: bool,
    /// Count these engines only, separated by commas, for a quick look
    #[arg(long, value_name = "ENGINE,…", value_delimiter = ',')]
    engines: Vec<String>,
    /// Count these workloads only, separated by commas, for a quick look
    #[arg(long, value_name = "WORKLOAD,…", value_delimiter = ',')]
    workloads: Vec<String>,
}

/// Which layers are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layers {
    /// What engines count of themselves: dispatches, calls, allocations, bytes of code
    Counts,
    /// Machine instructions, which valgrind counts
    Host,
    /// Both
    All,
}

/// How the result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for a person
    Terminal,
    /// Tables for a pull request
    Markdown,
    /// Everything, for machines
    Json,
}

impl Arguments {
    /// How the result is printed.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

impl Layers {
    pub(crate) fn has_counts(self) -> bool {
        self != Self::Host
    }

    pub(crate) fn has_host(self) -> bool {
        self != Self::Counts
    }
}

/// What is counted.
pub(crate) struct Selection {
    /// Variants of the portable layer.
    pub(crate) variants: Vec<&'static Variant>,
    /// The workloads.
    pub(crate) workloads: Vec<&'static Workload>,
    /// Whether it is all that there is.
    pub(crate) is_whole: bool,
}

impl Selection {
    /// # Errors
    /// If a name is unknown or there twice, or nothing is left to count.
    pub(crate) fn new(arguments: &Arguments) -> anyhow::Result<Self> {
        let variants = match arguments.engines.as_slice() {
            [] => catalog::variants().iter().collect(),
            names => unique(
                names,
                "engine",
                |name| Ok(catalog::find(name)?),
                |it| &it.name,
            )?,
        };
        let workloads = match arguments.workloads.as_slice() {
            [] => workloads::documented().iter().collect(),
            names => unique(names, "workload", workload, |it| &it.name)?,
        };
        let selection = Self {
            variants,
            workloads,
            is_whole: arguments.engines.is_empty() && arguments.workloads.is_empty(),
        };
        if arguments.layer == Layers::Host && selection.benches().is_empty() {
            let stages = catalog::stages();
            let stages: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
            bail!(
                "the host layer has benches of the stages only: {}",
                stages.join(", ")
            );
        }
        Ok(selection)
    }

    /// The benches of the host layer: number and cell of each, by phase.
    pub(crate) fn benches(&self) -> Vec<(usize, Cell)> {
        let cells = cells::BENCHES
            .into_iter()
            .flat_map(|bench| cells::of(bench).into_iter().enumerate());
        cells
            .filter(|(_, cell)| self.has(&cell.variant.name, &cell.workload.name))
            .collect()
    }

    /// Whether a variant on a workload is counted.
    pub(crate) fn has(&self, variant: &str, workload: &str) -> bool {
        // What isn't built any more is missing from the whole, not left out of it.
        self.is_whole
            || self.variants.iter().any(|it| it.name == variant)
                && self.workloads.iter().any(|it| it.name == workload)
    }
}

fn unique<T>(
    names: &[String],
    what: &str,
    find: impl Fn(&str) -> anyhow::Result<&'static T>,
    name: impl Fn(&'static T) -> &'static String,
) -> anyhow::Result<Vec<&'static T>> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for written in names {
        let one = find(written)?;
        if !seen.insert(name(one)) {
            bail!("{what} {} is there twice", name(one));
        }
        found.push(one);
    }
    Ok(found)
}

fn workload(name: &str) -> anyhow::Result<&'static Workload> {
    let documented = workloads::documented();
    let found = documented.iter().find(|it| it.name == name);
    found.ok_or_else(|| {
        if workloads::find(name).is_some() {
            return anyhow!(
                "the gate counts the documented workloads only, and {name} is none; count it with \
                 `monkeybench run --workloads {name} --count-host-instructions`"
            );
        }
        let mut names: Vec<&str> = documented.iter().map(|it| it.name.as_str()).collect();
        names.sort_by_key(|other| strsim::levenshtein(name, other));
        anyhow!("no workload {name:?}; near it: {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    fn select(arguments: &[&str]) -> Result<Selection, String> {
        let arguments = [&["ci/check"], arguments].concat();
        let arguments = Arguments::try_parse_from(arguments).map_err(|error| error.to_string())?;
        Selection::new(&arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn the_options_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_names_everything_is_counted() {
        let all = select(&[]).unwrap();
        assert!(all.is_whole);
        let stages = catalog::stages().len();
        let workloads = workloads::documented().len();
        assert_eq!(all.benches().len(), (2 * stages + 1) * workloads);
        assert_eq!(all.variants.len(), catalog::variants().len());
    }

    #[test]
    fn a_selection_has_its_benches_only() {
        let some = select(&["--engines", "stack", "--workloads", "fibonacci"]).unwrap();
        let cells = some.benches();
        let cells: Vec<String> = cells.iter().map(|(_, cell)| cell.to_string()).collect();
        assert_eq!(
            cells,
            ["run of stack on fibonacci", "compile of stack on fibonacci"]
        );
        assert!(some.has("stack", "fibonacci") && !some.has("tree", "fibonacci"));
    }

    #[test]
    fn wrong_names_are_answered_with_near_ones() {
        for (arguments, reason) in [
            (&["--engines", "stak"][..], "stack"),
            (&["--workloads", "fibonaci"], "near it: fibonacci"),
            (
                &["--workloads", "word-count"],
                "run --workloads word-count --count-host-instructions",
            ),
            (&["--engines", "tree,tree"], "engine tree is there twice"),
            (&["--update", "--engines", "tree"], "cannot be used with"),
            (&["--layer", "hots"], "host"),
            (&["--json", "--format", "json"], "cannot be used with"),
        ] {
            let error = select(arguments).err().unwrap_or_default();
            assert!(error.contains(reason), "{arguments:?}: {error}");
        }
    }
}
