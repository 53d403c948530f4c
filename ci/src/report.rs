//! What a check found, as tables for a terminal or a pull request, or as JSON.

use std::path::PathBuf;

use ci::comparison::{Comparison, Layer, Row, Verdict};
use ci::explanation::Difference;
use reports::counts::Key;
use reports::format;
use reports::markdown;
use reports::table::{Column, Table, Value};
use reports::terminal;
use serde_json::json;

use crate::outcome::{Invalid, Status};

/// Of so many changes the causes are shown; all of them are with `--all`.
const MOST_EXPLAINED: usize = 8;

/// What a check found.
#[derive(Default)]
pub(crate) struct Report {
    /// The layers that were compared.
    pub(crate) layers: Vec<LayerReport>,
    /// Why others were not.
    pub(crate) invalid: Vec<Invalid>,
    /// The baselines that were written.
    pub(crate) recorded: Vec<PathBuf>,
}

/// A layer that was compared.
pub(crate) struct LayerReport {
    pub(crate) comparison: Comparison,
    /// What the counts are exact for; those of the portable layer are for everything.
    pub(crate) key: Option<Key>,
}

impl Report {
    /// What it means for whoever asked. A regression is one even if another layer is INVALID.
    pub(crate) fn status(&self) -> Status {
        if self.layers.iter().any(|layer| !layer.comparison.passes()) {
            Status::Regressed
        } else if !self.invalid.is_empty() {
            Status::Invalid
        } else {
            Status::Good
        }
    }

    /// What was concluded, a line each.
    fn conclusions(&self) -> Vec<Line> {
        let layers = self.layers.iter().flat_map(LayerReport::conclusions);
        let invalid = self.invalid.iter().flat_map(|it| {
            [
                Line::Fact(it.statement()),
                Line::Instruction(it.instructions()),
            ]
        });
        let recorded = self.recorded.iter().map(|path| {
            let path = path.display();
            Line::Fact(format!("recorded {path}; commit it"))
        });
        let mut lines: Vec<Line> = layers.map(Line::Fact).chain(invalid).collect();
        // What is recorded now needs no advice.
        if self.recorded.is_empty() && self.layers.iter().any(LayerReport::has_advice) {
            lines.push(Line::Instruction(ADVICE.to_owned()));
        }
        lines.extend(recorded);
        lines
    }
}

/// A line of what was concluded.
enum Line {
    /// Words, which may quote others'.
    Fact(String),
    /// Words of this program's own, in which commands stand in backticks.
    Instruction(String),
}

const ADVICE: &str = "if this is meant, record it with the change that causes it: commit, run \
                      `ci/check --update`, and commit ci/baselines";

impl LayerReport {
    fn name(&self) -> &'static str {
        match self.comparison.layer {
            Layer::Counts => "portable counts",
            Layer::Host => "host instructions",
        }
    }

    fn has_advice(&self) -> bool {
        self.comparison.changes().next().is_some()
    }

    fn conclusions(&self) -> Vec<String> {
        let rows = self.comparison.rows.len();
        let name = self.name();
        let key = self
            .key
            .as_ref()
            .map_or_else(String::new, |key| format!(", key {key}"));
        let number = |verdict| {
            let rows = self.comparison.rows.iter();
            rows.filter(|row| row.verdict == verdict).count()
        };
        let found: Vec<String> = [
            Verdict::Regressed,
            Verdict::Changed,
            Verdict::New,
            Verdict::Gone,
            Verdict::Improved,
        ]
        .into_iter()
        .filter(|&verdict| number(verdict) > 0)
        .map(|verdict| format!("{} {verdict}", number(verdict)))
        .collect();
        let same = match self.comparison.layer {
            Layer::Counts => "equal",
            Layer::Host => "the same within their tolerance",
        };
        let line = if found.is_empty() {
            format!("ok: {name}: {rows} compared, all {same}{key}")
        } else {
            let label = if self.comparison.passes() {
                "ok"
            } else {
                "FAILED"
            };
            format!(
                "{label}: {name}: {rows} compared, {}{key}",
                found.join(", ")
            )
        };
        vec![line]
    }

    /// The rows that are shown.
    fn shown(&self, all: bool) -> Vec<&Row> {
        let rows = self.comparison.rows.iter();
        rows.filter(|row| all || row.verdict != Verdict::Same)
            .collect()
    }

    /// The changes whose causes are shown: the largest, by their ratio.
    fn explained(&self, all: bool) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self
            .comparison
            .changes()
            .filter(|row| !row.causes.is_empty())
            .collect();
        if !all && rows.len() > MOST_EXPLAINED {
            let size = |row: &Row| row.percent().unwrap_or(f64::INFINITY).abs();
            rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
            rows.truncate(MOST_EXPLAINED);
        }
        rows
    }

    fn table(&self, rows: &[&Row]) -> Table {
        let row = |row: &&Row| {
            vec![
                Value::Text(row.quantity.to_string()),
                Value::Text(row.variant.clone()),
                Value::Text(row.workload.clone()),
                Value::or_absent(row.old, Value::Count),
                Value::or_absent(row.new, Value::Count),
                Value::or_absent(row.percent(), |percent| Value::Text(percents(percent))),
                Value::Text(row.verdict.to_string()),
            ]
        };
        Table {
            title: format!("{} beside their baseline", self.name()),
            columns: vec![
                Column::words("count"),
                Column::words("engine"),
                Column::words("workload"),
                Column::figures("old").optional(),
                Column::figures("new").optional(),
                Column::figures("change"),
                Column::words("verdict"),
            ],
            rows: rows.iter().map(row).collect(),
            notes: Vec::new(),
        }
    }

    /// The causes of a change; names are cut to `width` characters.
    fn causes(&self, row: &Row, width: usize) -> Table {
        let what = match self.comparison.layer {
            Layer::Counts => "opcode",
            Layer::Host => "function",
        };
        let cause = |difference: &Difference| {
            vec![
                Value::Text(cut(&difference.name, width)),
                Value::or_absent(difference.old, Value::Count),
                Value::or_absent(difference.new, Value::Count),
                Value::Text(growth(difference.growth())),
            ]
        };
        Table {
            title: format!(
                "{} of {} on {}, by {what}",
                row.quantity, row.variant, row.workload
            ),
            columns: vec![
                Column::words(what),
                Column::figures("old").optional(),
                Column::figures("new").optional(),
                Column::figures("difference"),
            ],
            rows: row.causes.iter().map(cause).collect(),
            notes: Vec::new(),
        }
    }
}

