//! What is worth saying of a program that is right: it means something else than it would elsewhere.
//!
//! That is asked by whoever shows a program's author its text; parsing doesn't look for it, and what
//! the program does is not touched by it.

use std::fmt;

use crate::ast::Span;
use crate::foreign::{Foreign, Found};
use crate::lexer::{Lexer, TokenKind};

/// Something in a string that would be an escape elsewhere, and is the characters that it is
/// written with here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where it stands first.
    pub span: Span,
    /// At how many more places it stands.
    pub others: usize,
    found: Found,
}

impl Remark {
    /// What to write instead.
    pub fn help(&self) -> String {
        self.found.what.help(None, None)
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.found.text;
        write!(f, "`{text}` in a string is a backslash and ")?;
        match &text[1..] {
            "\"" => f.write_str("the end of the string")?,
            "\\" => f.write_str("another backslash")?,
            character => write!(f, "`{character}`")?,
        }
        match self.others {
            0 => Ok(()),
            1 => f.write_str(", here and at 1 more place"),
            more => write!(f, ", here and at {more} more places"),
        }
    }
}

/// What there is to say of a source: each thing once, in the order of their first places.
pub fn remarks(source: &str) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = Vec::new();
    // Most programs have none: that is known without reading their tokens.
    if !source.contains('\\') {
        return remarks;
    }
    let mut lexer = Lexer::new(source);
    loop {
        let token = lexer.next_token();
        match token.kind {
            TokenKind::End => return remarks,
            TokenKind::String => {}
            _ => continue,
        }
        let (mut at, end) = (token.span.start as usize, token.span.end as usize);
        while let Some(before) = source[at..end].find('\\') {
            at += before;
            let Some(found) = Foreign::escape(&source[at..end]) else {
                at += 1;
                continue;
            };
            let start = at as u32;
            at += found.text.len();
            match remarks.iter_mut().find(|remark| remark.found == found) {
                Some(remark) => remark.others += 1,
                None => remarks.push(Remark {
                    span: Span {
                        start,
                        end: at as u32,
                    },
                    others: 0,
                    found,
                }),
            }
        }
    }
}
