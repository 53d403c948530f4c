//! What has been typed in a session: the inputs whose `let`s later ones see, as one program.
//!
//! Monkey has no effect but `puts`, and nothing in it changes: evaluating the same text again gives the same
//! values and prints the same. So a session keeps the text of the inputs that bind something, and each
//! input is a program of these and itself, whose output begins with what they have printed already.

use catalog::syntax::lexer::{Lexer, TokenKind};
use catalog::syntax::{self, Span, SyntaxErrorKind};

use crate::diagnosis::Origins;
use crate::sources::Source;

/// Inputs that follow each other, as one program.
#[derive(Debug)]
pub(crate) struct Transcript {
    inputs: Vec<Source>,
    /// Where each of them starts in the text.
    starts: Vec<usize>,
    text: String,
}

impl Transcript {
    /// Of these inputs, of which there is at least one.
    pub(crate) fn new(inputs: Vec<Source>) -> Self {
        let (mut starts, mut text) = (Vec::new(), String::new());
        for input in &inputs {
            if !text.is_empty() {
                // A new line ends nothing: what starts with a bracket would belong to what is before.
                let is_ended = tokens(&text).last() == Some(TokenKind::Semicolon);
                text.push_str(if is_ended { "\n" } else { "\n;\n" });
            }
            starts.push(text.len());
            text.push_str(&input.text);
        }
        Self {
            inputs,
            starts,
            text,
        }
    }

    /// The text of all of them.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Origins for Transcript {
    fn locate(&self, span: Span) -> (&Source, Span) {
        let (start, end) = (span.start as usize, span.end as usize);
        let input = |at: usize| self.starts.partition_point(|&start| start <= at).max(1) - 1;
        let (first, last) = (input(start), input(end.max(1) - 1));
        let source = &self.inputs[last];
        let place = |at: usize| (at - self.starts[last]).min(source.text.len()) as u32;
        let start = if first == last {
            place(start)
        } else {
            // The place of the whole program: that is now the last input.
            0
        };
        let end = place(end);
        (source, Span { start, end })
    }
}

/// The kinds of a text's tokens, without its end.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = TokenKind> + '_ {
    let mut lexer = Lexer::new(text);
    std::iter::from_fn(move || {
        let kind = lexer.next_token().kind;
        (kind != TokenKind::End).then_some(kind)
    })
}

/// Whether more has to be typed before the text can be a program: all that is wrong with it is that
/// it ends. What takes more than so many bytes is none, however it goes on.
pub(crate) fn is_unfinished(text: &str, memory: u64) -> bool {
    let Err(errors) = syntax::parse_within(text, memory) else {
        return false;
    };
    let mut errors = errors.iter();
    errors.all(|error| {
        matches!(
            error.kind,
            SyntaxErrorKind::Unclosed(_)
                | SyntaxErrorKind::UnclosedString
                | SyntaxErrorKind::ExpectedExpression {
                    found: TokenKind::End
                }
                | SyntaxErrorKind::Expected {
                    found: TokenKind::End,
                    ..
                }
        )
    })
}

/// Whether a `return` outside all functions may end the program before its end. The text is one
/// that parses.
pub(crate) fn may_return(text: &str) -> bool {
    // Which braces are open: `true` for a function's body.
    let mut open = Vec::new();
    let mut is_function = false;
    for kind in tokens(text) {
        match kind {
            TokenKind::Fn => is_function = true,
            TokenKind::LeftBrace => open.push(std::mem::take(&mut is_function)),
            TokenKind::RightBrace => {
                open.pop();
            }
            TokenKind::Return if !open.contains(&true) => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(number: usize, text: &str) -> Source {
        Source {
            origin: format!("<{number}>"),
            text: text.to_owned(),
        }
    }

    #[test]
    fn inputs_are_programs_of_their_own() {
        for (first, second) in [
            ("let f = fn(x) { x }", "(1)"),
            ("let a = [1]; a", "[0]"),
            ("let a = 1; // one", "-a"),
            ("let a = 1;", "a"),
        ] {
            let both = Transcript::new(vec![input(1, first), input(2, second)]);
            let program = syntax::parse(both.text()).unwrap();
            let alone = syntax::parse(first).unwrap();
            let statements = |program: &syntax::Program| program.ast().functions[0].body.len;
            assert_eq!(statements(&program), statements(&alone) + 1, "{first}");
        }
    }

    #[test]
    fn places_are_those_of_the_input() {
        let both = Transcript::new(vec![input(1, "let a = 1"), input(4, "a +\n true")]);
        let at = |part: &str| {
            let start = both.text().find(part).unwrap();
            let (source, span) = both.locate(Span {
                start: start as u32,
                end: (start + part.len()) as u32,
            });
            let text = &source.text[span.start as usize..span.end as usize];
            (source.origin.as_str(), text.to_owned())
        };
        assert_eq!(at("1"), ("<1>", "1".to_owned()));
        assert_eq!(at("a +"), ("<4>", "a +".to_owned()));
        assert_eq!(at(both.text()), ("<4>", "a +\n true".to_owned()));
    }

    #[test]
    fn what_only_ends_too_early_goes_on() {
        for text in [
            "fn(x) {",
            "[1,",
            "\"a",
            "let x =",
            "1 +",
            "let",
            "if (x) {\n",
            "f(",
        ] {
            assert!(is_unfinished(text, u64::MAX), "{text}");
        }
        for text in [
            "",
            "1",
            "x",
            "let = {",
            "1 + * (",
            ")",
            "if (x) { 1 }",
            "let x = 1",
        ] {
            assert!(!is_unfinished(text, u64::MAX), "{text}");
        }
        // What is too large is refused, and not waited for.
        let large = format!("[{}", "1,".repeat(10_000));
        assert!(is_unfinished(&large, 16 << 20));
        assert!(!is_unfinished(&large, 16 << 10));
    }

    #[test]
    fn returns_of_functions_end_these_alone() {
        for text in [
            "return 1",
            "let x = if (true) { return 1 };",
            "{1: if (x) { return 2 }}",
        ] {
            assert!(may_return(text), "{text}");
        }
        for text in [
            "1",
            "fn(x) { return x }",
            "fn() { if (x) { return {1: 2} } }; 3",
        ] {
            assert!(!may_return(text), "{text}");
        }
    }
}
