//! A comparison in words and tables, for a terminal and as markdown.

use super::{
    Basis, BetweenRuns, Cell, ChangedCount, Code, Compared, Comparison, Finding, Invalid,
    MIN_CONTROLS, Side,
};
use crate::document::{Block, Content, Level, Place, Places, REPORT_AND_TERMINAL, listed, titled};
use crate::format::{self, Detail};
use crate::schema::Layouts;
use crate::stats::CONFIDENCE;
use crate::table::{Column, Table, Value};
use crate::{markdown, terminal, validity};

pub(super) fn terminal(comparison: &Comparison, width: u16, color: bool) -> String {
    terminal::document(&blocks(comparison), width, color)
}

pub(super) fn markdown(comparison: &Comparison) -> String {
    markdown::render(&blocks(comparison), Place::Report, "")
}

fn blocks(comparison: &Comparison) -> Vec<Block> {
    const PLACES: Places = REPORT_AND_TERMINAL;
    let mut blocks = vec![Block::new(Content::Headline(headline(comparison)), PLACES)];
    let advice = comparison.invalid.iter().map(Invalid::advice);
    blocks.extend(validity::advice(advice, PLACES));
    blocks.push(Block::list(facts(comparison), PLACES));
    let tables = workload_tables(comparison).chain(suite_table(comparison));
    blocks.extend(tables.flat_map(|table| titled(Level::Part, table, PLACES)));
    blocks.push(Block::paragraph(counts(comparison), PLACES));
    let tables = count_tables(comparison);
    blocks.extend(tables.flat_map(|table| titled(Level::Part, table, PLACES)));
    let left_out = comparison.left_out.iter().map(ToString::to_string);
    blocks.extend(listed(Level::Part, "Not compared", PLACES, left_out));
    if !comparison.cells.is_empty() {
        let remarks = remarks(comparison).into_iter();
        blocks.extend(remarks.map(|it| Block::paragraph(it, PLACES)));
    }
    blocks
}

/// What was found, in a sentence; or why it is not to be trusted.
fn headline(comparison: &Comparison) -> String {
    if comparison.invalid.is_empty() {
        return finding(comparison);
    }
    // Drift is what was found, so what was found is said with it.
    let drift = matches!(comparison.invalid[..], [Invalid::Drift { .. }]);
    let has_figures = !comparison.cells.is_empty();
    let invalid = validity::statement(&comparison.invalid, has_figures && !drift);
    if drift {
        format!("{invalid} {}", finding(comparison))
    } else {
        invalid
    }
}

fn finding(comparison: &Comparison) -> String {
    let how_many = |verdict| {
        let cells = comparison.cells.iter();
        cells
            .filter(|cell| cell.compared.verdict == verdict)
            .count()
    };
    // Without any cell of the same code, nothing could have been found to drift.
    let drifts = comparison
        .cells
        .iter()
        .any(|it| it.compared.code == Code::Same);
    let found = Finding::ALL.into_iter();
    let others = comparison.cells.iter();
    let others = others.filter(|it| it.compared.code != Code::Same).count();
    let unknown = others > 0 && !comparison.between_runs.is_known();
    let corrected = comparison.between_runs.family > 0;
    let found = found.filter(|it| match it {
        Finding::DriftBetweenRuns => drifts,
        Finding::CantTellBetweenRuns => unknown,
        Finding::FasterUncorrected | Finding::SlowerUncorrected => corrected || how_many(*it) > 0,
        _ => true,
    });
    let counts: Vec<String> = found
        .map(|verdict| format!("{} {verdict}", how_many(verdict)))
        .collect();
    let cells = match comparison.cells.len() {
        1 => "1 cell".to_owned(),
        cells => format!("{cells} cells"),
    };
    let of = match comparison.basis {
        Basis::Times => "",
        Basis::Ratios => ", against the reference",
    };
    let finding = format!("New against old, {cells}{of}: {}.", counts.join(", "));
    match reference_moved(comparison) {
        Some(moved) => format!("{finding} {moved}"),
        None => finding,
    }
}

