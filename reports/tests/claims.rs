//! The ledger of claims, and that a published figure stands beside nothing but what it was published of.

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use reports::analysis::Analysis;
use reports::claims::{self, Claim, Figure, Ledger, Published, Quantity, Unit, ledger};
use reports::format::Detail;
use reports::schema::{ExperimentKind, Results};
use reports::table::{Table, Value};
use reports::tables;
use support::{cut, progression};

/// That its files can be read, sources exist, ids are unique and figures finite, [`ledger`] itself asserts.
#[test]
fn every_source_has_a_claim_and_says_where_it_can_be_read() {
    let cited: BTreeSet<&str> = ledger().claims().iter().map(|it| &*it.source).collect();
    for source in ledger().sources() {
        assert!(cited.contains(&*source.id), "{} has no claim", source.id);
        assert!(source.address.starts_with("https://"), "{source}");
        let words = [&source.title, &source.author];
        assert!(words.iter().all(|it| !it.is_empty()), "{source}");
        let mut dates = source.date.iter().flat_map(|date| date.chars());
        assert!(dates.all(|it| it.is_ascii_digit() || it == '-'));
    }
    let addresses: BTreeSet<&str> = ledger().sources().iter().map(|it| &*it.address).collect();
    assert_eq!(addresses.len(), ledger().sources().len());
}

#[test]
fn the_ledger_holds_every_claim_of_the_documents() {
    let of = |topic: &str| {
        let claims = ledger().claims().iter();
        claims.filter(|it| it.topic() == topic).count()
    };
    let topics = [
        ("baseline", 5),
        ("progression", 8),
        ("counts", 7),
        ("dispatch", 9),
        ("values", 2),
        ("caching", 3),
        ("safety", 1),
        ("size", 1),
        ("scale", 2),
        ("jit", 4),
        ("wasm", 1),
    ];
    for (topic, claims) in topics {
        assert_eq!(of(topic), claims, "{topic}");
    }
    let all: usize = topics.iter().map(|(_, claims)| claims).sum();
    assert_eq!(ledger().claims().len(), all);
}

/// A number, as far from its neighbours as half of its last digit.
fn rounded(number: f64) -> (f64, f64) {
    let text = number.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, digits)| digits.len());
    let half = 0.5 * 10_f64.powi(-(decimals as i32));
    (number - half, number + half)
}

fn number(figure: &Figure) -> f64 {
    match figure.published {
        Published::Value(value) => value,
        Published::Range(..) => panic!("a range: {figure:?}"),
    }
}

/// A mistyped figure would be noticed by nobody else: where a source gives both times and their ratio, these
/// agree within their rounding.
#[test]
fn published_ratios_agree_with_the_times_beside_them() {
    let time = |claim: &Claim, stage: &Option<String>| {
        let is_it = |it: &&Figure| it.unit == Unit::Milliseconds && it.stage == *stage;
        claim.figures.iter().find(is_it).map(number)
    };
    let mut compared = 0;
    for claim in ledger().claims() {
        for figure in &claim.figures {
            if figure.quantity != Quantity::Time || figure.unit != Unit::Ratio {
                continue;
            }
            let (Some(of), Some(over)) =
                (time(claim, &figure.stage), time(claim, &figure.reference))
            else {
                continue;
            };
            compared += 1;
            let ((least, most), (ratio_low, ratio_high)) = (
                (
                    rounded(over).0 / rounded(of).1,
                    rounded(over).1 / rounded(of).0,
                ),
                rounded(number(figure)),
            );
            assert!(
                ratio_low <= most && least <= ratio_high,
                "{}: {of} ms, {over} ms, {figure}",
                claim.id
            );
        }
    }
    assert_eq!(compared, 13);
}

#[test]
fn what_is_wrong_with_a_ledger_is_said() {
    let sources = "[s]\nkind = 'source'\ntitle = 't'\nauthor = 'a'\naddress = 'https://a'\n";
    let claim = "[[claim]]\nid = 'a/b'\nsource = 's'\nsays = 'x'\nmeasure = 'y'\n";
    let figure = |words: &str| {
        format!("{claim}figures = [{{ quantity = 'time', unit = 'ratio', {words} }}]\n")
    };
    let complaint = |text: &str| match Ledger::parse(sources, &[("f.toml", text)]) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    assert_eq!(complaint(&figure("value = 1.5")), "");
    assert_eq!(complaint(&figure("range = [1, 2], stage = 'tree'")), "");
    for (text, what) in [
        (claim.replace("'s'", "'r'"), "claim a/b: its source"),
        (format!("{claim}{claim}"), "claim a/b: it is there twice"),
        (claim.replace("a/b", "ab"), "claim ab: its id"),
        (format!("{claim}size = 3\n"), "a size and no workload"),
        (format!("{claim}sais = 'x'\n"), "f.toml: "),
        (
            format!("{claim}tested = {{ experiment = 'x', rows = [] }}\n"),
            "no row",
        ),
        (figure("value = inf"), "not finite"),
        (figure("range = [2, 1]"), "not in order"),
        (
            figure("value = 1, range = [1, 2]"),
            "either `value` or `range`",
        ),
        (figure("stage = 'tree'"), "either `value` or `range`"),
        (
            figure("value = 1, reference = 'tree'"),
            "a reference and no stage",
        ),
    ] {
        let complaint = complaint(&text);
        assert!(complaint.contains(what), "{text}: {complaint}");
    }
}

