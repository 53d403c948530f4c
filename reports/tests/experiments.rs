//! The reports of comparisons: of suites that disagree, of counterparts, of values, and of how machine
//! code dispatches.

mod support;

use std::fs;

use reports::analysis::Analysis;
use reports::schema::*;
use reports::suites::{self, Agreement};
use support::{check_svg, cut, progression, widest, with_host_counts};

/// A comparison of four variants on two suites. The third variant is faster than the reference on the one
/// and slower on the other; the last one is judged against the third.
fn comparison(rounds: u32) -> Results {
    let mut results = cut(progression(rounds), 5, 5);
    results.experiment = Experiment {
        name: "dispatch".to_owned(),
        question: "What does it matter how a machine gets to the next instruction?".to_owned(),
        kind: ExperimentKind::Comparison,
        reference: "stack/tagged".to_owned(),
        headline: "fibonacci".to_owned(),
    };
    let keep = |variant: VariantId| variant.0 > 0;
    results.samples.retain(|it| keep(it.variant) || it.control);
    results.cells.retain(|it| keep(it.variant));
    results.variants.remove(0);
    for sample in &mut results.samples {
        // The control was one of the tree-walker.
        sample.variant.0 = sample.variant.0.saturating_sub(1);
        let is_realistic = sample.workload.0 > 2;
        sample.nanoseconds = match (sample.variant.0, sample.control) {
            (_, true) => sample.iterations * 1_000_000,
            (0, _) => sample.iterations * 1_000_000 + u64::from(sample.round % 3),
            (2, _) if is_realistic => sample.iterations * 1_250_000,
            (2, _) => sample.iterations * 800_000,
            (3, _) => sample.iterations * 800_000,
            _ => sample.iterations * 900_000,
        };
    }
    for cell in &mut results.cells {
        cell.variant.0 -= 1;
    }
    let labels = ["match", "table", "tail", "direct"];
    for (variant, label) in results.variants.iter_mut().zip(labels) {
        variant.label = label.to_owned();
        // Nothing was published of these.
        variant.name.push_str("/tagged");
        variant.value_bytes = Some(16);
    }
    results.variants[3].counterpart = Some(results.variants[2].name.clone());
    results.variants[3].value_bytes = Some(8);
    for (index, workload) in results.workloads.iter_mut().enumerate() {
        let suite = if index > 2 { "realistic" } else { "documented" };
        workload.suite = Some(suite.to_owned());
    }
    results
}

/// The run with its machine code read: one jump for all, one call for all, or one jump for each handler.
/// The last variant's was not.
fn with_machine_code(results: Results) -> Results {
    let mut results = with_host_counts(results);
    let function = |symbol: &str, address, jumps, calls| CodeFunction {
        symbol: symbol.to_owned(),
        address,
        jumps,
        calls,
    };
    results.machine_code = Some(MachineCode::Read {
        disassembler: "GNU objdump 2.40".to_owned(),
        functions: vec![
            function("stack::match_loop::run", 0x1000, 2, 1),
            function("stack::table::call_all", 0x2000, 0, 1),
            function("stack::tail::thin", 0x3000, 1, 0),
            function("stack::tail::thin", 0x4000, 3, 0),
        ],
    });
    let jump = |function, call, taken, mispredicted, line| Jump {
        function,
        call,
        taken,
        mispredicted,
        line,
    };
    for cell in &mut results.cells {
        let dispatched = cell.counts.unwrap().dispatched.unwrap();
        let half = dispatched / 2;
        cell.jumps = match cell.variant.0 {
            0 => vec![jump(0, false, dispatched, dispatched - 1, 6)],
            1 => vec![jump(1, true, dispatched, half, 9)],
            2 => vec![
                jump(2, false, half, 1, 7),
                jump(3, false, half, half / 8, 4),
                jump(0, true, 2, 2, 30),
            ],
            _ => Vec::new(),
        };
    }
    results
}

fn report(results: &Results) -> String {
    let folder = tempfile::tempdir().unwrap();
    let written = reports::write_report(results, folder.path()).unwrap();
    for file in &written.files {
        let name = file.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".svg") {
            check_svg(&fs::read_to_string(file).unwrap(), name);
        }
    }
    fs::read_to_string(written.report).unwrap()
}

#[test]
fn a_comparison_as_markdown_and_on_terminals() {
    let results = with_machine_code(comparison(30));
    results.check().unwrap();
    insta::assert_snapshot!("comparison.md", report(&results));
    for width in [60, 100] {
        let text = reports::terminal_tables(&results, width, false);
        let widest = widest(&text);
        assert!(widest <= usize::from(width), "{widest} > {width}:\n{text}");
        insta::assert_snapshot!(format!("comparison-{width}"), text);
    }
}

