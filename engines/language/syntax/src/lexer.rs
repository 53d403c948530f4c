//! From bytes to tokens: zero-copy, one pass, no lookahead beyond the next byte.
//!
//! White space and comments (`//` to the end of the line) are between tokens, never among them.
//! What isn't a token is a token too ([`TokenKind::Illegal`], [`TokenKind::UnclosedString`]): the
//! lexer reports nothing itself and never fails, and whoever reads it decides. It doesn't compute
//! the values of literals either.

use std::fmt;

use crate::ast::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TokenKind {
    /// A letter or `_`, then letters, digits and `_`; no keyword.
    Identifier,
    /// Decimal digits, of any value.
    Integer,
    /// `"…"`, the quotes included in the span.
    String,
    /// `let`
    Let,
    /// `fn`
    Fn,
    /// `if`
    If,
    /// `else`
    Else,
    /// `return`
    Return,
    /// `true`
    True,
    /// `false`
    False,
    /// `=`
    Assign,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `!`
    Bang,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `;`
    Semicolon,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// The end of the source; its span is empty.
    End,
    /// A character that starts no token; the span is that of the character.
    Illegal,
    /// A `"` without a second one; the span runs to the end of the source.
    UnclosedString,
    /// What only other languages have. The lexer gives none: the parser makes it of what it gives,
    /// when it reads a source that has an error.
    Foreign,
}

impl fmt::Display for TokenKind {
    /// The token as a message names it: quoted as it is written, or what it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identifier => "a name",
            Self::Integer => "an integer",
            Self::String | Self::UnclosedString => "a string",
            Self::Let => "`let`",
            Self::Fn => "`fn`",
            Self::If => "`if`",
            Self::Else => "`else`",
            Self::Return => "`return`",
            Self::True => "`true`",
            Self::False => "`false`",
            Self::Assign => "`=`",
            Self::Plus => "`+`",
            Self::Minus => "`-`",
            Self::Bang => "`!`",
            Self::Star => "`*`",
            Self::Slash => "`/`",
            Self::Less => "`<`",
            Self::Greater => "`>`",
            Self::Equal => "`==`",
            Self::NotEqual => "`!=`",
            Self::Comma => "`,`",
            Self::Colon => "`:`",
            Self::Semicolon => "`;`",
            Self::LeftParen => "`(`",
            Self::RightParen => "`)`",
            Self::LeftBrace => "`{`",
            Self::RightBrace => "`}`",
            Self::LeftBracket => "`[`",
            Self::RightBracket => "`]`",
            Self::End => "the end of the source",
            Self::Illegal => "an illegal character",
            Self::Foreign => "what is not in the language",
        })
    }
}

/// A token: what it is and where it stands; its text is the source's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// Reads tokens from a source text.
#[derive(Clone, Debug)]
pub struct Lexer<'source> {
    source: &'source str,
    position: usize,
}

impl<'source> Lexer<'source> {
    /// A lexer at the start of `source`. Spans are exact up to 4 GiB; the parser's limit,
    /// [`crate::MAX_SOURCE_BYTES`], is far below.
    pub const fn new(source: &'source str) -> Self {
        Self::at(source, 0)
    }

    /// A lexer within a source, at an offset at which a token or white space begins.
    pub(crate) const fn at(source: &'source str, position: usize) -> Self {
        Self { source, position }
    }

    /// Goes on at another such offset.
    pub(crate) fn seek(&mut self, position: u32) {
        self.position = position as usize;
    }

    /// The next token; at the end [`TokenKind::End`], again and again.
    pub fn next_token(&mut self) -> Token {
        loop {
            self.skip_while(|byte| matches!(byte, b' ' | b'\n' | b'\t' | b'\r'));
            let start = self.position;
            let Some(byte) = self.peek() else {
                return self.token(TokenKind::End, start);
            };
            self.position += 1;
            let kind = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                    self.skip_while(|byte| CONTINUES_IDENTIFIER[byte as usize]);
                    keyword_or_identifier(&self.source.as_bytes()[start..self.position])
                }
                b'0'..=b'9' => {
                    self.skip_while(|byte| byte.is_ascii_digit());
                    TokenKind::Integer
                }
                b'"' => self.string(),
                b'=' => self.with_equals(TokenKind::Equal, TokenKind::Assign),
                b'!' => self.with_equals(TokenKind::NotEqual, TokenKind::Bang),
                b'+' => TokenKind::Plus,
                b'-' => TokenKind::Minus,
                b'*' => TokenKind::Star,
                b'/' if self.peek() == Some(b'/') => {
                    self.skip_while(|byte| byte != b'\n');
                    continue;
                }
                b'/' => TokenKind::Slash,
                b'<' => TokenKind::Less,
                b'>' => TokenKind::Greater,
                b',' => TokenKind::Comma,
                b':' => TokenKind::Colon,
                b';' => TokenKind::Semicolon,
                b'(' => TokenKind::LeftParen,
                b')' => TokenKind::RightParen,
                b'{' => TokenKind::LeftBrace,
                b'}' => TokenKind::RightBrace,
                b'[' => TokenKind::LeftBracket,
                b']' => TokenKind::RightBracket,
                _ => {
                    // The rest of a character outside ASCII, so that spans stay on its boundaries.
                    self.skip_while(|byte| (byte as i8) < -0x40);
                    TokenKind::Illegal
                }
            };
            return self.token(kind, start);
        }
    }

    /// Reads the rest of a string, after its opening quote.
    fn string(&mut self) -> TokenKind {
        self.skip_while(|byte| byte != b'"');
        if self.peek().is_none() {
            return TokenKind::UnclosedString;
        }
        self.position += 1;
        TokenKind::String
    }

    /// `double` if a `=` follows, which it consumes, else `single`.
    fn with_equals(&mut self, double: TokenKind, single: TokenKind) -> TokenKind {
        if self.peek() == Some(b'=') {
            self.position += 1;
            double
        } else {
            single
        }
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.position).copied()
    }

    #[inline(always)]
    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.position += 1;
        }
    }

    #[inline(always)]
    fn token(&self, kind: TokenKind, start: usize) -> Token {
        let span = Span {
            start: start as u32,
            end: self.position as u32,
        };
        Token { kind, span }
    }
}