/// The columns of published figures in the table of a run's headline, without those that are absent.
fn published(results: &Results) -> Vec<Vec<(String, String)>> {
    let headline = results
        .workload_named(&results.experiment.headline)
        .unwrap();
    let table = reports::tables::progression(&Analysis::new(results), headline);
    published_columns(&table)
}

fn published_columns(table: &Table) -> Vec<Vec<(String, String)>> {
    let columns = table.columns.iter().enumerate();
    let is_published = columns.filter(|(_, column)| column.heading.starts_with("published"));
    let cell = |value: &Value| value.render(Detail::Full);
    is_published
        .map(|(at, _)| {
            let rows = table.rows.iter().filter(|row| row[at] != Value::Absent);
            rows.map(|row| (cell(&row[0]), cell(&row[at]))).collect()
        })
        .collect()
}

fn notes(results: &Results) -> String {
    let headline = results
        .workload_named(&results.experiment.headline)
        .unwrap();
    let table = reports::tables::progression(&Analysis::new(results), headline);
    table.notes.join("\n")
}

fn figures(column: &[(String, String)]) -> Vec<&str> {
    column.iter().map(|(_, figure)| &**figure).collect()
}

/// What a file of this or an older version of the schema was measured on makes no difference.
#[test]
fn the_progression_has_the_documents_figures_and_names_their_source() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("published/results.json");
    for results in [progression(8), Results::read(&committed).unwrap()] {
        has_the_documents_figures(&results);
    }
}

fn has_the_documents_figures(results: &Results) {
    let [times, speedups, gains] = &published(results)[..] else {
        panic!("{:?}", published(results));
    };
    assert_eq!(
        figures(times),
        ["166 ms", "86 ms", "82 ms", "80 ms", "80 ms", "76 ms"]
    );
    assert_eq!(
        figures(speedups),
        ["1.00×", "1.93×", "2.02×", "2.07×", "2.07×", "2.19×"]
    );
    // The last stage there is two here: its gain is over a stage that no row follows.
    assert_eq!(figures(gains), ["+5 %", "+3 %", "+0 %"]);
    let notes = notes(results);
    assert!(
        notes.contains("Published of stack+co+si+cf+ic+ts over stack+co+si+cf: +5 %; here: +"),
        "{notes}"
    );
    assert!(
        notes.contains("Published of stack+co+si+cf+ic+ts over stack: +12 %; here: +"),
        "{notes}"
    );
    for part in ["Benchmarking a Bytecode VM", "henry-the-frog", "https://"] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    let baseline = reports::tables::baseline(&Analysis::new(results)).unwrap();
    let columns = published_columns(&baseline);
    assert_eq!(
        figures(&columns[0]),
        ["2.19×", "1.04×", "4.2× slower", "1.54×", "20× slower"]
    );
    assert_eq!(figures(&columns[1])[0], "165.66 ms");
    assert_eq!(figures(&columns[2])[0], "75.63 ms");
    assert!(
        baseline
            .notes
            .join("")
            .contains("Benchmarking a Bytecode VM")
    );
}

/// What is said below the tables of counts of what was published on them.
fn notes_on_counts(results: &Results) -> Vec<String> {
    let analysis = Analysis::new(results);
    let workload = results.workload_named("fibonacci").unwrap();
    let notes = tables::instructions(&analysis, workload).unwrap().notes;
    let everywhere = tables::counts(&analysis).unwrap().notes;
    assert_eq!(notes, everywhere, "all are of one workload");
    notes
}

#[test]
fn published_counts_stand_beside_what_was_counted_of_the_same() {
    let results = progression(8);
    let notes = notes_on_counts(&results);
    let [calls, stack, pairs, fewer, source, other] = &*notes else {
        panic!("{notes:#?}");
    };
    assert_eq!(
        calls,
        "Published of fibonacci(25): 242,785 calls; here: 242,785."
    );
    assert!(
        stack.starts_with("Published of stack on fibonacci(25): 16 dispatched per call; here: ")
    );
    assert!(pairs.starts_with("Published of stack+co+si on fibonacci(25): 12 dispatched per call"));
    assert!(fewer.starts_with(
        "Published of stack+co+si on fibonacci(25), over stack+co: −25 % dispatched; here: "
    ));
    assert!(
        source.contains("How Bytecode VMs Actually Work"),
        "{source}"
    );
    assert!(other.starts_with("Published: “"), "{other}");

    // Without a stage, nothing that was published of it; and nothing at all at another size.
    let few = cut(results.clone(), 2, 5);
    assert_eq!(notes_on_counts(&few).len(), 3);
    for size in [Some(12), None] {
        let mut other = results.clone();
        other.workloads[0].size = size;
        assert_eq!(notes_on_counts(&other), [""; 0]);
    }
}