/// A warning where the reference's own times are others: more often the machine's doing than a
/// commit's.
fn reference_moved(comparison: &Comparison) -> Option<String> {
    let reference = &comparison.old.reference;
    let of = |variant: &String, compared| (variant == reference).then_some(compared)?;
    let suite = comparison.suite.iter();
    let cells = comparison.cells.iter();
    let moved: &Compared = suite
        .filter_map(|cell| of(&cell.variant, cell.compared.as_ref()))
        .chain(cells.filter_map(|cell| of(&cell.variant, Some(&cell.compared))))
        .next()?;
    let (speedup, verdict) = (moved.speedup.0, moved.verdict);
    matches!(verdict, Finding::Faster | Finding::Slower).then(|| {
        format!(
            "The reference itself, {reference}, is {verdict} ({}): if nothing of it was changed, the \
             machine was, and --ratios is the better comparison.",
            format::step(&speedup, Detail::Full)
        )
    })
}

/// What must be known before any figure is read.
fn facts(comparison: &Comparison) -> Vec<String> {
    let Comparison { old, new, .. } = comparison;
    let mut facts = vec![
        format!("old: {}", side(old)),
        format!("new: {}", side(new)),
        format!("measure: {}", comparison.measure),
    ];
    if old.machine == new.machine {
        facts.push(format!("machine: {}", old.machine));
    }
    facts.push(between_runs(comparison));
    let differences = comparison.differences.iter();
    facts.extend(differences.map(|difference| format!("differs: {difference}")));
    if comparison.same_run {
        facts.push("Both files hold the same run, so each ratio is 1 by itself.".to_owned());
    }
    facts
}

/// How far the runs differ by themselves, and what that means for the verdicts.
fn between_runs(comparison: &Comparison) -> String {
    let BetweenRuns {
        controls,
        percent,
        repeated,
        ..
    } = comparison.between_runs;
    if repeated {
        let told = "between runs: each file holds several, and intervals are over them";
        return format!("{told}{}", corrected(&comparison.between_runs));
    }
    let cells = format::counted(controls, "cell");
    match percent {
        Some(percent) => format!(
            "between runs: {cells} of the same code differ by up to {percent:.1} %; every other interval \
             reaches as far to each side{}",
            corrected(&comparison.between_runs)
        ),
        None => format!(
            "between runs: unknown, from {cells} of the same code ({MIN_CONTROLS} would tell), so no \
             verdict on other code"
        ),
    }
}

/// That verdicts are corrected; and if so few values can't tell anything then, that.
fn corrected(between_runs: &BetweenRuns) -> String {
    let family = between_runs.family;
    let verdicts = format::counted(family, "verdict");
    match (family, between_runs.can_tell) {
        (0, _) => String::new(),
        (_, true) => format!("; {verdicts} corrected together"),
        (_, false) => format!(
            "; {verdicts} corrected together, which takes {}: faster? and slower? are what an interval says \
             alone",
            between_runs.needed()
        ),
    }
}

fn side(side: &Side) -> String {
    let commit = match (&side.tool.commit, side.tool.dirty) {
        (Some(commit), false) => format!("commit {commit}"),
        (Some(commit), true) => format!("commit {commit} with changes"),
        (None, _) => "commit unknown".to_owned(),
    };
    format!(
        "{}: {commit}, {} of {}, {}",
        side.file,
        side.rounds_done,
        format::counted(side.rounds_planned as usize, "round"),
        side.started
    )
}

/// A table for each workload.
fn workload_tables(comparison: &Comparison) -> impl Iterator<Item = Table> {
    let by_workload = comparison
        .cells
        .chunk_by(|one, other| one.workload == other.workload);
    by_workload.map(|cells: &[Cell]| {
        let rows = cells.iter();
        figures(
            comparison,
            cells[0].title.clone(),
            rows.map(|cell| (cell.variant.as_str(), Some(&cell.compared))),
        )
    })
}

