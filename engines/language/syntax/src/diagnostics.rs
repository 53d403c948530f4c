//! What can be wrong with a source text, and the list of all that is.
//!
//! A diagnostic holds an offset and a kind; texts are made when it is shown (see
//! [`crate::Report`]), so that collecting errors costs nothing.

use std::borrow::Cow;
use std::fmt;

use crate::ast::Span;
use crate::foreign::{Foreign, Found};
use crate::lexer::TokenKind;
use crate::{MAX_LIST, MAX_NESTING, MAX_SOURCE_BYTES, MAX_TOTAL_CAPTURES, MAX_VARIABLES};

/// How many diagnostics are kept; the rest are only counted.
pub const MAX_DIAGNOSTICS: usize = 100;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// The source is over [`MAX_SOURCE_BYTES`].
    #[error("source too large: {bytes} bytes, over the limit of {MAX_SOURCE_BYTES}")]
    SourceTooLarge {
        /// Its size in bytes.
        bytes: usize,
    },
    /// A character that starts no token.
    #[error("illegal character: `{}`", shown(*.0))]
    IllegalCharacter(char),
    /// A string without its second quote.
    #[error("unclosed string")]
    UnclosedString,
    /// A bracket, brace or parenthesis that is still open at the end of the source.
    #[error("unclosed {0}")]
    Unclosed(TokenKind),
    /// An integer literal over 9223372036854775807.
    #[error("integer literal over {}", i64::MAX)]
    IntegerTooLarge,
    /// Something that starts no expression, where one should stand.
    #[error("expected an expression, found {found}")]
    ExpectedExpression {
        /// What stands there.
        found: TokenKind,
    },
    /// Another token than the grammar wants.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the grammar wants, quoted.
        expected: &'static str,
        /// What stands there.
        found: TokenKind,
    },
    /// A `;` that ends no statement: as in the book, there is no empty one.
    #[error("empty statement")]
    EmptyStatement,
    /// `return` without a value.
    #[error("`return` without a value")]
    ReturnWithoutValue,
    /// A comma after a list's last item.
    #[error("trailing comma")]
    TrailingComma,
    /// What other languages have.
    #[error("{found} is not in the language")]
    NotInTheLanguage {
        /// What it is.
        found: Found,
        /// What stands to its left, if it has operands or the like.
        left: Option<Span>,
        /// What stands to its right, likewise.
        right: Option<Span>,
    },
    /// A tree or a parenthesis nested over [`MAX_NESTING`] deep.
    #[error("nesting too deep: over the limit of {MAX_NESTING} levels")]
    NestingTooDeep,
    /// A program that would take more memory than it is given.
    #[error("out of memory: to parse and compile the program may take over {limit} bytes")]
    OutOfMemory {
        /// What it is given, in bytes.
        limit: u64,
    },
    /// A function literal with over [`MAX_LIST`] parameters.
    #[error("too many parameters: over the limit of {MAX_LIST}")]
    TooManyParameters,
    /// A call with over [`MAX_LIST`] arguments.
    #[error("too many arguments: over the limit of {MAX_LIST}")]
    TooManyArguments,
    /// A function with over [`MAX_VARIABLES`] variables, parameters included.
    #[error("too many variables in a function: over the limit of {MAX_VARIABLES}")]
    TooManyVariables,
    /// A function that captures over [`MAX_VARIABLES`] variables.
    #[error("too many variables captured by a function: over the limit of {MAX_VARIABLES}")]
    TooManyCaptures,
    /// Functions nested so deep that capture so much that listing it takes too much memory.
    #[error("too many captured variables in all: over the limit of {MAX_TOTAL_CAPTURES}")]
    TooManyCapturesInAll,
    /// A name that nothing binds.
    #[error("identifier not found: {name}")]
    UnboundName {
        /// The name.
        name: Box<str>,
        /// Names that could stand there and are spelled like it, the likest first.
        near: Box<[Box<str>]>,
    },
}