/// Whether anything about these results shows a published figure.
fn shows_any(results: &Results) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let written = reports::write_report(results, folder.path()).unwrap();
    let report = std::fs::read_to_string(written.report).unwrap();
    let terminal = reports::terminal_tables(results, 160, false);
    let fragment = reports::readme_fragment(results, "charts");
    let charts = reports::charts::all(&Analysis::new(results)).unwrap();
    [report, terminal, fragment]
        .iter()
        .any(|text| text.to_lowercase().contains("published"))
        || charts.iter().any(|chart| chart.svg.contains("published"))
}

#[test]
fn other_sizes_and_other_programs_have_no_published_figure() {
    let default = cut(progression(8), 7, 1);
    assert!(shows_any(&default));
    let mut other_size = default.clone();
    other_size.workloads[0].size = Some(12);
    other_size.workloads[0].title = "fibonacci(12)".to_owned();
    assert!(!shows_any(&other_size));
    let mut no_size = default.clone();
    no_size.workloads[0].size = None;
    assert!(!shows_any(&no_size));
    let mut own_program = default.clone();
    own_program.workloads[0].file = Some("fibonacci.monkey".to_owned());
    assert!(!shows_any(&own_program));
    let mut other_program = default;
    other_program.workloads[0].name = "mine".to_owned();
    other_program.experiment.headline = "mine".to_owned();
    assert!(!shows_any(&other_program));
}

/// As `--engines` selects them, of which the first is the reference.
fn selection(names: &[&str]) -> Results {
    let mut results = progression(8);
    results.experiment.kind = ExperimentKind::Comparison;
    results.experiment.reference = names[0].to_owned();
    let kept: Vec<u32> = names
        .iter()
        .map(|name| results.variant_named(name).unwrap().0)
        .collect();
    let place = |id: u32| kept.iter().position(|&it| it == id);
    results
        .samples
        .retain(|it| place(it.variant.0).is_some() && !it.control);
    for sample in &mut results.samples {
        sample.variant.0 = place(sample.variant.0).unwrap() as u32;
    }
    results.cells.retain(|it| place(it.variant.0).is_some());
    for cell in &mut results.cells {
        cell.variant.0 = place(cell.variant.0).unwrap() as u32;
    }
    let all = std::mem::take(&mut results.variants);
    results.variants = kept.iter().map(|&id| all[id as usize].clone()).collect();
    results
}

#[test]
fn a_selection_has_only_the_figures_of_its_own_rows_and_reference() {
    let all = "stack+co+si+cf+ic+ts";
    // Against another reference no published ratio; the published gain is of these two.
    let results = selection(&["stack", all]);
    let [times, speedups] = &published(&results)[..] else {
        panic!("{:?}", published(&results));
    };
    assert_eq!(figures(times), ["86 ms", "76 ms"]);
    assert_eq!(figures(speedups), ["+12 %"]);
    assert_eq!(reports::tables::baseline(&Analysis::new(&results)), None);

    let results = selection(&["stack+co", "stack+co+si"]);
    assert_eq!(figures(&published(&results)[1]), ["+3 %"]);

    // Nobody published anything of these two: one is published as a part of another stage.
    let results = selection(&["stack+co", "stack+co+si+cf+ic"]);
    assert_eq!(published(&results).len(), 0);
    assert!(!notes(&results).contains("Published of"));

    let results = selection(&["tree", all]);
    assert_eq!(figures(&published(&results)[1]), ["1.00×", "2.19×"]);
    let baseline = reports::tables::baseline(&Analysis::new(&results));
    assert_eq!(baseline.unwrap().rows.len(), 5);

    // The same names, but the evaluator isn't what the speedups are over.
    let results = selection(&[all, "tree"]);
    let columns = published(&results);
    assert_eq!(columns.len(), 1, "times alone: {columns:?}");

    // Alone, it has nothing to be compared with: neither figures nor whose they were.
    let results = selection(&["tree"]);
    assert_eq!(published(&results).len(), 0);
    assert_eq!(notes(&results), "");
    assert_eq!(claims::shown_sources(&results).len(), 0);
}

#[test]
fn every_shown_figure_has_a_source_that_is_shown() {
    let results = progression(8);
    let sources = claims::shown_sources(&results);
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].title, "Benchmarking a Bytecode VM");
    let charts = reports::charts::all(&Analysis::new(&results)).unwrap();
    let chart = charts.iter().find(|it| it.file == "published.svg").unwrap();
    assert!(chart.svg.contains("published by Henry (henry-the-frog)"));
    for width in [60, 100, 160] {
        let terminal = reports::terminal_tables(&results, width, false);
        assert!(
            terminal.contains(&sources[0].address),
            "{width}: {terminal}"
        );
    }
}