#[test]
fn suites_differ_where_two_of_them_tell_different_things() {
    let mut results = comparison(30);
    let agreements = |results: &Results| -> Vec<Agreement> {
        let analysis = Analysis::new(results);
        let conclusions = suites::conclusions(&analysis);
        conclusions
            .iter()
            .map(suites::Conclusion::agreement)
            .collect()
    };
    use Agreement::{Differs, Same};
    use reports::stats::Verdict::Faster;
    // Against the reference, then the last variant against its counterpart: the same on the one suite,
    // faster on the other.
    assert_eq!(
        agreements(&results),
        [Same(Faster), Differs, Same(Faster), Differs]
    );
    let said = report(&results);
    assert!(
        said.contains("The suites documented and realistic differ in 2 of 4 conclusions:"),
        "{said}"
    );

    // With too few rounds for an interval, no suite can tell.
    results.samples.retain(|sample| sample.round < 3);
    assert_eq!(agreements(&results), [Agreement::Open; 4]);

    // A single suite has nothing to differ from, nor has a file that is older than suites.
    for workload in &mut results.workloads {
        workload.suite = Some("documented".to_owned());
    }
    assert_eq!(agreements(&results), []);
    results.workloads[0].suite = None;
    assert_eq!(agreements(&results), []);
    assert!(!report(&results).contains("## Suites"));
}

#[test]
fn machine_code_that_was_not_read_is_told_of_with_the_reason() {
    let mut results = comparison(8);
    assert!(!report(&results).contains("Machine code"));
    results.machine_code = Some(MachineCode::Absent {
        reason: "there is no disassembler".to_owned(),
    });
    let said = report(&results);
    assert!(
        said.contains("Machine code: not read, because there is no disassembler."),
        "{said}"
    );
    // What is known without it is shown.
    assert!(said.contains("| variant | time / dispatch | host / dispatch |"));
    assert!(!said.contains("### Machine code that dispatches"));
}

#[test]
fn jumps_that_contradict_the_file_are_refused() {
    let sound = with_machine_code(comparison(6));
    let refused = |change: fn(&mut Results)| {
        let mut results = sound.clone();
        change(&mut results);
        results.check().unwrap_err().to_string()
    };
    let error = refused(|it| it.cells[0].jumps[0].function = 4);
    assert!(
        error.contains("a function that is not in the file"),
        "{error}"
    );
    let error = refused(|it| it.cells[0].jumps[0].taken = 0);
    assert!(error.contains("never taken"), "{error}");
    let error = refused(|it| it.machine_code = None);
    assert!(
        error.contains("a function that is not in the file"),
        "{error}"
    );
    let error = refused(|it| it.variants[3].counterpart = Some("x".to_owned()));
    assert!(error.contains("counterpart `x`"), "{error}");
}

/// Who misses a strategy must find out why it isn't there; files that are older than the list have none.
#[test]
fn what_is_not_offered_is_named_with_its_reason() {
    let complete = comparison(6);
    assert!(!report(&complete).contains("not offered"));
    let mut results = complete.clone();
    results.not_offered = vec![NotOffered {
        name: "stack/become".to_owned(),
        label: "become".to_owned(),
        why: "this compiler doesn't know `become`".to_owned(),
    }];
    let said = report(&results);
    assert!(said.contains("## Variants that are not offered\n\n- become: stack/become: this"));
    let shown = reports::terminal_tables(&results, 100, false);
    assert!(shown.contains("Variants that are not offered\nbecome: stack/become: this compiler"));

    let text = serde_json::to_string(&complete).unwrap();
    assert!(!text.contains("not_offered"));
    assert_eq!(serde_json::from_str::<Results>(&text).unwrap(), complete);
    let text = serde_json::to_string(&results).unwrap();
    assert_eq!(serde_json::from_str::<Results>(&text).unwrap(), results);
}

/// Whatever is beside the axis would be read as being on its side.
#[test]
fn a_figure_below_one_stands_on_the_left_of_the_axis() {
    let figures = |nanoseconds: u64| {
        let mut results = comparison(6);
        for sample in &mut results.samples {
            if sample.variant.0 == 1 {
                sample.nanoseconds = sample.iterations * nanoseconds;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        reports::write_report(&results, folder.path()).unwrap();
        let svg = fs::read_to_string(folder.path().join("speedups.svg")).unwrap();
        let anchors = svg.lines().zip(svg.lines().skip(1));
        anchors
            .filter(|(_, text)| ["−3.5 %", "+4.1 %"].contains(&text.trim()))
            .map(|(element, _)| element.contains("text-anchor=\"end\""))
            .collect::<Vec<_>>()
    };
    let (slower, faster) = (figures(1_036_000), figures(961_000));
    assert!(!slower.is_empty() && slower.iter().all(|&left| left));
    assert!(!faster.is_empty() && faster.iter().all(|&left| !left));
}
