//! The report as its readers see it: snapshots of each rendering, and the promises that hold for
//! any results.

mod support;

use std::fs;
use std::path::Path;

use reports::analysis::Analysis;
use reports::schema::{ExperimentKind, HostCounts, Measure, Results, Sample, VariantId};
use reports::terminal::render;
use support::{check_svg, cut, progression, widest, with_failure, with_host_counts};

fn report_of(results: &Results) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let written = reports::write_report(results, folder.path()).unwrap();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    written
        .files
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).unwrap()))
        .collect()
}

fn file(files: &[(String, String)], name: &str) -> String {
    files
        .iter()
        .find(|(file, _)| file == name)
        .unwrap()
        .1
        .clone()
}

#[test]
fn report_as_markdown_and_csv() {
    let files = report_of(&progression(30));
    for (name, content) in files.iter().filter(|(name, _)| name.ends_with(".svg")) {
        check_svg(content, name);
    }
    insta::assert_snapshot!("report.md", file(&files, "report.md"));
    insta::assert_snapshot!("results.csv", file(&files, "results.csv"));
}

#[test]
fn tables_on_terminals() {
    let results = progression(30);
    for width in [60, 100, 160] {
        let text = reports::terminal_tables(&results, width, false);
        let widest = widest(&text);
        assert!(widest <= usize::from(width), "{widest} > {width}:\n{text}");
        assert!(!text.contains('\x1b'));
        insta::assert_snapshot!(format!("terminal-{width}"), text);
    }
    assert!(reports::terminal_tables(&results, 100, true).contains("\x1b[1m"));
}

/// The part of a report under a heading of the second level.
fn section<'r>(report: &'r str, heading: &str) -> &'r str {
    let from = report.find(&format!("\n## {heading}\n")).unwrap() + 1;
    let length = report[from..].find("\n## ").unwrap();
    &report[from..from + length]
}

#[test]
fn host_instructions_stand_beside_the_times() {
    let results = with_host_counts(progression(30));
    let files = report_of(&results);
    let report = file(&files, "report.md");
    insta::assert_snapshot!("host.md", section(&report, "Instructions and time"));

    let csv = file(&files, "results.csv");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|it| it == name).unwrap();
    assert_eq!(column("host_instructions"), column("failure") + 1);
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    let of = |workload: &str, variant: &str, measure: &str| {
        let is = |row: &csv::StringRecord, name, value| &row[column(name)] == value;
        rows.iter()
            .find(|row| {
                is(row, "workload", workload)
                    && is(row, "variant", variant)
                    && is(row, "measure", measure)
            })
            .unwrap()
    };
    let unoptimized = of("fibonacci", "stack", "run");
    for (name, value) in [
        ("host_instructions", "270000000"),
        ("host_per_dispatched", "72.776280"),
        (
            "host_key",
            "x86_64-unknown-linux-gnu_rustc-1.95.0_valgrind-3.19.0_glibc-2.36_release",
        ),
        ("base", "tree"),
        ("dispatched_ratio", ""),
        ("host_ratio", "0.300000"),
        ("seen", "fewer host instructions, and faster"),
    ] {
        assert_eq!(&unoptimized[column(name)], value, "{name}");
    }
    assert_eq!(
        &of("fibonacci", "stack", "parse")[column("host_instructions")],
        ""
    );
    let lacking = of("nested-loops", "stack", "run");
    assert_eq!(&lacking[column("host_key")], "");
    assert_eq!(&lacking[column("seen")], "not counted, faster");
}

#[test]
fn instructions_fit_every_terminal() {
    let results = with_host_counts(progression(30));
    let analysis = Analysis::new(&results);
    let headline = results.workload_named("fibonacci").unwrap();
    let tables = [
        reports::tables::instructions(&analysis, headline).unwrap(),
        reports::tables::three_way(&analysis, headline).unwrap(),
    ];
    for width in [60, 100, 160] {
        let text = tables.each_ref().map(|table| render(table, width, false));
        let text = text.join("\n");
        let widest = widest(&text);
        assert!(widest <= usize::from(width), "{widest} > {width}:\n{text}");
        insta::assert_snapshot!(format!("host-{width}"), text);
    }
}

#[test]
fn the_lack_of_host_instructions_is_said_with_its_reason() {
    let mut results = cut(progression(8), 2, 1);
    let said = |results: &Results| {
        let report = file(&report_of(results), "report.md");
        let said = section(&report, "Instructions and time").to_owned();
        let terminal = reports::terminal_tables(results, 160, false);
        assert!(terminal.contains("\nHost instructions: "), "{terminal}");
        said
    };
    let old = said(&results);
    assert!(old.contains("the results file is older"), "{old}");
    results.host_counts = Some(HostCounts::Absent {
        reason: "the tree was dirty".to_owned(),
        by_run: false,
    });
    let absent = said(&results);
    assert!(
        absent.contains("none, because the tree was dirty"),
        "{absent}"
    );
    assert!(absent.contains("ci/check"), "{absent}");
    assert!(!absent.contains("| host"), "{absent}");
    // It counts the stages, not what an experiment has its runs count.
    results.host_counts = Some(HostCounts::Absent {
        reason: "a quick run counts nothing".to_owned(),
        by_run: true,
    });
    let absent = said(&results);
    assert!(absent.contains("none, because a quick run"), "{absent}");
    assert!(!absent.contains("ci/check"), "{absent}");

    // Without any count there is no table, but still a reason.
    results.cells.clear();
    assert!(!said(&results).contains("| :--"));
}