fn suite_table(comparison: &Comparison) -> Option<Table> {
    if comparison.suite.is_empty() {
        return None;
    }
    let rows = comparison.suite.iter();
    let mut table = figures(
        comparison,
        format!(
            "Geometric mean over {} workloads",
            comparison.suite_workloads.len()
        ),
        rows.map(|cell| (cell.variant.as_str(), cell.compared.as_ref())),
    );
    if comparison.suite.iter().any(|cell| cell.compared.is_none()) {
        table.notes = vec!["—: not every workload of the suite has the variant.".to_owned()];
    }
    Some(table)
}

fn figures<'a>(
    comparison: &Comparison,
    title: String,
    rows: impl Iterator<Item = (&'a str, Option<&'a Compared>)>,
) -> Table {
    let (old, new) = match comparison.basis {
        Basis::Times => ("old".to_owned(), "new".to_owned()),
        Basis::Ratios => {
            let reference = &comparison.old.reference;
            (
                format!("old vs. {reference}"),
                format!("new vs. {reference}"),
            )
        }
    };
    let figure = |figure: Option<f64>| {
        Value::or_absent(figure, |figure| match comparison.basis {
            Basis::Times => Value::PlainTime(figure),
            Basis::Ratios => Value::Ratio(format::exactly(figure)),
        })
    };
    let row = |(variant, compared): (&str, Option<&Compared>)| {
        let speedup = compared.map(|it| it.speedup.0);
        vec![
            Value::Text(variant.to_owned()),
            figure(compared.map(|it| it.old)),
            figure(compared.map(|it| it.new)),
            Value::or_absent(speedup, Value::Step),
            Value::or_absent(compared, |it| Value::Text(it.verdict.to_string())),
        ]
    };
    Table {
        title,
        columns: vec![
            Column::words("variant"),
            Column::figures(old).optional(),
            Column::figures(new).optional(),
            Column::figures("speedup"),
            Column::words("verdict"),
        ],
        rows: rows.map(row).collect(),
        notes: Vec::new(),
    }
}

/// How many of the exact counts are what they were.
fn counts(comparison: &Comparison) -> String {
    let changed = comparison.changed_counts.len();
    match (changed, comparison.counts_compared) {
        (_, 0) => "The runs have no exact counts in common.".to_owned(),
        (0, 1) => "The one exact count that both runs have is unchanged.".to_owned(),
        (0, compared) => format!(
            "All {compared} exact counts that both runs have are unchanged: the same work was done."
        ),
        (changed, compared) => {
            format!(
                "Changed: {changed} of the {compared} exact counts that both runs have; where none \
                 changed, the same work was done."
            )
        }
    }
}

/// The exact counts that differ, a table for each workload that has any.
fn count_tables(comparison: &Comparison) -> impl Iterator<Item = Table> {
    let by_workload = comparison
        .changed_counts
        .chunk_by(|one, other| one.workload == other.workload);
    by_workload.map(|changed: &[ChangedCount]| {
        let row = |count: &ChangedCount| {
            let percent = |change| Value::Text(format::signed_percent(change, 2));
            vec![
                Value::Text(format!("{}: {}", count.variant, count.count)),
                Value::Count(count.old),
                Value::Count(count.new),
                Value::or_absent(count.change_percent, percent),
            ]
        };
        Table {
            title: format!("Changed counts on {}", changed[0].workload),
            columns: vec![
                Column::words("count"),
                Column::figures("old"),
                Column::figures("new"),
                Column::figures("change"),
            ],
            rows: changed.iter().map(row).collect(),
            notes: Vec::new(),
        }
    })
}

/// What is known of comparisons of two runs as such.
const BETWEEN_RUNS: &str = "Two runs of one commit differed by 2 to 3 % in 12 of 45 cells, so a difference \
                            of that size between two runs tells nothing by itself of a change of code; one \
                            run of both builds, side by side, does.";

