//! A document is one list of blocks, whatever renders it: [`crate::markdown`] for files,
//! [`crate::terminal`] for terminals. What a document says, and in which order, is decided where its
//! blocks are made, once for all renderings; a block only carries where it is shown.
//!
//! Text in blocks is plain: each renderer escapes what would be markup to its readers. Nothing here
//! knows of widths, colours or files.

use crate::charts::Chart;
use crate::table::Table;

/// Where a block is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the file that holds everything.
    Report,
    /// In the fragment for a README.
    Readme,
    /// On a terminal, where there is little room and there are no pictures.
    Terminal,
}

/// Several places.
pub type Places = &'static [Place];

/// Everywhere.
pub const EVERYWHERE: Places = &[Place::Report, Place::Readme, Place::Terminal];
/// In files, not on a terminal.
pub const WRITTEN: Places = &[Place::Report, Place::Readme];
/// In the full report alone.
pub const REPORT: Places = &[Place::Report];
/// Not in the fragment for a README.
pub const REPORT_AND_TERMINAL: Places = &[Place::Report, Place::Terminal];
/// On a terminal alone: the short form of what a report has in full.
pub const TERMINAL: Places = &[Place::Terminal];

/// A part of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// What it says.
    pub content: Content,
    /// Where it is shown.
    pub places: Places,
}

/// What a block says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// The heading of what follows.
    Heading(Level, String),
    /// What was found, in a sentence or two: what is read if nothing else is.
    Headline(String),
    /// Words.
    Paragraph(String),
    /// Facts, one below the other; lists that follow each other are one.
    List(Vec<Entry>),
    /// Figures and the notes on them. The table's title is a heading before it, see [`titled`].
    Table(Table),
    /// A picture.
    Chart(Chart),
}

/// The rank of a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The document's own.
    Document,
    /// A section's.
    Section,
    /// That of a part of a section.
    Part,
}

/// An entry of a list.
pub type Entry = Vec<Span>;

/// Words of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Plain(String),
    /// What the entry is about.
    Term(String),
    /// What could be typed into a shell.
    Code(String),
}

impl Block {
    /// Content that is shown in these places.
    pub fn new(content: Content, places: Places) -> Self {
        Self { content, places }
    }

    /// Words.
    pub fn paragraph(text: impl Into<String>, places: Places) -> Self {
        Self::new(Content::Paragraph(text.into()), places)
    }

    /// Plain facts.
    pub fn list(facts: impl IntoIterator<Item = String>, places: Places) -> Self {
        let lines = facts.into_iter().map(|fact| vec![Span::Plain(fact)]);
        Self::new(Content::List(lines.collect()), places)
    }

    /// Lines of the program's own words, in which what could be typed stands in backticks.
    pub fn instructions(lines: impl IntoIterator<Item = String>, places: Places) -> Self {
        let lines = lines.into_iter().map(|line| instruction(&line));
        Self::new(Content::List(lines.collect()), places)
    }

    /// Facts by name.
    pub fn facts<N: AsRef<str>>(
        facts: impl IntoIterator<Item = (N, String)>,
        places: Places,
    ) -> Self {
        let line = |(name, fact): (N, String)| format!("{}: {fact}", name.as_ref());
        Self::list(facts.into_iter().map(line), places)
    }
}

/// Words of the program's own, in which what could be typed stands in backticks.
pub(crate) fn instruction(line: &str) -> Entry {
    let span = |(index, words): (usize, &str)| match index % 2 {
        0 => Span::Plain(words.to_owned()),
        _ => Span::Code(words.to_owned()),
    };
    line.split('`').enumerate().map(span).collect()
}

/// Blocks under a heading; nothing if there are none.
pub fn section(title: &str, places: Places, blocks: Vec<Block>) -> Vec<Block> {
    headed(Level::Section, title, places, blocks)
}

/// A list under a heading; nothing if it is empty.
pub fn listed(
    level: Level,
    title: &str,
    places: Places,
    facts: impl IntoIterator<Item = String>,
) -> Vec<Block> {
    let list = Block::list(facts, places);
    let is_empty = matches!(&list.content, Content::List(lines) if lines.is_empty());
    let list = (!is_empty).then_some(list);
    headed(level, title, places, list.into_iter().collect())
}

fn headed(level: Level, title: &str, places: Places, blocks: Vec<Block>) -> Vec<Block> {
    if blocks.is_empty() {
        return blocks;
    }
    let heading = Block::new(Content::Heading(level, title.to_owned()), places);
    std::iter::once(heading).chain(blocks).collect()
}

/// A table under its title; nothing without a table. A README, which has headings of its own, has the
/// table alone.
pub fn titled(level: Level, table: impl Into<Option<Table>>, places: Places) -> Vec<Block> {
    let Some(table) = table.into() else {
        return Vec::new();
    };
    let heading = Content::Heading(level, table.title.clone());
    let with_heading = match places {
        EVERYWHERE => REPORT_AND_TERMINAL,
        WRITTEN => REPORT,
        places => places,
    };
    vec![
        Block::new(heading, with_heading),
        Block::new(Content::Table(table), places),
    ]
}

/// What is shown in a place.
pub(crate) fn shown(blocks: &[Block], place: Place) -> impl Iterator<Item = &Content> {
    blocks
        .iter()
        .filter(move |block| block.places.contains(&place))
        .map(|block| &block.content)
}