#[test]
fn invalid_and_failed_are_said_first() {
    let mut results = with_failure(progression(4), 3, 1);
    results.environment.load_before = Some(5.5);
    let files = report_of(&results);
    insta::assert_snapshot!("invalid.md", file(&files, "report.md"));
    let reasons: Vec<String> = reports::invalid(&results)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}

/// Whoever reads that a run is invalid wants to know what to do, wherever it is said.
#[test]
fn each_reason_stands_with_what_to_do_about_it() {
    type Fault = fn(&mut Results);
    let faults: [(&str, Fault); 7] = [
        ("nothing beside it", |it| {
            let controls = it.samples.iter_mut().filter(|sample| sample.control);
            controls.for_each(|sample| sample.nanoseconds *= 2);
        }),
        ("`--rounds`, at least 6", |it| {
            it.samples.retain(|sample| sample.round < 3);
        }),
        ("`--workloads`", |it| *it = with_failure(it.clone(), 0, 1)),
        ("`uptime`", |it| it.environment.load_before = Some(9.0)),
        ("isn't shared", |it| {
            it.environment.steal_percent = Some(30.0);
        }),
        ("`top`", |it| it.environment.others_percent = Some(60.0)),
        ("`cargo run --release -- …`", |it| {
            it.tool.profile = "dev".to_owned();
        }),
    ];
    for (part, fault) in faults {
        let mut results = progression(20);
        fault(&mut results);
        let advice: Vec<String> = reports::invalid(&results)
            .iter()
            .map(|it| format!("What to do: {}.", it.advice()))
            .collect();
        assert!(advice.iter().any(|it| it.contains(part)), "{advice:?}");
        let report = file(&report_of(&results), "report.md").replace("\\`", "`");
        let readme = reports::readme_fragment(&results, "charts").replace("\\`", "`");
        let terminal = reports::terminal_tables(&results, 80, false).replace('\n', " ");
        for advice in &advice {
            assert!(report.contains(&format!("- {advice}\n")), "{report}");
            assert!(readme.contains(&format!("- {advice}\n")), "{readme}");
            let once = terminal.matches(advice.as_str()).count();
            assert_eq!(once, 1, "{advice}: {terminal}");
        }
        let json = serde_json::to_value(reports::invalid(&results)).unwrap();
        for reason in json.as_array().unwrap() {
            assert!(reason["reason"].is_string() && reason["advice"].is_string());
        }
    }
}

/// As typed, `x&lt;y` would be rendered as `x<y`.
#[test]
fn a_name_with_an_entity_is_shown_as_it_is() {
    let mut results = progression(8);
    let variant = &mut results.variants[1];
    (variant.name, variant.label) = ("x&lt;y".to_owned(), "x&lt;y".to_owned());
    let files = report_of(&results);
    let report = file(&files, "report.md");
    assert!(report.contains("| x&amp;lt;y |"), "{report}");
    assert!(!report.contains("x&lt;y"), "{report}");
    assert!(!reports::readme_fragment(&results, "charts").contains("x&lt;y"));
    assert!(reports::terminal_tables(&results, 120, false).contains(" x&lt;y "));
    let svg = file(&files, "progression.svg");
    let document = roxmltree::Document::parse(&svg).unwrap();
    let mut texts = document.descendants().filter_map(|node| node.text());
    assert!(texts.any(|text| text.trim() == "x&lt;y"), "{svg}");
}

#[test]
fn readme_fragment_can_be_spliced() {
    let fragment = reports::readme_fragment(&progression(30), "reports/published/");
    assert!(fragment.contains("](reports/published/progression.svg)"));
    let readme = "a\n<!-- monkeybench:begin t -->\n<!-- monkeybench:end t -->\n";
    let spliced = reports::splice::splice(readme, "t", &fragment)
        .unwrap()
        .text;
    assert!(spliced.contains("| + superinstructions |"));
}

#[test]
fn a_report_is_a_function_of_its_results() {
    let results = progression(12);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    results.write(&path).unwrap();
    let read = Results::read(&path).unwrap();
    assert_eq!(read, results);
    assert_eq!(report_of(&read), report_of(&results));
    assert_eq!(report_of(&read), report_of(&read));
}

