//! Documents for a terminal of a given width.
//!
//! Of a table, what doesn't fit is left out in order of its weight: first the intervals move below
//! their medians, then the optional columns go, then the intervals, and a line says so; what is still
//! too wide is cut into blocks of columns, one below the other, or else each row becomes a paragraph.
//! Cells that may be broken between words are, before anything is left out. No word and no figure is
//! ever broken.

use comfy_table::presets::NOTHING;
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle,
    Table as Grid,
};

use crate::document::{Block, Content, Entry, Place, Span, shown};
use crate::format::{Detail, printable};
use crate::stats::Verdict;
use crate::table::{Column, Table, Value};

/// The narrowest terminal that is catered for, in columns.
pub const MIN_WIDTH: u16 = 40;

/// What verdicts say where there is no room for words.
const BRIEF_VERDICTS: &str = "same, ≈: within ±1 %; ?: can't tell";

/// What a document says on a terminal of this width, in colour or not.
pub fn document(blocks: &[Block], width: u16, color: bool) -> String {
    let mut text = String::new();
    let mut before: Option<&Content> = None;
    for content in shown(blocks, Place::Terminal) {
        let joined = matches!(
            (before, content),
            (None | Some(Content::Heading(..)), _) | (Some(Content::List(_)), Content::List(_))
        );
        if !joined {
            text.push('\n');
        }
        before = Some(content);
        text.push_str(&block(content, width, color));
    }
    text
}

fn block(content: &Content, width: u16, color: bool) -> String {
    let line = |text: &str| wrap(&printable(text), width);
    match content {
        Content::Heading(_, words) | Content::Headline(words) => {
            bold(line(words).trim_end(), color) + "\n"
        }
        Content::Paragraph(words) => line(words),
        Content::List(entries) => entries.iter().map(|it| line(&plain(it))).collect(),
        Content::Table(table) => body(table, width, color),
        // There are no pictures.
        Content::Chart(_) => String::new(),
    }
}

fn plain(entry: &Entry) -> String {
    let words = entry.iter().map(|span| match span {
        Span::Plain(words) | Span::Term(words) => words.clone(),
        // Where all letters are of one kind, it must be told from words.
        Span::Code(words) => format!("`{words}`"),
    });
    words.collect()
}

/// The table below its title, at most `width` columns wide (at least [`MIN_WIDTH`]), in colour or
/// not, with a line feed at the end.
pub fn render(table: &Table, width: u16, color: bool) -> String {
    let title = wrap(&printable(&table.title), width);
    format!(
        "{}\n{}",
        bold(title.trim_end(), color),
        body(table, width, color)
    )
}

/// The table without its title.
fn body(table: &Table, width: u16, color: bool) -> String {
    let width = width.max(MIN_WIDTH);
    let essential = select(table, |_, column| !column.optional);
    let attempts = [
        (table, Detail::Full),
        (table, Detail::Stacked),
        (&essential, Detail::Full),
        (&essential, Detail::Stacked),
        (table, Detail::Brief),
        (&essential, Detail::Brief),
    ];
    let fitting = attempts.into_iter().find_map(|(shown, detail)| {
        let grid = grid(shown, detail, color);
        Some((fitted(grid, shown, width)?, shown, detail))
    });
    let (mut text, shown, detail) = match fitting {
        Some((grid, shown, detail)) => (grid.trim_fmt() + "\n", shown, detail),
        None => {
            let text =
                blocks(&essential, width, color).unwrap_or_else(|| records(&essential, width));
            (text, &essential, Detail::Brief)
        }
    };

    let judged = |value: &Value| matches!(value, Value::JudgedStep(..) | Value::Judgement(_));
    if detail == Detail::Brief && table.rows.iter().flatten().any(judged) {
        text.push_str(&wrap(BRIEF_VERDICTS, width));
    }
    text.push_str(&left_out(table, shown, detail).map_or_else(String::new, |it| wrap(&it, width)));
    for note in &table.notes {
        text.push_str(&wrap(&printable(note), width));
    }
    text
}

/// What there was no room for.
fn left_out(table: &Table, shown: &Table, detail: Detail) -> Option<String> {
    let mut lacking = Vec::new();
    match table.columns.len() - shown.columns.len() {
        0 => {}
        1 => lacking.push("1 column".to_owned()),
        columns => lacking.push(format!("{columns} columns")),
    }
    let is_shorter = |value: &Value| {
        let has_interval = |detail| value.render(detail).contains('[');
        has_interval(Detail::Full) && !has_interval(Detail::Brief)
    };
    if detail == Detail::Brief && shown.rows.iter().flatten().any(is_shorter) {
        lacking.push("the intervals".to_owned());
    }
    (!lacking.is_empty()).then(|| format!("Left out for want of width: {}.", lacking.join(", ")))
}

