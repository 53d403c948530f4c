//! What engines say of themselves, what they alone can time, and the memory that they take.

mod support;

use reports::analysis::Analysis;
use reports::schema::{Identity, Measure, Results, VariantId, WorkloadId};
use reports::tables;
use support::{cut, progression};

/// Two built-in variants and one external of protocol 1, which timed only its runs.
fn with_external() -> Results {
    let mut results = cut(progression(8), 3, 1);
    let identity = |engine: &str| Identity {
        protocol: 2,
        engine: Some(engine.to_owned()),
        version: Some("0.1.0".to_owned()),
        phases: vec![Measure::Parse, Measure::Run],
    };
    results.variants[0].identity = Some(identity("tree"));
    results.variants[1].identity = Some(identity("stack"));
    results.variants[2].builtin = false;
    results.variants[2].identity = Some(Identity {
        protocol: 1,
        engine: None,
        version: None,
        phases: vec![Measure::Run],
    });
    results
        .samples
        .retain(|it| it.variant != VariantId(2) || it.measure == Measure::Run);
    results
}

/// Keeps the parse of one variant alone.
fn parsed_by(mut results: Results, parser: u32) -> Results {
    results
        .samples
        .retain(|it| it.measure != Measure::Parse || it.variant == VariantId(parser));
    results
}

#[test]
fn a_phase_is_shown_of_who_measured_it() {
    let who_parses = |results: &Results| {
        let analysis = Analysis::new(results);
        let variants = results.variant_ids();
        let parse = |id| analysis.time(Measure::Parse, WorkloadId(0), id);
        variants
            .filter(|&id| parse(id).is_some())
            .collect::<Vec<_>>()
    };
    let (tree, stack, external) = (VariantId(0), VariantId(1), VariantId(2));
    // One of the built-in engines parses for all of them, be it the reference or not.
    for parser in [0, 1] {
        let results = parsed_by(with_external(), parser);
        assert_eq!(who_parses(&results), [tree, stack], "{parser}");
    }
    // An external parses for itself, even as the reference.
    let mut results = parsed_by(cut(progression(8), 3, 1), 2);
    results.variants[2].builtin = false;
    results.experiment.reference = results.variants[2].name.clone();
    results.samples.retain(|it| !it.control);
    assert_eq!(who_parses(&results), [external]);
}

/// Nowhere in a report stands the shared parser's time in an external's row.
#[test]
fn no_report_shows_a_figure_that_was_not_measured() {
    let results = parsed_by(with_external(), 0);
    let folder = tempfile::tempdir().unwrap();
    reports::write_report(&results, folder.path()).unwrap();
    let csv = std::fs::read_to_string(folder.path().join("results.csv")).unwrap();
    let name = &results.variants[2].name;
    let of_external = csv
        .lines()
        .filter(|line| line.contains(&format!(",{name},")));
    let measures: Vec<_> = of_external
        .map(|line| line.split(',').nth(4).unwrap())
        .collect();
    assert_eq!(measures, ["run"]);
    let table = tables::phases(&Analysis::new(&results)).unwrap();
    let headers: Vec<_> = table.columns.iter().map(|it| &*it.heading).collect();
    // No column for what nobody has.
    assert_eq!(
        headers,
        [
            "workload",
            "stage",
            "parse",
            "compile",
            "instantiate",
            "run",
            "total"
        ]
    );
    let absent = table.rows[2]
        .iter()
        .filter(|it| **it == reports::table::Value::Absent);
    assert_eq!(absent.count(), 4, "{:?}", table.rows[2]);
}

#[test]
fn engines_are_listed_as_they_name_themselves() {
    assert_eq!(tables::engines(&progression(2)), None);
    let results = with_external();
    let table = tables::engines(&results).unwrap();
    insta::assert_snapshot!(reports::terminal::render(&table, 100, false));
}

#[test]
fn peak_memory_is_that_of_each_cell() {
    let mut results = cut(progression(2), 2, 2);
    assert_eq!(tables::peak_memory(&results), None);
    for (cell, bytes) in results.cells.iter_mut().zip([3 << 20, 5_200_000, 1 << 30]) {
        cell.peak_memory_bytes = Some(bytes);
    }
    let table = tables::peak_memory(&results).unwrap();
    insta::assert_snapshot!(reports::terminal::render(&table, 100, false));
    let folder = tempfile::tempdir().unwrap();
    reports::write_report(&results, folder.path()).unwrap();
    let csv = std::fs::read_to_string(folder.path().join("results.csv")).unwrap();
    let with_memory = csv.lines().filter(|line| line.ends_with(",5200000"));
    assert_eq!(with_memory.count(), 1, "{csv}");
}
