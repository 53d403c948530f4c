//! Documents as markdown (GitHub's), and the one function that makes text harmless in it.

use crate::charts::Chart;
use crate::document::{self, Block, Content, Level, Place, Span, shown};
use crate::format::{Detail, printable};
use crate::table::{Column, Table, Value};

/// What a document says in this place. Charts are linked where `charts_folder` has them, or beside
/// the document if it is empty.
pub fn render(blocks: &[Block], place: Place, charts_folder: &str) -> String {
    let mut markdown = String::new();
    let mut after_list = false;
    for content in shown(blocks, place) {
        let is_list = matches!(content, Content::List(_));
        let is_joined = markdown.is_empty() || (after_list && is_list);
        if !is_joined {
            markdown.push('\n');
        }
        after_list = is_list;
        markdown.push_str(&block(content, charts_folder));
    }
    markdown
}

fn block(content: &Content, charts_folder: &str) -> String {
    match content {
        Content::Heading(level, title) => {
            let marks = match level {
                Level::Document => "#",
                Level::Section => "##",
                Level::Part => "###",
            };
            format!("{marks} {}\n", text(title))
        }
        Content::Headline(words) => format!("**{}**\n", text(words)),
        Content::Paragraph(words) => format!("{}\n", line(words)),
        Content::List(entries) => entries.iter().map(|it| entry(it)).collect(),
        Content::Table(it) => table(it),
        Content::Chart(Chart {
            file, description, ..
        }) => {
            let folder = charts_folder.trim_end_matches('/');
            let path = match folder {
                "" => (*file).to_owned(),
                folder => format!("{folder}/{file}"),
            };
            format!("![{}]({})\n", text(description), destination(&path))
        }
    }
}

fn entry(spans: &[Span]) -> String {
    format!("- {}\n", inline(spans))
}

fn inline(spans: &[Span]) -> String {
    let span = |(index, span): (usize, &Span)| match span {
        Span::Plain(words) if index == 0 => line(words),
        Span::Plain(words) => text(words),
        Span::Term(words) => format!("**{}**", text(words)),
        Span::Code(it) => code(it),
    };
    spans.iter().enumerate().map(span).collect()
}

/// A table and its notes, without its title.
pub fn table(table: &Table) -> String {
    let mut markdown = String::new();
    let mut row = |cells: Vec<String>| {
        markdown.push_str("| ");
        markdown.push_str(&cells.join(" | "));
        markdown.push_str(" |\n");
    };
    let headings = table.columns.iter().map(|column| text(&column.heading));
    row(headings.collect());
    let rule = |column: &Column| if column.words { ":--" } else { "--:" }.to_owned();
    row(table.columns.iter().map(rule).collect());
    for values in &table.rows {
        row(values.iter().map(cell).collect());
    }
    for note in &table.notes {
        markdown.push_str(&format!("\n*{}*\n", text(note)));
    }
    markdown
}

fn cell(value: &Value) -> String {
    match value {
        Value::Text(words) => text(words),
        Value::Failed => "**failed**".to_owned(),
        figure => figure.render(Detail::Full),
    }
}

/// Text in which nothing is markup, within a line: names and reasons come from files, not from us.
pub fn text(text: &str) -> String {
    let mut escaped = String::new();
    for character in printable(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Text in which nothing is markup and that begins a line, so that it might begin a block as well: a
/// heading, a list, a rule.
pub fn line(line: &str) -> String {
    let line = text(line.trim_start());
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = digits.len() < line.len() && digits.starts_with(['.', ')']);
    if is_numbered {
        let number = &line[..line.len() - digits.len()];
        format!("{number}\\{digits}")
    } else if line.starts_with(['#', '+', '-', '=']) {
        format!("\\{line}")
    } else {
        line
    }
}

/// Code in one line, fenced by more backticks than it holds in a row.
pub fn code(code: &str) -> String {
    let code = printable(code);
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if code.starts_with('`') || code.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{code}{space}{fence}")
}

/// Words of the program's own, in which what could be typed stands in backticks.
pub fn instruction(words: &str) -> String {
    inline(&document::instruction(words))
}

/// Where a link leads: a path that ends the link, or has room in it, stands in angle brackets.
fn destination(path: &str) -> String {
    let path = printable(path);
    if path.contains([' ', '(', ')', '<', '>']) {
        let path = path
            .replace('\\', "\\\\")
            .replace('<', "\\<")
            .replace('>', "\\>");
        format!("<{path}>")
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        for (plain, escaped) in [
            ("x&lt;y", "x&amp;lt;y"),
            ("a <b> & c", "a &lt;b&gt; &amp; c"),
            ("*_`~|[x](y)\\", "\\*\\_\\`\\~\\|\\[x\\](y)\\\\"),
            ("one\ntwo\r\u{1b}", "one two  "),
            ("+ 1. # -", "+ 1. # -"),
        ] {
            assert_eq!(text(plain), escaped, "{plain:?}");
        }
    }

    #[test]
    fn nothing_at_the_start_of_a_line_begins_a_block() {
        for (plain, escaped) in [
            ("# x", "\\# x"),
            ("  - x", "\\- x"),
            ("+ co", "\\+ co"),
            ("---", "\\---"),
            ("===", "\\==="),
            ("12. x", "12\\. x"),
            ("12) x", "12\\) x"),
            ("12 x", "12 x"),
            ("> x", "&gt; x"),
            ("x # - 1.", "x # - 1."),
        ] {
            assert_eq!(line(plain), escaped, "{plain:?}");
        }
    }

    #[test]
    fn charts_are_linked_in_any_folder() {
        assert_eq!(destination("charts/a.svg"), "charts/a.svg");
        assert_eq!(destination("my charts/a.svg"), "<my charts/a.svg>");
        assert_eq!(destination("a(b)/<c>.svg"), "<a(b)/\\<c\\>.svg>");
    }
}
