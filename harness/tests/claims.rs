//! What the ledger of claims says of this project is true: the engines, programs and experiments that it names
//! are there.

use std::path::Path;

use reports::claims::{Claim, ledger};
use serde::Deserialize;

/// What of an experiment's file says who takes part.
#[derive(Deserialize)]
struct Experiment {
    name: String,
    variant: Vec<Variant>,
}

#[derive(Deserialize)]
struct Variant {
    engine: String,
}

fn experiments() -> Vec<Experiment> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let files = std::fs::read_dir(folder).unwrap();
    let parse = |entry: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        toml::from_str(&text).unwrap()
    };
    files.map(parse).collect()
}

#[test]
fn what_tests_a_claim_is_there() {
    let experiments = experiments();
    let mut tested = 0;
    for Claim { id, tested: by, .. } in ledger().claims() {
        let Some(by) = by else { continue };
        tested += 1;
        let found = experiments.iter().find(|it| it.name == by.experiment);
        let experiment = found.unwrap_or_else(|| panic!("{id}: no experiment {}", by.experiment));
        for row in &by.rows {
            let mut variants = experiment.variant.iter();
            assert!(
                variants.any(|it| it.engine == *row),
                "{id}: {} has no variant {row}",
                by.experiment
            );
        }
    }
    assert!(tested > 25, "{tested}");
}

/// Names that are no canonical ones would match no row of any results.
#[test]
fn what_figures_are_of_is_there() {
    if !catalog::features(false).is_empty() {
        return;
    }
    for claim in ledger().claims() {
        let id = &claim.id;
        if let Some(name) = &claim.workload {
            let workload = workloads::find(name).unwrap_or_else(|| panic!("{id}: {name}"));
            if let Some(size) = claim.size {
                workload
                    .source(Some(size))
                    .unwrap_or_else(|error| panic!("{id}: {error}"));
            }
        }
        // What nothing tests yet may be about engines to come.
        if claim.tested.is_none() {
            continue;
        }
        for figure in &claim.figures {
            for name in [&figure.stage, &figure.reference].into_iter().flatten() {
                let variant = catalog::find(name).unwrap_or_else(|_| panic!("{id}: {name}"));
                assert_eq!(variant.name, *name, "{id}");
            }
        }
    }
}

/// The published table of workloads is about the documented suite at its default sizes.
#[test]
fn every_documented_workload_has_its_row() {
    for workload in workloads::documented() {
        let id = format!("baseline/{}", workload.name);
        let claims = ledger().claims().iter();
        let claim = claims
            .clone()
            .find(|it| it.id == id)
            .unwrap_or_else(|| panic!("{id}"));
        assert_eq!(claim.workload.as_ref(), Some(&workload.name));
        assert_eq!(
            claim.size,
            workload.size.as_ref().map(|size| size.default),
            "{id}"
        );
        assert_eq!(claim.figures.len(), 3, "{id}");
    }
}