/// The report for a terminal of this width.
pub(crate) fn terminal(report: &Report, all: bool, width: u16, color: bool) -> String {
    /// What the figures beside a name need.
    const FIGURES: u16 = 52;
    let mut text = String::new();
    for layer in &report.layers {
        let rows = layer.shown(all);
        if !rows.is_empty() {
            text.push_str(&terminal::render(&layer.table(&rows), width, color));
            text.push('\n');
        }
        for row in layer.explained(all) {
            let names = usize::from(width.saturating_sub(FIGURES).max(24));
            let causes = layer.causes(row, names);
            text.push_str(&terminal::render(&causes, width, color));
            text.push('\n');
        }
    }
    for line in report.conclusions() {
        let (Line::Fact(words) | Line::Instruction(words)) = line;
        text.push_str(&terminal::wrap(&words, width));
    }
    text
}

/// The report for a pull request.
pub(crate) fn markdown(report: &Report, all: bool) -> String {
    let verdict = match report.status() {
        _ if !report.recorded.is_empty() => "recorded",
        Status::Good => "nothing is slower",
        Status::Regressed => "regressed",
        Status::Invalid => "INVALID",
    };
    let mut text = format!("## Instruction counts: {verdict}\n\n");
    for line in report.conclusions() {
        let words = match line {
            Line::Fact(words) => markdown::text(&words),
            Line::Instruction(words) => markdown::instruction(&words),
        };
        text.push_str(&format!("- {words}\n"));
    }
    for layer in &report.layers {
        let rows = layer.shown(all);
        if !rows.is_empty() {
            text.push_str(&format!("\n### {}\n\n", layer.name()));
            text.push_str(&markdown::table(&layer.table(&rows)));
        }
        for row in layer.explained(all) {
            let causes = layer.causes(row, usize::MAX);
            text.push_str(&format!("\n**{}**\n\n", markdown::text(&causes.title)));
            text.push_str(&markdown::table(&causes));
        }
    }
    text
}

