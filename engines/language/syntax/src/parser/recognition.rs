//! What a text begins with that only other languages have: texts in, lengths out.

use crate::foreign::{self, Foreign, Found, Role};
use crate::lexer::{Lexer, TokenKind};

/// So many bytes of a line are looked at in advance at most: it may happen at each of its tokens.
const MOST_BYTES_AHEAD: usize = 500;

/// The line that a text begins with, as far as it is looked at.
fn first_line(text: &str) -> &str {
    let start = &text[..text.floor_char_boundary(MOST_BYTES_AHEAD)];
    start.lines().next().unwrap_or_default()
}

/// The symbol that a text begins with if it is foreign, and its length.
pub(super) fn symbol(text: &str) -> Option<(Found, usize)> {
    let word = |text: &str| {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        end.unwrap_or(text.len())
    };
    if let Some(after) = text.strip_prefix("--") {
        let ends = matches!(
            Lexer::new(after).next_token().kind,
            TokenKind::End
                | TokenKind::Semicolon
                | TokenKind::Comma
                | TokenKind::RightParen
                | TokenKind::RightBracket
                | TokenKind::RightBrace
        );
        if !ends {
            // It is a minus of a minus.
            return None;
        }
    }
    let found = Foreign::longest(text)?;
    let length = match found.what.role {
        Role::Comment("\n") => text.find('\n').unwrap_or(text.len()),
        Role::Comment(closer) => text
            .find(closer)
            .map_or(text.len(), |end| end + closer.len()),
        Role::Quoted => {
            let line = if found.text == "`" {
                text
            } else {
                first_line(text)
            };
            line[1..].find(found.text)? + 2
        }
        Role::Member => {
            let length = 1 + word(&text[1..]);
            let found = Foreign::longest(&text[..length])
                .filter(|found| found.text.len() == length)
                .unwrap_or(Found {
                    what: &foreign::MEMBER,
                    text: ".",
                });
            let found = if length == 1 {
                return None;
            } else {
                found
            };
            return Some((found, length));
        }
        _ if found
            .text
            .starts_with(|first: char| first.is_ascii_alphabetic()) =>
        {
            return None;
        }
        _ => found.text.len(),
    };
    Some((found, length))
}

/// The length of a number with a fraction that a text begins with.
pub(super) fn fraction(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let fraction = digits(text[whole..].strip_prefix('.')?);
    (fraction > 0).then_some(whole + 1 + fraction)
}

/// Where in a string at a text's start the first `\"` is, and the string's length, if it doesn't
/// end there as it would in Monkey: what follows it can't follow a string, or else a quote of the
/// line would have no second one.
pub(super) fn escaped_string(text: &str) -> Option<(usize, usize)> {
    let line = first_line(text);
    let end = 1 + line.get(1..)?.find('"')?;
    let backslashes = line[..end]
        .bytes()
        .rev()
        .take_while(|&byte| byte == b'\\')
        .count();
    if backslashes % 2 == 0 {
        return None;
    }
    let quotes = escaped_quotes(line);
    let follows = line[end + 1..].chars().next();
    let cannot_follow =
        follows.is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '\\'));
    let unpaired = line.matches('"').count() % 2 == 1;
    (quotes.len().is_multiple_of(2) && (cannot_follow || unpaired))
        .then(|| (end - 1, quotes.get(1).copied().unwrap_or(end) + 1))
}

/// Where the quotes of a line are that no backslash escapes.
fn escaped_quotes(line: &str) -> Vec<usize> {
    let mut escaped = false;
    let mut quotes = Vec::new();
    for (offset, byte) in line.bytes().enumerate() {
        match byte {
            b'"' if !escaped => quotes.push(offset),
            b'\\' => {
                escaped = !escaped;
                continue;
            }
            _ => {}
        }
        escaped = false;
    }
    quotes
}