/// Whether a byte may stand within an identifier: one load instead of four comparisons.
const CONTINUES_IDENTIFIER: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

/// The words that are no names.
pub const KEYWORDS: [&str; 7] = ["let", "fn", "if", "else", "return", "true", "false"];

fn keyword_or_identifier(text: &[u8]) -> TokenKind {
    match text {
        b"let" => TokenKind::Let,
        b"fn" => TokenKind::Fn,
        b"if" => TokenKind::If,
        b"else" => TokenKind::Else,
        b"return" => TokenKind::Return,
        b"true" => TokenKind::True,
        b"false" => TokenKind::False,
        _ => TokenKind::Identifier,
    }
}

#[cfg(test)]
mod tests {
    use super::TokenKind::*;
    use super::*;

    /// The kinds of the tokens of a source and their texts.
    fn tokens(source: &str) -> Vec<(TokenKind, &str)> {
        let mut lexer = Lexer::new(source);
        let next = || {
            let Token { kind, span } = lexer.next_token();
            (kind != End).then(|| (kind, &source[span.start as usize..span.end as usize]))
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn every_token_is_known_by_its_text() {
        let kinds = [
            Let,
            Fn,
            If,
            Else,
            Return,
            True,
            False,
            Assign,
            Plus,
            Minus,
            Bang,
            Star,
            Slash,
            Less,
            Greater,
            Equal,
            NotEqual,
            Comma,
            Colon,
            Semicolon,
            LeftParen,
            RightParen,
            LeftBrace,
            RightBrace,
            LeftBracket,
            RightBracket,
        ];
        for kind in kinds {
            let quoted = kind.to_string();
            let text = quoted.trim_matches('`');
            assert_eq!(tokens(text), [(kind, text)]);
        }
    }

    #[test]
    fn keywords_are_no_names() {
        assert!(KEYWORDS.iter().all(|word| tokens(word)[0].0 != Identifier));
    }

    #[test]
    fn the_longest_token_wins() {
        let expected = [
            (Equal, "=="),
            (Assign, "="),
            (NotEqual, "!="),
            (Assign, "="),
        ];
        assert_eq!(tokens("===!=="), expected);
        assert_eq!(
            tokens("lets_1 x"),
            [(Identifier, "lets_1"), (Identifier, "x")]
        );
        assert_eq!(tokens("12ab"), [(Integer, "12"), (Identifier, "ab")]);
        assert_eq!(tokens("fn1"), [(Identifier, "fn1")]);
    }

    #[test]
    fn strings_end_at_the_next_quote() {
        let expected = [(String, "\"a\\\""), (Identifier, "b"), (String, "\"é\n\"")];
        assert_eq!(tokens("\"a\\\"b\"é\n\""), expected);
        assert_eq!(tokens("1 \"a"), [(Integer, "1"), (UnclosedString, "\"a")]);
        assert_eq!(tokens("\""), [(UnclosedString, "\"")]);
    }

    #[test]
    fn comments_end_with_their_line() {
        let expected = [(Integer, "1"), (Slash, "/"), (Integer, "2")];
        for source in [
            "1 / 2 // 3",
            "1 / 2 // 3\n",
            "1 //\n/ //é $ \" \0\r\n2",
            "// a\n///\n//\t// b\n1/2",
        ] {
            assert_eq!(tokens(source), expected, "{source}");
        }
        assert_eq!(tokens("\"//\"//\""), [(String, "\"//\"")]);
        assert_eq!(tokens("/ / *"), [(Slash, "/"), (Slash, "/"), (Star, "*")]);
        assert_eq!(tokens(&"//\n".repeat(100_000)), []);
    }

    #[test]
    fn illegal_characters_are_whole() {
        let expected = [
            (Illegal, "日"),
            (Illegal, "\u{1f600}"),
            (Illegal, "\u{b}"),
            (Illegal, "$"),
        ];
        assert_eq!(tokens("日 \u{1f600}\u{b}\r\n$"), expected);
    }

    #[test]
    fn the_end_comes_again_and_again() {
        let mut lexer = Lexer::new(" ");
        let end = Token {
            kind: End,
            span: Span { start: 1, end: 1 },
        };
        assert_eq!([lexer.next_token(), lexer.next_token()], [end, end]);
    }
}