impl SyntaxErrorKind {
    /// What to do about it, where that isn't plain from the message. `source` is the text that it is
    /// about.
    pub fn help(&self, source: &str) -> Option<Cow<'static, str>> {
        let text = match self {
            Self::NotInTheLanguage { found, left, right } => {
                let operand = |span: Option<Span>| Some(shown_operand(source, span?));
                return Some(found.what.help(operand(*left), operand(*right)).into());
            }
            Self::UnboundName { name, near } => return help_with_name(name, near),
            Self::IllegalCharacter('\u{feff}') => "this is a byte order mark: save without one",
            Self::IllegalCharacter('\'' | '‘' | '’' | '“' | '”' | '«' | '»') => {
                "strings are written \"…\""
            }
            Self::IntegerTooLarge => {
                "a `-` before it is an operator: write -9223372036854775807 - 1 for the least integer"
            }
            Self::ExpectedExpression {
                found: TokenKind::Assign,
            } => "only a variable's name can stand before a `=`, after `let`",
            Self::Expected {
                expected: "`)`",
                found: TokenKind::Assign,
            } => "`==` compares",
            Self::EmptyStatement => "remove the `;`",
            Self::NestingTooDeep => {
                "each operator of a chain like 1 + 2 + 3 is a level too; no option changes the limit"
            }
            Self::SourceTooLarge { .. }
            | Self::TooManyParameters
            | Self::TooManyArguments
            | Self::TooManyVariables
            | Self::TooManyCaptures
            | Self::TooManyCapturesInAll => "no option changes the limit",
            Self::ReturnWithoutValue => "there is no literal for null: `if (false) {}` is null",
            _ => return None,
        };
        Some(text.into())
    }
}

/// The text of an operand as it can be shown within a help, if it is short and of one line.
fn shown_operand(source: &str, span: Span) -> &str {
    const MOST_BYTES: usize = 40;
    let text = source.get(span.start as usize..span.end as usize);
    text.map(str::trim)
        .filter(|text| {
            (1..=MOST_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
        })
        .unwrap_or("…")
}

/// What to do about a name that nothing binds.
fn help_with_name(name: &str, near: &[Box<str>]) -> Option<Cow<'static, str>> {
    if let Some(found) = Foreign::word(name) {
        return Some(found.what.help(None, None).into());
    }
    let near: Vec<_> = near.iter().map(|name| format!("`{name}`")).collect();
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")).into())
}

/// A character as a message shows it: escaped if it would be invisible.
fn shown(character: char) -> String {
    if character.is_ascii_graphic() {
        character.into()
    } else {
        character.escape_debug().to_string()
    }
}

/// One error in a source text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Diagnostic {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: SyntaxErrorKind,
}

/// The errors in a source text, at least one, in source order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    omitted: usize,
}

impl Diagnostics {
    /// The errors, in source order: the first [`MAX_DIAGNOSTICS`] that were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.kept.iter()
    }

    /// The first error in the source.
    pub fn first(&self) -> &Diagnostic {
        &self.kept[0]
    }

    /// How many more there are that were not kept.
    pub const fn omitted(&self) -> usize {
        self.omitted
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first())?;
        match self.kept.len() - 1 + self.omitted {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more error)"),
            more => write!(f, " (and {more} more errors)"),
        }
    }
}

impl std::error::Error for Diagnostics {}

/// Collects errors while a source is read.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    kept: Vec<Diagnostic>,
    omitted: usize,
}

impl Collector {
    /// Adds an error. The kind is made only if it is kept.
    pub(crate) fn add(&mut self, span: Span, kind: impl FnOnce() -> SyntaxErrorKind) {
        if self.kept.len() < MAX_DIAGNOSTICS {
            self.kept.push(Diagnostic { span, kind: kind() });
        } else {
            self.omitted += 1;
        }
    }

    /// `good`, unless there were errors.
    pub(crate) fn finish<T>(mut self, good: T) -> Result<T, Diagnostics> {
        if self.kept.is_empty() {
            return Ok(good);
        }
        // An unclosed bracket is known only at the end, after errors within it.
        self.kept.sort_by_key(|diagnostic| diagnostic.span.start);
        Err(Diagnostics {
            kept: self.kept,
            omitted: self.omitted,
        })
    }
}
