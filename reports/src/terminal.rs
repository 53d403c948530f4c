//! Tables for a terminal of a given width. What doesn't fit is left out in order of its weight:
//! first the intervals move below their medians, then they go, then the optional columns; what
//! still doesn't fit is wrapped.

use comfy_table::presets::NOTHING;
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table as Grid,
};

use crate::format::Detail;
use crate::stats::Verdict;
use crate::table::{Column, Table, Value};

/// The narrowest terminal that is catered for, in columns.
pub const MIN_WIDTH: u16 = 40;

/// The table below its title, at most `width` columns wide (at least [`MIN_WIDTH`]), in colour or
/// not, with a line feed at the end.
pub fn render(table: &Table, width: u16, color: bool) -> String {
    let width = width.max(MIN_WIDTH);
    let essential = without_optional(table);
    let attempts = [
        (table, Detail::Full),
        (table, Detail::Stacked),
        (table, Detail::Brief),
        (&essential, Detail::Brief),
    ];
    let fitting = attempts
        .into_iter()
        .map(|(table, detail)| grid(table, detail, color))
        .find(|grid| natural_width(grid) <= width);
    let grid = fitting.unwrap_or_else(|| {
        let mut grid = grid(&essential, Detail::Brief, color);
        grid.set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        grid
    });
    format!("{}\n{}\n", bold(&table.title, color), grid.trim_fmt())
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

fn without_optional(table: &Table) -> Table {
    let kept = |column: &Column| !column.optional;
    let row = |row: &Vec<Value>| {
        let pairs = row.iter().zip(&table.columns);
        pairs
            .filter(|(_, column)| kept(column))
            .map(|(value, _)| value.clone())
            .collect()
    };
    Table {
        title: table.title.clone(),
        columns: table
            .columns
            .iter()
            .filter(|column| kept(column))
            .cloned()
            .collect(),
        rows: table.rows.iter().map(row).collect(),
    }
}

fn grid(table: &Table, detail: Detail, color: bool) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
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
    grid.set_header(
        table
            .columns
            .iter()
            .map(|column| align(Cell::new(&column.heading), column)),
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
        Value::Verdict(verdict) => *verdict,
        Value::JudgedStep(step) => Verdict::of(step),
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

fn natural_width(grid: &Grid) -> u16 {
    // A space of padding on either side of each column.
    grid.column_max_content_widths()
        .iter()
        .fold(0, |sum, &width| sum.saturating_add(width).saturating_add(2))
}