/// What could differ between the runs and is in no interval.
fn not_covered(comparison: &Comparison) -> String {
    let BetweenRuns { repeated, .. } = comparison.between_runs;
    let known = comparison.between_runs.is_known();
    let besides = match (comparison.basis, repeated, known) {
        (_, true, _) => Some("what one file's runs have in common and the other's haven't"),
        (_, false, true) => Some("what changed between the runs for some cells and no control"),
        (Basis::Times, false, false) => Some(
            "what changed besides the engines, such as a slow drift of the machine, between the runs or \
             within them, or where the system put a process's memory",
        ),
        (Basis::Ratios, false, false) => None,
    };
    let favour = "that machines may favour one variant over another";
    let favour = (comparison.basis == Basis::Ratios).then_some(favour);
    let is_fixed = |side: &Side| side.layouts != Some(Layouts::EachRound);
    let layout = match (is_fixed(&comparison.old), is_fixed(&comparison.new)) {
        (false, false) => None,
        (true, true) => Some("another build's layout of code, of which each run had one"),
        (true, false) => Some("the layout of code in the old run, which had one"),
        (false, true) => Some("the layout of code in the new run, which had one"),
    };
    let parts: Vec<&str> = [besides, favour, layout].into_iter().flatten().collect();
    let not_covered = format!("Not covered: {}.", parts.join("; "));
    match known {
        true => not_covered,
        false => format!("{not_covered} {BETWEEN_RUNS}"),
    }
}

/// What the intervals say, and what they don't.
fn remarks(comparison: &Comparison) -> Vec<String> {
    let ratio = match comparison.basis {
        Basis::Times => "old time / new time".to_owned(),
        Basis::Ratios => format!(
            "new / old, of the speedups over {} within the rounds of each run",
            comparison.old.reference
        ),
    };
    let mut remarks = vec![format!(
        "speedup: {ratio}; above 1× or +0 % the new run is faster. In brackets a 95 % interval for the \
         shift between two independent samples (Hodges-Lehmann, by the ranks of Mann and \
         Whitney).{}",
        chance(comparison)
    )];
    remarks.push(match comparison.basis {
        Basis::Times => format!(
            "{} {} Where the reference is the same in both, --ratios cancels drift of the whole machine.",
            not_covered(comparison),
            hints(comparison)
        ),
        Basis::Ratios => format!("{} {}", not_covered(comparison), hints(comparison)),
    });
    remarks
}

/// How many of the intervals may be off without anything being so, and that verdicts allow for it.
fn chance(comparison: &Comparison) -> String {
    let intervals = comparison.cells.len();
    let expected = ((1.0 - CONFIDENCE) * intervals as f64).round();
    let chance = match expected < 1.0 {
        true => String::new(),
        false => format!(" Of {intervals} such intervals, chance puts about {expected} off."),
    };
    match comparison.between_runs.family {
        0 => chance,
        family => format!(
            "{chance} Faster and slower stand where that is a surprise among all {family} that are judged \
             (Holm), faster? and slower? where an interval alone says so."
        ),
    }
}

/// How still each machine stood during its run: no more than a hint for the time between the runs.
fn hints(comparison: &Comparison) -> String {
    let each = |figure: fn(&Side) -> Option<f64>| {
        let change = |ratio| format::small_change(&format::exactly(ratio), Detail::Full);
        let one = |side| figure(side).map_or("unknown".to_owned(), change);
        format!(
            "{} in the old run, {} in the new one",
            one(&comparison.old),
            one(&comparison.new)
        )
    };
    let controls = each(|side| side.control);
    let drifts = each(|side| side.drift);
    format!(
        "Hints: the reference differs from itself by {controls} (A/A control, within rounds); from a \
         run's first half to its second, its speed changed by {drifts}."
    )
}