/// The grid, if it fits, or can be made to fit by breaking cells between words.
fn fitted(mut grid: Grid, table: &Table, width: u16) -> Option<Grid> {
    /// The least room for a cell that may be broken, unless it holds a longer word.
    const LEAST: u16 = 24;
    if natural_width(&grid) <= width {
        return Some(grid);
    }
    let widths = grid.column_max_content_widths();
    let least: Vec<u16> = (0..widths.len())
        .map(|index| longest_word(table, index).max(LEAST))
        .collect();
    let may_break = |index: usize| table.columns[index].wrapped && widths[index] > least[index];
    let saved = |index: usize| may_break(index).then(|| widths[index] - least[index]);
    let saved: u16 = (0..widths.len()).filter_map(saved).sum();
    if natural_width(&grid) - saved > width {
        return None;
    }
    for (index, least) in least.iter().enumerate() {
        let constraint = match may_break(index) {
            // Its padding belongs to it here.
            true => ColumnConstraint::LowerBoundary(comfy_table::Width::Fixed(least + 2)),
            false => ColumnConstraint::ContentWidth,
        };
        grid.column_mut(index)?.set_constraint(constraint);
    }
    grid.set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    Some(grid)
}

/// What a column's longest word takes.
fn longest_word(table: &Table, index: usize) -> u16 {
    let heading = printable(&table.columns[index].heading);
    let cells = table.rows.iter().map(|row| row[index].render(Detail::Full));
    let longest = |text: String| text.split_whitespace().map(|it| it.chars().count()).max();
    let longest = cells.chain([heading]).filter_map(longest).max();
    u16::try_from(longest.unwrap_or(0)).unwrap_or(u16::MAX)
}

/// As many leading columns as fit, and below them the others, each block with the first column; none
/// if a single one doesn't fit beside the first, its cells broken between words where they may be.
fn blocks(table: &Table, width: u16, color: bool) -> Option<String> {
    let mut blocks = Vec::new();
    let mut from = 1;
    while from < table.columns.len() {
        let kept = |to: usize| select(table, |index, _| index == 0 || (from..to).contains(&index));
        let block = |to: usize| grid(&kept(to), Detail::Brief, color);
        let fitting = (from + 1..=table.columns.len())
            .take_while(|&to| natural_width(&block(to)) <= width)
            .last()
            .unwrap_or(from + 1);
        let grid = fitted(block(fitting), &kept(fitting), width)?;
        blocks.push(grid.trim_fmt() + "\n");
        from = fitting;
    }
    (!blocks.is_empty()).then(|| blocks.join("\n"))
}

/// Each row as a paragraph: its first cell, and below it each other one with its heading.
fn records(table: &Table, width: u16) -> String {
    let record = |row: &Vec<Value>| {
        let mut text = String::new();
        for (index, (value, column)) in row.iter().zip(&table.columns).enumerate() {
            let value = value.render(Detail::Brief);
            if value.is_empty() {
                continue;
            }
            text.push_str(&match index {
                0 => wrap(&value, width),
                _ => wrap(&format!("{}: {value}", printable(&column.heading)), width),
            });
        }
        text
    };
    let records: Vec<String> = table.rows.iter().map(record).collect();
    records.join("\n")
}

/// Text broken at spaces into lines of at most `width` characters, longer words excepted.
pub fn wrap(text: &str, width: u16) -> String {
    let width = usize::from(width.max(MIN_WIDTH));
    let mut wrapped = String::new();
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            wrapped.push('\n');
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += length;
    }
    wrapped.push('\n');
    wrapped
}