/// The report for machines.
///
/// # Errors
/// If it can't be written as JSON.
pub(crate) fn json(report: &Report, all: bool) -> serde_json::Result<String> {
    let layers: Vec<_> = report
        .layers
        .iter()
        .map(|layer| {
            json!({
                "layer": layer.comparison.layer,
                "key": layer.key.as_ref().map(ToString::to_string),
                "compared": layer.comparison.rows.len(),
                "passes": layer.comparison.passes(),
                "rows": layer.shown(all),
            })
        })
        .collect();
    let status = match report.status() {
        Status::Good => "good",
        Status::Regressed => "regressed",
        Status::Invalid => "invalid",
    };
    let value = json!({
        "status": status,
        "layers": layers,
        "invalid": report.invalid,
        "recorded": report.recorded,
    });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// A change in per cent; a small one keeps the digits by which it isn't nothing.
fn percents(percent: f64) -> String {
    const DECIMALS: usize = 2;
    const MOST_DECIMALS: usize = 6;
    let decimals = (DECIMALS..MOST_DECIMALS)
        .find(|&decimals| percent.abs() * 10_f64.powi(decimals as i32) >= 1.0)
        .unwrap_or(if percent == 0.0 {
            DECIMALS
        } else {
            MOST_DECIMALS
        });
    format::signed_percent(percent, decimals)
}

/// A difference with its sign.
fn growth(growth: i128) -> String {
    let size = u64::try_from(growth.unsigned_abs()).unwrap_or(u64::MAX);
    let sign = if growth < 0 { '−' } else { '+' };
    format!("{sign}{}", format::count(size))
}

/// A name of at most so many characters, its middle left out: the ends tell functions apart.
fn cut(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    let head = most / 3;
    let tail = most - head - 1;
    let start: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use ci::comparison::Quantity;
    use reports::schema::Measure;

    use super::*;

    fn row(old: Option<u64>, new: Option<u64>, verdict: Verdict) -> Row {
        Row {
            quantity: Quantity::Instructions(Measure::Run),
            variant: "stack".to_owned(),
            workload: "fibonacci".to_owned(),
            old,
            new,
            verdict,
            causes: vec![Difference {
                name: "<a::very::long::name as of::some::Function>::that_changed".to_owned(),
                old: Some(1000),
                new: Some(3000),
            }],
        }
    }

    fn report(rows: Vec<Row>, layer: Layer) -> Report {
        Report {
            layers: vec![LayerReport {
                comparison: Comparison { layer, rows },
                key: None,
            }],
            ..Report::default()
        }
    }

    #[test]
    fn the_status_is_the_worst_that_was_found_out() {
        let same = row(Some(1), Some(1), Verdict::Same);
        let less = row(Some(2), Some(1), Verdict::Improved);
        let more = row(Some(1), Some(2), Verdict::Regressed);
        let status = |row: &Row, layer| report(vec![row.clone()], layer).status();
        assert_eq!(status(&same, Layer::Host), Status::Good);
        assert_eq!(status(&less, Layer::Host), Status::Good);
        assert_eq!(status(&less, Layer::Counts), Status::Regressed);
        assert_eq!(status(&more, Layer::Host), Status::Regressed);
        let mut invalid = report(vec![more], Layer::Host);
        let reason = Invalid::new(anyhow::anyhow!("no valgrind"), "run `it`");
        invalid.invalid.push(reason);
        assert_eq!(invalid.status(), Status::Regressed);
        invalid.layers.clear();
        assert_eq!(invalid.status(), Status::Invalid);
        // Whatever it is written for, it says what to do.
        let text = terminal(&invalid, false, 100, false);
        assert_eq!(text, "INVALID: no valgrind.\nWhat to do: run `it`.\n");
        let text = markdown(&invalid, false);
        assert!(text.ends_with("- INVALID: no valgrind.\n- What to do: run `it`.\n"));
        let value: serde_json::Value =
            serde_json::from_str(&json(&invalid, false).unwrap()).unwrap();
        assert_eq!(
            value["invalid"],
            json!([{"reason": "no valgrind", "advice": "run `it`"}])
        );
    }

    #[test]
    fn nothing_changed_is_one_line() {
        let report = report(vec![row(Some(7), Some(7), Verdict::Same)], Layer::Counts);
        let text = terminal(&report, false, 100, false);
        assert_eq!(text, "ok: portable counts: 1 compared, all equal\n");
        assert!(terminal(&report, true, 100, false).contains("run instructions"));
    }

    #[test]
    fn a_change_is_shown_with_its_causes_at_any_width() {
        let report = report(
            vec![row(Some(1_000_000), Some(1_002_000), Verdict::Regressed)],
            Layer::Host,
        );
        for width in [60, 80, 100, 200] {
            let text = terminal(&report, false, width, false);
            for part in [
                "stack",
                "fibonacci",
                "+0.20 %",
                "regressed",
                "that_changed",
                "+2,000",
            ] {
                assert!(text.contains(part), "{width}: no {part} in\n{text}");
            }
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(usize::from(width)), "{width}:\n{text}");
        }
        let text = markdown(&report, false);
        for part in ["regressed", "| 1,000,000 | 1,002,000 | +0.20 % |", "<a::"] {
            assert!(
                text.contains(&part.replace('<', "&lt;")),
                "no {part} in\n{text}"
            );
        }
        let value: serde_json::Value =
            serde_json::from_str(&json(&report, false).unwrap()).unwrap();
        assert_eq!(value["status"], "regressed");
        assert_eq!(value["layers"][0]["rows"][0]["new"], 1_002_000);
    }

    #[test]
    fn small_changes_are_not_nothing() {
        assert_eq!(percents(0.0), "+0.00 %");
        assert_eq!(percents(0.2), "+0.20 %");
        assert_eq!(percents(-0.0004), "−0.0004 %");
        assert_eq!(percents(12.345), "+12.35 %");
    }
}
