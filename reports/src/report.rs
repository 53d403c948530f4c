//! The report: markdown, the fragment for a README, and the tables for a terminal, all of one
//! analysis.

use std::fmt::Write as _;

use crate::analysis::Analysis;
use crate::charts::{self, Chart, progression};
use crate::schema::Results;
use crate::table::{Table, markdown_text};
use crate::validity::Invalid;
use crate::{prose, tables, terminal, validity};

/// Whether a report has something.
type Has = fn(&Analysis<'_>) -> bool;

/// How to read the tables: what each word in them means, as far as the report has it.
fn how_to_read(analysis: &Analysis<'_>) -> String {
    let always: Has = |_| true;
    let dispatches: Has = |it| it.results.machine_code.is_some();
    let words: [(&str, Has); 17] = [
        (
            "**time**: one run (building the machine and executing the compiled program), the median \
             over rounds.",
            always,
        ),
        (
            "**[low, high]**: an interval that covers the true median with at least 95 %, from order \
             statistics (the sign test), whatever the distribution. Without brackets there were too \
             few rounds for one.",
            always,
        ),
        (
            "**vs.**: how many times as fast as the reference; both times are from the same round, \
             and the median is taken of their ratios. Above 1× is faster.",
            always,
        ),
        (
            "**vs. previous**: the same against the stage above, compared directly: it isn't the \
             quotient of two other ratios.",
            |it| !it.has_counterparts(),
        ),
        (
            "**vs. counterpart**: the same against the variant that differs from this one in a \
             single thing, compared directly: it isn't the quotient of two other ratios.",
            |it| it.has_counterparts(),
        ),
        (
            "**conclusion**: whether the geometric means of the suites have the same verdict; that \
             one can't tell is no difference.",
            |it| it.suites().len() > 1,
        ),
        (
            "**verdict**: *faster* or *slower* when the whole interval is on one side of 1; *same \
             ±1 %* when all of it is within 1 % of 1; else *can't tell*.",
            always,
        ),
        (
            "**smallest effect**: the half-width of a typical interval; an effect of that size is \
             told from none in half of such runs.",
            always,
        ),
        (
            "**dispatched**: instructions of the engine's own code, counted exactly; the tree-walker \
             has none.",
            always,
        ),
        (
            "**host instructions**: what the machine executes for one run, counted by valgrind: exact \
             for the key that stands beside them, and the same ±0.1 % counts as the same.",
            always,
        ),
        (
            "**work and time**: changes in cost, so less is better. The verdict says what is seen of \
             all three together; the counts name no cause.",
            always,
        ),
        (
            "**through**: the fewest indirect jumps or calls through which 99 % of those go that a run \
             takes: one that all instructions share, or one in the handler of each.",
            dispatches,
        ),
        (
            "**predicted wrong**: what part of these jumps a predictor gets wrong that expects each \
             to go where it went last, as valgrind simulates it. Processors of today look further back.",
            dispatches,
        ),
        (
            "**functions** that dispatch hold such jumps; the **indirect jumps** and **calls** are all \
             that stand in their machine code, taken or not. Their **sequence** is how many machine \
             instructions lead from one instruction's work to the next one's: the shortest straight line \
             that ends in such a jump, or the loop around a call, and one more where the handler has to \
             come back. Where every handler has a jump of its own, the line may hold a \
             little of the cheapest handler's work.",
            dispatches,
        ),
        (
            "**share of work**: the sequence times the dispatches, as part of all host instructions: an \
             estimate of dispatch's share of the time, as if every machine instruction took the same. \
             A jump that is predicted wrong takes more, one that overlaps with other work less.",
            dispatches,
        ),
        (
            "**published**: what the source document says, in its own rounding, measured on another \
             machine with another implementation.",
            always,
        ),
        (
            "**INVALID** is a statement about the run, not about an engine: it isn't the same as \
             slower.",
            always,
        ),
    ];
    let shown = words.iter().filter(|(_, is_shown)| is_shown(analysis));
    shown.map(|(words, _)| format!("- {words}\n")).collect()
}

/// The whole report as markdown; the charts stand beside it in their own files.
pub(crate) fn markdown(analysis: &Analysis<'_>, charts: &[Chart]) -> String {
    let results = analysis.results;
    let invalid = validity::reasons(analysis);
    let mut text = format!("# {}\n\n", markdown_text(&results.experiment.name));
    text.push_str(&facts(analysis, &invalid));

    let mut section = Section {
        text: &mut text,
        charts,
    };
    if let Some(headline) = results.workload_named(&results.experiment.headline) {
        section.table(&tables::progression(analysis, headline));
    }
    section.chart(progression::PROGRESSION);
    section.chart(progression::COMPARISON);
    section.list("Variants", &prose::variants(results));
    section.list(
        "Variants that are not offered",
        &prose::not_offered(results),
    );
    machine_code(analysis, &mut section);
    suites(analysis, &mut section);
    section.heading("Every workload");
    for table in [tables::times(analysis), tables::speedups(analysis)] {
        section.subtable(&table);
    }
    if let Some(table) = tables::steps(analysis) {
        section.subtable(&table);
    }
    if let Some(table) = tables::baseline(analysis) {
        section.table(&table);
    }
    section.chart("published.svg");
    instructions(analysis, &mut section);
    phases(analysis, &mut section);
    section.table(&tables::control(analysis));
    section.list("Failed cells", &prose::failures(results));
    section.heading("How to read this");
    text.push_str(&how_to_read(analysis));
    text
}

/// The fragment for a README: the headline, the progression and the baseline, with the charts
/// linked where `charts_folder` has them.
pub fn readme_fragment(results: &Results, charts_folder: &str) -> String {
    let analysis = Analysis::new(results);
    let mut text = facts(&analysis, &validity::reasons(&analysis));
    if let Some(headline) = results.workload_named(&results.experiment.headline) {
        let table = tables::progression(&analysis, headline);
        let _ = write!(text, "\n{}", table.markdown());
    }
    let charts = charts::all(&analysis).unwrap_or_default();
    let folder = charts_folder.trim_end_matches('/');
    let chart = |text: &mut String, file: &str| {
        if let Some(chart) = charts.iter().find(|chart| chart.file == file) {
            let description = markdown_text(&chart.description);
            let _ = write!(text, "\n![{description}]({folder}/{file})\n");
        }
    };
    chart(&mut text, progression::PROGRESSION);
    chart(&mut text, progression::COMPARISON);
    if let Some(table) = tables::baseline(&analysis) {
        let _ = write!(text, "\n{}", table.markdown());
    }
    chart(&mut text, "published.svg");
    text
}

/// The tables for a terminal of this width, in colour or not: the headline, the progression, every
/// workload, the baseline and the remarks on the phases. The rest is in the report.
pub fn terminal_tables(results: &Results, width: u16, color: bool) -> String {
    let analysis = Analysis::new(results);
    let invalid = validity::reasons(&analysis);
    let headline = crate::format::printable(&prose::headline(&analysis, &invalid));
    let mut blocks =
        vec![terminal::bold(terminal::wrap(&headline, width).trim_end(), color) + "\n"];
    let mut shown = Vec::new();
    if let Some(headline) = results.workload_named(&results.experiment.headline) {
        shown.push(tables::progression(&analysis, headline));
        shown.extend(tables::instructions(&analysis, headline));
        shown.extend(tables::three_way(&analysis, headline));
        shown.extend(tables::dispatching(&analysis, headline));
        shown.extend(tables::dispatch_code(results));
        shown.extend(tables::values(&analysis, headline));
    }
    shown.extend(tables::suite_speedups(&analysis));
    shown.extend(tables::suite_steps(&analysis));
    if results.workloads.len() > 1 {
        shown.push(tables::speedups(&analysis));
        shown.extend(tables::steps(&analysis));
    }
    shown.extend(tables::baseline(&analysis));
    blocks.extend(
        shown
            .iter()
            .map(|table| terminal::render(table, width, color)),
    );
    let facts = [
        ("A/A control: ", prose::control(&analysis)),
        (
            "Smallest detectable effect: ",
            prose::smallest_effect(&analysis),
        ),
        ("Host instructions: ", prose::host_counts(results)),
    ];
    let machine_code = prose::machine_code(results).map(|fact| ("Machine code: ", fact));
    let facts = facts.into_iter().chain(machine_code);
    let line = |text: &str| terminal::wrap(&crate::format::printable(text), width);
    let suites = prose::suites(&analysis);
    if !suites.is_empty() {
        blocks.push(suites.iter().map(|it| line(it)).collect());
    }
    blocks.push(
        facts
            .map(|(name, fact)| line(&format!("{name}{fact}")))
            .collect(),
    );
    for (name, facts) in [
        ("Not offered", prose::not_offered(results)),
        ("Failed", prose::failures(results)),
    ] {
        if !facts.is_empty() {
            let lines = facts.iter().map(|it| line(&format!("{name}: {it}")));
            blocks.push(lines.collect());
        }
    }
    blocks.join("\n")
}

/// What must be known before any figure is read.
fn facts(analysis: &Analysis<'_>, invalid: &[Invalid]) -> String {
    let results = analysis.results;
    let mut text = format!(
        "**{}**\n\n",
        markdown_text(&prose::headline(analysis, invalid))
    );
    let _ = write!(text, "{}\n\n", markdown_text(&results.experiment.question));
    let facts = [
        ("machine", prose::machine(results)),
        ("disturbance", prose::disturbance(results)),
        ("A/A control", prose::control(analysis)),
        (
            "smallest detectable effect",
            prose::smallest_effect(analysis),
        ),
        ("run", prose::run(results)),
        ("built", prose::tool(results)),
    ];
    for (name, fact) in facts {
        let _ = writeln!(text, "- {name}: {}", markdown_text(&fact));
    }
    let _ = writeln!(text, "- made by: {}", markdown_code(&results.command));
    text
}

/// Whether the suites lead to the same conclusions.
fn suites(analysis: &Analysis<'_>, section: &mut Section<'_>) {
    let sentences = prose::suites(analysis);
    let Some((first, others)) = sentences.split_first() else {
        return;
    };
    section.heading("Suites");
    section.paragraph(&markdown_text(first));
    section.list("", others);
    let tables = [
        tables::suite_speedups(analysis),
        tables::suite_steps(analysis),
    ];
    for table in tables.iter().flatten() {
        section.subtable(table);
    }
}

/// What is below the instructions: values, and how machine code dispatches.
fn machine_code(analysis: &Analysis<'_>, section: &mut Section<'_>) {
    let results = analysis.results;
    let headline = results.workload_named(&results.experiment.headline);
    if let Some(table) = headline.and_then(|it| tables::values(analysis, it)) {
        section.table(&table);
    }
    let Some(read) = prose::machine_code(results) else {
        return;
    };
    section.heading("Dispatch");
    section.paragraph(&markdown_text(&format!("Machine code: {read}")));
    let tables = [
        headline.and_then(|it| tables::dispatching(analysis, it)),
        tables::dispatch_code(results),
        // On a single workload it would only repeat the first.
        tables::dispatching_everywhere(analysis).filter(|_| results.workloads.len() > 1),
    ];
    for table in tables.iter().flatten() {
        section.subtable(table);
    }
}

fn instructions(analysis: &Analysis<'_>, section: &mut Section<'_>) {
    section.heading("Instructions and time");
    let host = prose::host_counts(analysis.results);
    section.paragraph(&markdown_text(&format!("Host instructions: {host}")));
    let tables = [
        tables::counts(analysis),
        tables::three_way_everywhere(analysis),
    ];
    for table in tables.iter().flatten() {
        section.subtable(table);
    }
}

fn phases(analysis: &Analysis<'_>, section: &mut Section<'_>) {
    let Some(table) = tables::phases(analysis) else {
        return;
    };
    section.heading("Phases");
    section.paragraph(
        "The source documents blame compilation for the losses on small programs. Their code never \
         timed it: it compiled outside the timed region, and built the virtual machine inside. Here \
         every phase is timed apart.",
    );
    section.list("", &prose::phase_remarks(analysis));
    section.body(&table);
    section.chart("phases.svg");
}

/// Appends the parts of a document.
struct Section<'a> {
    text: &'a mut String,
    charts: &'a [Chart],
}