/// Text in bold, where colours are wanted.
pub fn bold(text: &str, color: bool) -> String {
    if color {
        format!("\x1b[1m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// The table with only some of its columns.
fn select(table: &Table, kept: impl Fn(usize, &Column) -> bool) -> Table {
    let kept: Vec<usize> = (0..table.columns.len())
        .filter(|&index| kept(index, &table.columns[index]))
        .collect();
    let row = |row: &Vec<Value>| kept.iter().map(|&index| row[index].clone()).collect();
    Table {
        title: table.title.clone(),
        columns: kept
            .iter()
            .map(|&index| table.columns[index].clone())
            .collect(),
        rows: table.rows.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn grid(table: &Table, detail: Detail, color: bool) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(NOTHING.header_separator(LineStyle::none().fill('─')));
    grid.set_content_arrangement(ContentArrangement::Disabled);
    if color {
        grid.enforce_styling();
    } else {
        grid.force_no_tty();
    }
    let align = |cell: Cell, column: &Column| {
        cell.set_alignment(if column.words {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        })
    };
    let heading = |column: &Column| match detail {
        Detail::Full => printable(&column.heading),
        Detail::Stacked | Detail::Brief => broken(&printable(&column.heading)),
    };
    grid.set_header(
        table
            .columns
            .iter()
            .map(|column| align(Cell::new(heading(column)), column)),
    );
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns);
        grid.add_row(cells.map(|(value, column)| {
            align(highlight(Cell::new(value.render(detail)), value), column)
        }));
    }
    grid
}

/// Colours say nothing that the words don't.
fn highlight(cell: Cell, value: &Value) -> Cell {
    let verdict = match value {
        Value::Judgement(judgement) | Value::JudgedStep(_, judgement) => judgement.verdict(),
        Value::Seen(seen) => seen.time,
        Value::Failed => return cell.fg(Color::Red).add_attribute(Attribute::Bold),
        _ => return cell,
    };
    match verdict {
        Verdict::Faster => cell.fg(Color::Green),
        Verdict::Slower => cell.fg(Color::Red),
        Verdict::Same => cell,
        Verdict::CantTell => cell.fg(Color::Yellow),
    }
}

/// A heading on several short lines: `hash-`, `access`, `(100)`; `host`, `/ dispatched`.
fn broken(heading: &str) -> String {
    heading
        .replace('-', "-\n")
        .replace('(', "\n(")
        .replace(' ', "\n")
        .replace("\n/\n", "\n/ ")
}

fn natural_width(grid: &Grid) -> u16 {
    // A space of padding on either side of each column.
    grid.column_max_content_widths()
        .iter()
        .fold(0, |sum: u16, &width| {
            sum.saturating_add(width).saturating_add(2)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_may_be_are_broken_between_words_and_figures_never() {
        let table = Table {
            title: "t".to_owned(),
            columns: vec![
                Column::words("words").wrapped(),
                Column::figures("count"),
                Column::figures("optional").optional(),
            ],
            rows: vec![vec![
                Value::Text("GetLocal Constant Less JumpIfFalse".to_owned()),
                Value::Count(1_000_000),
                Value::Count(9),
            ]],
            notes: Vec::new(),
        };
        let lines = |width| {
            let text = render(&table, width, false);
            assert!(
                text.lines()
                    .all(|line| line.chars().count() <= width.into()),
                "{text}"
            );
            let lines = text.lines().skip(3);
            lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
        };
        let whole = "GetLocal Constant Less JumpIfFalse  1,000,000         9";
        assert_eq!(lines(60), [whole]);
        let rest = "GetLocal Constant Less  1,000,000         9";
        assert_eq!(lines(50), [rest, "JumpIfFalse"]);
        // Rather than break a word, the optional column is left out.
        let rest = "GetLocal Constant Less  1,000,000";
        let said = "Left out for want of width: 1 column.";
        assert_eq!(lines(41), [rest, "JumpIfFalse", said]);
    }

    /// At any width: no line is wider, and what is shown of a cell is shown in whole words.
    #[test]
    fn nothing_is_broken_within_a_word_at_any_width() {
        use crate::stats::{Estimate, Interval};
        use crate::verdicts::Judgement;
        let step = |median: f64| {
            let estimate = Estimate {
                median,
                interval: Some(Interval {
                    low: median * 0.99,
                    high: median * 1.01,
                    coverage: 0.96,
                }),
                values: 9,
            };
            Value::JudgedStep(estimate, Judgement::Told(Verdict::of(&estimate)))
        };
        let names = [
            "tree",
            "stack+constant-operands+superinstructions",
            "GetLocalConstantLessJumpIfFalseAndMore Less than that",
        ];
        let rows = names.iter().zip([1.003, 0.0102, 1e9]);
        let table = |first: Column, long: Column| Table {
            title: "Step from the previous stage, which may take several lines".to_owned(),
            columns: vec![
                first,
                Column::figures("string-concatenation(100)"),
                Column::figures("host instructions").optional(),
                long,
            ],
            rows: rows
                .clone()
                .map(|(name, ratio)| {
                    vec![
                        Value::Text((*name).to_owned()),
                        step(ratio),
                        Value::Count(123_456_789_012),
                        Value::Text("fewer of both, and faster".to_owned()),
                    ]
                })
                .collect(),
            notes: vec!["A note that is broken between its words where it must be.".to_owned()],
        };
        let words = |text: &str| -> Vec<String> {
            let below = text.rsplit_once("──").map_or(text, |(_, below)| below);
            below.split_whitespace().map(str::to_owned).collect()
        };
        for table in [
            table(Column::words("stage"), Column::words("verdict")),
            table(Column::words("stage").wrapped(), Column::words("verdict")),
            table(
                Column::words("stage").wrapped(),
                Column::words("verdict").wrapped(),
            ),
        ] {
            let whole = render(&table, 400, false);
            let whole: Vec<&str> = whole.split_whitespace().collect();
            for width in MIN_WIDTH..=200 {
                let text = render(&table, width, false);
                for line in text.lines() {
                    let fits = line.chars().count() <= width.into();
                    assert!(
                        fits || !line.trim().contains(' '),
                        "{width}: {line:?}\n{text}"
                    );
                }
                for name in names {
                    for word in name.split(' ') {
                        assert!(text.contains(word), "{width}: {word}\n{text}");
                    }
                }
                let brief = "? ≈ same same, ≈: within ±1 %; ?: can't tell Left out for want of width: 1 column. \
                             column, the intervals. string-concatenation(100): \
                             host instructions: verdict: stage verdict";
                for word in words(&text) {
                    let is_whole =
                        whole.contains(&word.as_str()) || brief.split(' ').any(|it| it == word);
                    assert!(is_whole, "{width}: {word}\n{text}");
                }
                let lacks = |part: &str| !text.replace('\n', " ").contains(part);
                let says = text
                    .replace('\n', " ")
                    .contains("Left out for want of width: 1 column");
                assert_eq!(lacks("123,456,789,012"), says, "{width}\n{text}");
            }
        }
    }
}
