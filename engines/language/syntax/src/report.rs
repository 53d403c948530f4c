//! Errors as people read them: message, position, source line and caret.
//!
//! Serves syntax errors and run-time errors alike; `annotate-snippets` draws. What it is given is
//! bounded here, since it takes time and output in proportion: one line of the source, and of a
//! long line a window around the error.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::ast::Span;
use crate::diagnostics::Diagnostics;
use crate::position::{LineIndex, Position, before, line_start, position_of};
use crate::printable::printable;

/// How reports are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With terminal colours.
    pub color: bool,
    /// The width of the terminal, in columns.
    pub width: usize,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The program can't be run, or was ended.
    Error,
    /// The program is right, but may not be what its author means.
    Note,
}

/// An error, or something else to say, at a place in a source text.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The whole source.
    pub source: &'a str,
    /// Where it is from, as shown before the position: a file's path.
    pub origin: &'a str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: &'a str,
    /// Where. Of a span over several lines the first line is shown.
    pub span: Span,
    /// What else there is to know of it.
    pub note: Option<&'a str>,
    /// What to do about it.
    pub help: Option<&'a str>,
}

/// A message longer than this many characters is cut: a name can be as long as the source.
const MAX_MESSAGE: usize = 400;

/// A terminal narrower than this is treated as if it were so wide.
const MIN_WIDTH: usize = 30;

impl Report<'_> {
    /// Draws the report, without a newline at its end.
    pub fn render(&self, style: Style) -> String {
        self.render_at(position_of(self.source, self.span.start), style)
    }

    /// Two drawings, one below the other: in one, the crate would count columns in the excerpt.
    fn render_at(&self, position: Position, style: Style) -> String {
        let renderer = if style.color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let renderer = renderer.term_width(style.width.max(MIN_WIDTH));
        let origin = printable(self.origin);
        let origin = Origin::path(&origin)
            .line(position.line as usize)
            .char_column(position.column as usize);
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Note => Level::NOTE,
        };
        let head = level
            .clone()
            .primary_title(shortened(self.message))
            .element(origin);
        // The head has no line numbers, so its arrow isn't moved over for them.
        let indent = " ".repeat(position.line.ilog10() as usize + 1);
        let excerpt = Excerpt::new(self.source, self.span, style.width.max(MIN_WIDTH));
        let snippet = Snippet::source(&excerpt.text)
            .line_start(position.line as usize)
            .annotation(AnnotationKind::Primary.span(excerpt.start..excerpt.end));
        let mut body = Group::with_level(level).element(snippet);
        let margin = indent.len() + " = note: ".len();
        let columns = style.width.max(MIN_WIDTH).saturating_sub(margin);
        if let Some(note) = self.note {
            body = body.element(Level::NOTE.message(wrapped(note, columns)));
        }
        if let Some(help) = self.help {
            body = body.element(Level::HELP.message(wrapped(help, columns)));
        }
        let head = renderer
            .render(&[head])
            .replacen('\n', &format!("\n{indent}"), 1);
        format!("{head}\n{}", renderer.render(&[body]))
    }
}

impl Diagnostics {
    /// Draws all that were kept, with an empty line between them, and says how many were not.
    /// Ends with a newline.
    pub fn render(&self, source: &str, origin: &str, style: Style) -> String {
        let lines = LineIndex::new(source);
        let mut text = String::new();
        for diagnostic in self.iter() {
            let help = diagnostic.kind.help(source);
            let report = Report {
                source,
                origin,
                severity: Severity::Error,
                message: &diagnostic.to_string(),
                span: diagnostic.span,
                note: None,
                help: help.as_deref(),
            };
            if !text.is_empty() {
                text.push('\n');
            }
            text += &report.render_at(lines.position(diagnostic.span.start), style);
            text.push('\n');
        }
        match self.omitted() {
            0 => {}
            1 => text += "\nand 1 more error\n",
            more => text += &format!("\nand {more} more errors\n"),
        }
        text
    }
}

/// The line that is shown, and the marked range of its bytes.
struct Excerpt {
    text: String,
    start: usize,
    end: usize,
}

impl Excerpt {
    /// The line at the start of `span`, cut to two `width`s of characters before and after.
    fn new(source: &str, span: Span, width: usize) -> Self {
        let start = before(source, span.start).len();
        let line = line_start(&source[..start]);
        let rest = &source[start..];
        let line_rest = rest.split(['\n', '\r']).next().unwrap_or_default();
        let marked = before(line_rest, span.end.saturating_sub(start as u32));

        // More than is drawn: the crate cuts it to the terminal, and shows that it did.
        let lead = printable(last_chars(&source[line..start], 2 * width));
        let line_rest = first_chars(line_rest, 2 * width);
        let (marked, rest) = line_rest.split_at(marked.len().min(line_rest.len()));
        let marked = printable(marked);
        let end = lead.len() + marked.len();
        Self {
            start: lead.len(),
            text: format!("{lead}{marked}{}", printable(rest)),
            end,
        }
    }
}

/// At most the first `count` characters of a text.
fn first_chars(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count);
    end.map_or(text, |(end, _)| &text[..end])
}

/// At most the last `count` characters of a text.
fn last_chars(text: &str, count: usize) -> &str {
    let start = text.char_indices().rev().take(count).last();
    start.map_or("", |(start, _)| &text[start..])
}

/// A text whose lines are broken between words so that they fit, where words do. Code in backticks
/// is a word, unless it needs more than a line.
fn wrapped(text: &str, columns: usize) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            wrapped.push('\n');
        }
        let mut used = 0;
        let mut rest = line;
        while !rest.is_empty() {
            let word;
            (word, rest) = split_word(rest, columns);
            let width = word.chars().count();
            if used > 0 && used + 1 + width > columns {
                wrapped.push('\n');
                used = width;
            } else {
                wrapped += if used > 0 { " " } else { "" };
                used += usize::from(used > 0) + width;
            }
            wrapped += word;
        }
    }
    wrapped
}

/// The first word of a line and what follows the blank behind it.
fn split_word(line: &str, columns: usize) -> (&str, &str) {
    let mut is_code = false;
    let blank = line.char_indices().find(|&(_, character)| {
        is_code ^= character == '`';
        character == ' ' && !is_code
    });
    let (word, rest) = match blank {
        Some((at, _)) => (&line[..at], &line[at + 1..]),
        None => (line, ""),
    };
    if word.chars().count() <= columns {
        return (word, rest);
    }
    line.split_once(' ').unwrap_or((line, ""))
}

fn shortened(message: &str) -> String {
    let start = first_chars(message, MAX_MESSAGE);
    let dots = if start.len() == message.len() {
        ""
    } else {
        "..."
    };
    printable(start) + dots
}