impl Section<'_> {
    fn heading(&mut self, title: &str) {
        let _ = write!(self.text, "\n## {}\n\n", markdown_text(title));
    }

    fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.text, "{text}\n");
    }

    fn table(&mut self, table: &Table) {
        self.heading(&table.title);
        self.body(table);
    }

    fn subtable(&mut self, table: &Table) {
        let _ = write!(self.text, "### {}\n\n", markdown_text(&table.title));
        self.body(table);
        self.text.push('\n');
    }

    fn body(&mut self, table: &Table) {
        self.text.push_str(&table.markdown());
    }

    /// The chart of this name, if it was drawn.
    fn chart(&mut self, file: &str) {
        if let Some(chart) = self.charts.iter().find(|chart| chart.file == file) {
            let _ = write!(
                self.text,
                "\n![{}]({file})\n",
                markdown_text(&chart.description)
            );
        }
    }

    /// A list under its heading, or nothing if it is empty.
    fn list(&mut self, title: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        if !title.is_empty() {
            self.heading(title);
        }
        for item in items {
            let _ = writeln!(self.text, "- {}", markdown_text(item));
        }
        self.text.push('\n');
    }
}

/// Code in one line, fenced by more backticks than it holds in a row.
pub(crate) fn markdown_code(code: &str) -> String {
    let code = crate::format::printable(code);
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if code.starts_with('`') || code.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{code}{space}{fence}")
}