/// The second variant this many times as fast as it was.
fn with_speedup(mut results: Results, factor: f64) -> Results {
    let stack = results.samples.iter_mut().filter(|it| it.variant.0 == 1);
    for sample in stack {
        let (time, iterations) = (sample.nanoseconds as f64, sample.iterations as f64);
        let faster = factor.max(1.0);
        sample.iterations = (iterations * faster) as u64;
        sample.nanoseconds = (time / factor * faster).max(1.0) as u64;
    }
    results
}

/// So many variants, with names as long as the second one's axes can make them.
fn with_many_variants(mut results: Results, count: usize) -> Results {
    let samples = results.samples.clone();
    while results.variants.len() < count {
        let id = VariantId(results.variants.len() as u32);
        let mut variant = results.variants[1].clone();
        variant.name = format!("stack+co+si+cf+ic+ts/threaded/nan/unchecked-{}", id.0);
        variant.label = format!("+ a step whose name is rather long, number {}", id.0);
        results.variants.push(variant);
        let of_stack = samples.iter().filter(|it| it.variant.0 == 1);
        let like_it = of_stack.map(|sample| Sample {
            variant: id,
            nanoseconds: sample.nanoseconds / u64::from(id.0) + 1,
            ..*sample
        });
        results.samples.extend(like_it);
    }
    results
}

/// Every shape that a run can have is reported: with anything missing, few of everything, extreme
/// times, hostile text.
#[test]
fn every_shape_of_results_has_a_report() {
    let mut shapes = vec![
        cut(progression(8), 1, 1),
        cut(progression(8), 2, 1),
        cut(progression(8), 1, 5),
        cut(progression(8), 3, 2),
        progression(0),
        progression(1),
        progression(5),
        with_failure(progression(8), 0, 0),
        with_failure(progression(8), 6, 4),
    ];
    let mut comparison = progression(8);
    comparison.experiment.kind = ExperimentKind::Comparison;
    comparison.experiment.reference = "stack".to_owned();
    comparison.samples.retain(|sample| !sample.control);
    shapes.push(comparison);

    let mut runs_only = progression(8);
    runs_only
        .samples
        .retain(|sample| sample.measure == Measure::Run);
    runs_only.cells.clear();
    shapes.push(runs_only);

    let mut extreme = progression(8);
    for (index, sample) in extreme.samples.iter_mut().enumerate() {
        if index % 3 == 0 {
            (sample.nanoseconds, sample.iterations) = (u64::MAX, 1);
        } else if index % 3 == 1 {
            (sample.nanoseconds, sample.iterations) = (1, u64::MAX);
        }
    }
    shapes.push(extreme);

    for factor in [1e-9, 0.0102, 0.5, 0.93, 0.999, 1.001, 1.07, 300.0, 1e9] {
        shapes.push(with_speedup(progression(8), factor));
    }
    shapes.push(with_many_variants(progression(8), 47));

    shapes.push(with_host_counts(progression(8)));
    shapes.push(cut(with_host_counts(progression(1)), 2, 1));
    let mut nothing_dispatched = with_host_counts(progression(8));
    for cell in nothing_dispatched.cells.iter_mut().step_by(2) {
        let counts = cell.counts.as_mut().unwrap();
        (counts.dispatched, cell.host_instructions) = (Some(0), Some(u64::MAX));
    }
    shapes.push(nothing_dispatched);

    let mut hostile = progression(8);
    hostile.host_counts = Some(HostCounts::Absent {
        reason: "\u{1b}[2J\n## <script>".to_owned(),
        by_run: false,
    });
    hostile.variants[1].label = "</text><script>&\"'\u{1b}[2J|`*_\n".repeat(20);
    hostile.workloads[0].title = "</style>\u{0}<!-- monkeybench:begin x -->".to_owned();
    hostile.command = "``a` --out '`'".to_owned();
    shapes.push(hostile);

    for (index, results) in shapes.iter().enumerate() {
        for (name, content) in report_of(results) {
            assert!(
                !content.contains('\u{1b}') && !content.contains('\u{0}'),
                "{index}: {name}"
            );
            if name.ends_with(".svg") {
                check_svg(&content, &format!("{index}: {name}"));
            }
        }
        let text = reports::terminal_tables(results, 60, false);
        assert!(
            !text.contains('\u{1b}') && !text.contains("NaN"),
            "{index}: {text}"
        );
        assert!(!reports::readme_fragment(results, "charts").is_empty());
    }
}

#[test]
fn nothing_is_written_of_inconsistent_results() {
    let mut results = progression(6);
    results.samples[0].iterations = 0;
    let folder = tempfile::tempdir().unwrap();
    let error = reports::write_report(&results, &folder.path().join("out")).unwrap_err();
    assert!(
        error.to_string().contains("sample 0: it has no iterations"),
        "{error}"
    );
    assert!(!folder.path().join("out").exists());
}
