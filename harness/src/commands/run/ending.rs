//! What is done with the results of a run: they are printed, and `--fail-on` decides on them.

use anyhow::anyhow;
use reports::Written;
use reports::analysis::Analysis;
use reports::schema::{Layouts, Results};
use reports::verdicts::Judgement;

use crate::commands::report::{self, Printing};
use crate::console;
use crate::fail_on::FailOn;
use crate::failure::{Outcome, Status};

/// What is done with the results.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    pub(super) printing: Printing,
    pub(super) fail_on: Option<FailOn>,
}

impl Ending {
    /// Prints what the results say, and tells how well it went.
    pub(super) fn present(self, results: &Results, written: Option<&Written>) -> Outcome {
        let status = report::present(results, written, self.printing)?;
        match self.fail_on.filter(|_| status == Status::Good) {
            Some(fail_on) => judged(results, fail_on),
            None => Ok(status),
        }
    }
}

/// How well a run went that can be trusted.
fn judged(results: &Results, fail_on: FailOn) -> Outcome {
    let analysis = Analysis::new(results);
    let slower = analysis.verdicts().slower_by(&analysis, fail_on.percent);
    let slower: Vec<String> = slower
        .into_iter()
        .map(|it| format!("{} on {}", results.variant(it.variant).name, it.over))
        .collect();
    if !slower.is_empty() {
        let within = match results.layouts.as_ref().and_then(Layouts::within_one) {
            Some(why) => format!(", within one layout ({why})"),
            None => String::new(),
        };
        return Err(anyhow!("slower than the other build{within}: {}", slower.join(", ")).into());
    }
    if let Some(untold) = untold(&analysis) {
        console::warning(untold);
    }
    Ok(Status::Good)
}

/// What could not have failed has not passed.
fn untold(analysis: &Analysis<'_>) -> Option<String> {
    let verdicts = analysis.verdicts();
    let first_looks = verdicts.all().filter(|it| *it == Judgement::FirstLook);
    match (first_looks.count(), verdicts.family()) {
        (0, 0) if verdicts.all().next().is_none() => {
            Some("--fail-on could not tell: nothing was measured in both builds".to_owned())
        }
        (0, _) => None,
        (first_looks, all) => Some(format!(
            "--fail-on could not tell {first_looks} of {all} comparisons: so few rounds can't give a verdict \
             that stands among so many. Measure more, with --rounds or --precision"
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use reports::schema::{ExperimentKind, Measure};

    use super::*;
    use crate::failure::Failure;

    /// The published run, as if the second variant were the first one of another build and both were as fast, but
    /// for a factor; of so many rounds.
    fn builds(factor: f64, rounds: u32) -> Results {
        let published =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/published/results.json");
        let mut results = Results::read(&published).unwrap();
        results.layouts = Some(Layouts::EachRound);
        results.experiment.kind = ExperimentKind::Builds;
        results.variants.truncate(2);
        results.variants[1].counterpart = Some(results.variants[0].name.clone());
        results.cells.retain(|it| it.variant.index() < 2);
        results
            .samples
            .retain(|it| it.variant.index() < 2 && it.measure == Measure::Run && it.round < rounds);
        results.repeats = None;
        for sample in &mut results.samples {
            sample.iterations = 1;
            // What differs from round to round goes to both sides.
            let scatter = f64::from((sample.round * 7 + 3 * sample.variant.0) % 11) / 1_000.0;
            let factor = if sample.variant.0 == 1 { factor } else { 1.0 };
            sample.nanoseconds = (1e6 * (1.0 + scatter) * factor) as u64;
        }
        results
    }

    fn status(results: &Results, fail_on: &str) -> Result<Status, String> {
        judged(results, fail_on.parse().unwrap()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_slower_build_fails_and_no_other() {
        let slower = builds(1.1, 22);
        for fail_on in ["slower", "slower:5"] {
            let failed = judged(&slower, fail_on.parse().unwrap());
            assert!(matches!(failed, Err(Failure::Failed(_))), "exit status 1");
            let said = status(&slower, fail_on).unwrap_err();
            let name = &slower.variants[1].name;
            let wanted = format!("slower than the other build: {name} on fibonacci");
            assert!(said.starts_with(&wanted), "{fail_on}: {said}");
        }
        assert_eq!(status(&slower, "slower:15"), Ok(Status::Good));
        let mut within_one = slower;
        within_one.layouts = Some(Layouts::OwnOnly {
            why: "the other build: no objects".to_owned(),
        });
        let said = status(&within_one, "slower").unwrap_err();
        let wanted =
            "slower than the other build, within one layout (the other build: no objects): ";
        assert!(said.starts_with(wanted), "{said}");
        for factor in [1.0, 0.9] {
            let results = builds(factor, 22);
            assert_eq!(status(&results, "slower"), Ok(Status::Good), "{factor}");
            assert_eq!(untold(&Analysis::new(&results)), None);
        }
    }

    #[test]
    fn what_so_few_rounds_cannot_tell_is_not_passed_in_silence() {
        let results = builds(2.0, 6);
        assert_eq!(status(&results, "slower"), Ok(Status::Good));
        let said = untold(&Analysis::new(&results)).unwrap();
        assert!(said.contains("could not tell 6 of 6 comparisons"), "{said}");
    }
}
