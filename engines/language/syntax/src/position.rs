//! From byte offsets to lines and columns. Spans stay offsets until somebody wants to read them.

use std::fmt;

/// A place in a source text as a reader counts, shown as `line:column`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1; lines end with `\n`.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The position of a byte offset, found by a scan of all that is before it: for one or two
/// positions; a [`LineIndex`] is for many. An offset past the end counts as the end, one within a
/// character as the character's start.
pub fn position_of(source: &str, offset: u32) -> Position {
    let before = before(source, offset);
    let newlines = before.bytes().filter(|&byte| byte == b'\n').count();
    Position {
        line: newlines as u32 + 1,
        column: column_after(&before[line_start(before)..]),
    }
}

/// The offsets at which a source's lines start: four bytes per line, for many positions.
#[derive(Clone, Debug)]
pub struct LineIndex<'source> {
    source: &'source str,
    starts: Vec<u32>,
}

impl<'source> LineIndex<'source> {
    /// Scans a source for its lines.
    pub fn new(source: &'source str) -> Self {
        let newlines = source
            .bytes()
            .enumerate()
            .filter(|&(_, byte)| byte == b'\n');
        let starts = std::iter::once(0)
            .chain(newlines.map(|(offset, _)| offset as u32 + 1))
            .collect();
        Self { source, starts }
    }

    /// The position of a byte offset; like [`position_of`], only faster.
    pub fn position(&self, offset: u32) -> Position {
        let before = before(self.source, offset);
        let line = self.line(offset);
        Position {
            line,
            column: column_after(&before[self.starts[line as usize - 1] as usize..]),
        }
    }

    /// The line of a byte offset, however long that line is.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32
    }

    /// The text of a line, without its end: however long the line is, it isn't walked.
    pub fn text(&self, line: u32) -> &'source str {
        let start = self.starts[line as usize - 1] as usize;
        let end = self.starts.get(line as usize).map(|&next| next as usize);
        let line = &self.source[start..end.unwrap_or(self.source.len())];
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }
}

/// The source up to an offset that may be anything.
pub(crate) fn before(source: &str, offset: u32) -> &str {
    &source[..source.floor_char_boundary(offset as usize)]
}

/// Where the last line of `text` starts.
pub(crate) fn line_start(text: &str) -> usize {
    text.rfind('\n').map_or(0, |newline| newline + 1)
}

fn column_after(text: &str) -> u32 {
    text.chars().count() as u32 + 1
}
