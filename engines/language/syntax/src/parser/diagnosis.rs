//! The second reading of a source that has an error: what other languages have is recognized and
//! said to be missing, once, and read as what it means there, so that nothing else is reported for
//! it and errors behind it are found. What comes of it is never handed out, so any node will do.
//!
//! The table of what is recognized is [`FOREIGN`](crate::foreign::FOREIGN).

use super::expressions::{Power, starts_expression};
use super::recognition::{escaped_string, fraction, symbol};
use super::{Height, Node, Parse, Parser};
use crate::ast::{Expr, NameId, Span, Stmt};
use crate::diagnostics::SyntaxErrorKind;
use crate::foreign::{self, Foreign, Found, Role};
use crate::lexer::{Lexer, Token, TokenKind};

impl<const DIAGNOSING: bool> Parser<'_, DIAGNOSING> {
    /// Makes one token of what the lexer takes for several, or for illegal characters, and passes
    /// over comments.
    pub(super) fn recognize(&mut self) {
        loop {
            let start = self.current.span.start;
            let rest = &self.source[start as usize..];
            let (found, length) = match self.current.kind {
                TokenKind::Integer => match fraction(rest) {
                    Some(length) => (Found::from(&foreign::FRACTION), length),
                    None => return,
                },
                TokenKind::String | TokenKind::UnclosedString => return self.recognize_escape(),
                TokenKind::End | TokenKind::Identifier => return,
                _ => match symbol(rest) {
                    Some(recognized) => recognized,
                    None => return,
                },
            };
            let span = Span {
                start,
                end: start + length as u32,
            };
            self.lexer.seek(span.end);
            self.foreign = found;
            self.current = Token {
                kind: TokenKind::Foreign,
                span,
            };
            if !matches!(found.what.role, Role::Comment(_)) {
                return;
            }
            self.report_foreign(span, found, None, None);
            self.current = self.lexer.next_token();
        }
    }

    /// Takes a string for what it is where `\"` doesn't end it, if the line says so.
    fn recognize_escape(&mut self) {
        let start = self.current.span.start;
        let rest = &self.source[start as usize..];
        if let Some((escape, length)) = escaped_string(rest) {
            let escape = Span {
                start: start + escape as u32,
                end: start + escape as u32 + 2,
            };
            let found = Found {
                what: &foreign::ESCAPED_QUOTE,
                text: "\\\"",
            };
            self.report_foreign(escape, found, None, None);
            self.current = Token {
                kind: TokenKind::String,
                span: Span {
                    start,
                    end: start + length as u32,
                },
            };
            self.lexer.seek(self.current.span.end);
        }
    }

    /// Reports that something isn't in the language; `left` and `right` are its operands.
    pub(super) fn report_foreign(
        &mut self,
        span: Span,
        found: Found,
        left: Option<Span>,
        right: Option<Span>,
    ) {
        self.report(span, || SyntaxErrorKind::NotInTheLanguage {
            found,
            left,
            right,
        });
    }

    /// What follows an operand that the grammar can't go on with: nothing, unless it is foreign.
    pub(super) fn foreign_operator(
        &mut self,
        start: u32,
        left: Node,
        power: Power,
    ) -> Parse<Option<Node>> {
        if !DIAGNOSING {
            return Ok(None);
        }
        let Some(found) = self.foreign_here() else {
            return Ok(None);
        };
        let token = self.current.span;
        let operand = Some(Span {
            start,
            end: self.previous_end,
        });
        match found.what.role {
            Role::Infix(binding) if binding > power && self.is_operator() => {
                self.advance();
                let from = self.current.span.start;
                let right = self.expression(binding);
                let right_span = right.is_ok().then_some(Span {
                    start: from,
                    end: self.previous_end,
                });
                self.report_foreign(token, found, operand, right_span);
                let height = left.height.max(right?.height).parent();
                self.placeholder(start, height).map(Some)
            }
            Role::Step => {
                self.report_foreign(token, found, operand, None);
                self.advance();
                Ok(Some(left))
            }
            Role::Member => {
                self.member(start, found);
                // Like an element, it isn't a variable.
                let expr = Expr::Index {
                    object: left.id,
                    index: left.id,
                };
                self.node(expr, start, left.height.parent()).map(Some)
            }
            Role::Conditional if power == Power::Lowest => {
                self.report_foreign(token, found, None, None);
                self.advance();
                self.expression(Power::Lowest)?;
                self.expect(TokenKind::Colon, "`:`")?;
                let last = self.expression(Power::Lowest)?;
                self.placeholder(start, last.height).map(Some)
            }
            Role::Arrow if found.what == &foreign::ARROW => self.arrow(start, operand).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads a dot and a name behind what starts at `start`.
    fn member(&mut self, start: u32, found: Found) {
        let token = self.current.span;
        let object = Span {
            start,
            end: self.previous_end,
        };
        let name = Span {
            start: token.start + 1,
            end: token.end,
        };
        let is_console = self.text(object) == "console";
        self.advance();
        let (span, found, right) = if is_console {
            let span = Span { start, ..token };
            (
                span,
                Found::from(&foreign::CONSOLE_LOG),
                self.first_argument(),
            )
        } else if found.what == &foreign::MEMBER {
            (token, found, Some(name))
        } else {
            (token, found, self.first_argument())
        };
        self.report_foreign(span, found, Some(object), right);
    }

    /// What stands in an operand's place and is foreign, if anything is.
    pub(super) fn foreign_operand(&mut self) -> Parse<Option<Node>> {
        if !DIAGNOSING {
            return Ok(None);
        }
        let start = self.current.span.start;
        if self.is_list_before_arrow() {
            while self.current.kind != TokenKind::Foreign {
                self.advance();
            }
            let parameters = Span {
                start: start + 1,
                end: self.previous_end - 1,
            };
            return self.arrow(start, Some(parameters)).map(Some);
        }
        let Some(found) = self.foreign_here() else {
            return Ok(None);
        };
        let token = self.current.span;
        match found.what.role {
            Role::Quoted | Role::Fraction => {
                let text = Span {
                    start: token.start + 1,
                    end: token.end - 1,
                };
                self.report_foreign(token, found, None, Some(text));
                self.advance();
                self.placeholder(start, Height::LEAF).map(Some)
            }
            Role::Prefix | Role::Step
                if self.current.kind == TokenKind::Foreign
                    || self.on_this_line().is_some_and(starts_expression) =>
            {
                let power = match self.current.kind {
                    TokenKind::Foreign => Power::Prefix,
                    _ => Power::And,
                };
                self.advance();
                let from = self.current.span.start;
                let operand = self.expression(power);
                let span = operand.is_ok().then_some(Span {
                    start: from,
                    end: self.previous_end,
                });
                let left = span.filter(|_| found.what.role == Role::Step);
                self.report_foreign(token, found, left, span);
                operand.map(Some)
            }
            Role::Statement if self.heads_a_block() => {
                self.report_foreign(token, found, None, None);
                self.skip_to_brace();
                let (_, height) = self.block()?;
                self.placeholder(start, height.parent()).map(Some)
            }
            Role::Function if self.heads_a_block() => {
                if self.on_this_line() == Some(TokenKind::Identifier) {
                    self.advance();
                    let definition = Found {
                        what: &foreign::DEFINITION,
                        ..found
                    };
                    self.report_foreign(token, definition, Some(self.current.span), None);
                } else {
                    self.report_foreign(token, found, None, None);
                }
                self.function().map(Some)
            }
            Role::Binding if self.on_this_line() == Some(TokenKind::Identifier) => {
                let name = Lexer::at(self.source, token.end as usize).next_token();
                let bound = self.let_statement();
                let value = self.value_of(&bound);
                self.report_foreign(token, found, Some(name.span), value);
                self.placeholder(start, bound?.1.parent()).map(Some)
            }
            Role::Declaration
                if self.heads_a_block()
                    || matches!(
                        self.on_this_line(),
                        Some(TokenKind::Identifier | TokenKind::String)
                    ) =>
            {
                self.report_foreign(token, found, None, None);
                self.skip_declaration();
                self.placeholder(start, Height::LEAF).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Reads an assignment to an expression that is a statement, if that follows.
    pub(super) fn assignment(&mut self, start: u32, target: Node) -> Parse<()> {
        if !DIAGNOSING {
            return Ok(());
        }
        let token = self.current.span;
        let found = match self.current.kind {
            TokenKind::Foreign if self.foreign.what.role == Role::Assignment => self.foreign,
            TokenKind::Assign => match self.ast.expressions[target.id.index()] {
                Expr::Name(_) => Found::from(&foreign::ASSIGN),
                Expr::Index { .. } => Found::from(&foreign::ASSIGN_ELEMENT),
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        let left = Span {
            start,
            end: self.previous_end,
        };
        self.advance();
        let from = self.current.span.start;
        let value = self.expression(Power::Lowest);
        // What can't be read is shown as left out.
        let end = value.as_ref().map_or(from, |_| self.previous_end);
        self.report_foreign(token, found, Some(left), Some(Span { start: from, end }));
        value.map(|_| ())
    }

    /// Reads another sign between a `let`'s name and its value than `=`, and the value.
    pub(super) fn foreign_let(&mut self, id: NameId, name: Span) -> Parse<Option<(Stmt, Height)>> {
        if !DIAGNOSING
            || self.current.kind != TokenKind::Foreign
            || self.foreign.what.role != Role::Assignment
        {
            return Ok(None);
        }
        let (token, found) = (self.current.span, self.foreign);
        self.advance();
        let value = self.expression(Power::Lowest).map(|value| {
            let statement = Stmt::Let {
                name: id,
                value: value.id,
            };
            (statement, value.height)
        });
        let right = self.value_of(&value);
        self.report_foreign(token, found, Some(name), right);
        value.map(Some)
    }

    /// Where the value of a `let` stands that has been read.
    fn value_of(&self, bound: &Parse<(Stmt, Height)>) -> Option<Span> {
        match bound {
            &Ok((Stmt::Let { value, .. }, _)) => Some(self.ast.spans[value.index()]),
            _ => None,
        }
    }

    /// Passes over a type behind a variable's or a parameter's name, and reports it.
    pub(super) fn skip_type(&mut self) {
        if !DIAGNOSING || self.current.kind != TokenKind::Colon {
            return;
        }
        let colon = self.current.span;
        self.advance();
        if self.current.kind == TokenKind::Identifier {
            let span = Span {
                end: self.current.span.end,
                ..colon
            };
            self.report_foreign(span, Found::from(&foreign::TYPE), None, None);
            self.advance();
        }
    }

    /// Passes over the type of a result, which the arrow before it has told of.
    pub(super) fn skip_result_type(&mut self) {
        if DIAGNOSING
            && self.current.kind == TokenKind::Foreign
            && self.foreign.what == &foreign::RESULT_TYPE
        {
            self.report_foreign(self.current.span, self.foreign, None, None);
            self.skip_to_brace();
        }
    }

    /// A name between `fn` and its parameters.
    pub(super) fn skip_function_name(&mut self) {
        if DIAGNOSING && self.current.kind == TokenKind::Identifier {
            let name = self.current.span;
            let found = Found::from(&foreign::NAMED_FUNCTION);
            self.report_foreign(name, found, Some(name), None);
            self.advance();
        }
    }

    /// Whether the current token, a word or a symbol, stands between operands: a word only if they
    /// are on its line.
    fn is_operator(&self) -> bool {
        let before = &self.source[self.previous_end as usize..self.current.span.start as usize];
        self.current.kind == TokenKind::Foreign
            || !before.contains('\n') && self.on_this_line().is_some_and(starts_expression)
    }

    /// What the current token is elsewhere.
    fn foreign_here(&self) -> Option<Found> {
        match self.current.kind {
            TokenKind::Foreign => Some(self.foreign),
            TokenKind::Identifier => Foreign::word(self.text(self.current.span)),
            _ => None,
        }
    }

    /// A node in the place of something foreign.
    fn placeholder(&mut self, start: u32, height: Height) -> Parse<Node> {
        self.node(Expr::Boolean(false), start, height)
    }

    /// The kind of the next token, if it stands on the current one's line.
    fn on_this_line(&self) -> Option<TokenKind> {
        let from = self.current.span.end as usize;
        let next = Lexer::at(self.source, from).next_token();
        let between = &self.source[from..next.span.start as usize];
        (!between.contains('\n')).then_some(next.kind)
    }

    /// Whether a block follows the current token: behind parentheses, or on the same line.
    fn heads_a_block(&self) -> bool {
        let mut lexer = Lexer::at(self.source, self.current.span.end as usize);
        let mut parentheses = 0_u32;
        let mut last_end = self.current.span.end;
        for _ in 0..MOST_TOKENS_AHEAD {
            let token = lexer.next_token();
            let between = &self.source[last_end as usize..token.span.start as usize];
            match token.kind {
                TokenKind::End | TokenKind::UnclosedString => return false,
                TokenKind::LeftBrace if parentheses == 0 => return true,
                _ if parentheses == 0 && between.contains('\n') => return false,
                TokenKind::RightBrace => return false,
                TokenKind::Semicolon if parentheses == 0 => return false,
                TokenKind::LeftParen => parentheses += 1,
                TokenKind::RightParen if parentheses == 0 => return false,
                TokenKind::RightParen => parentheses -= 1,
                _ => {}
            }
            last_end = token.span.end;
        }
        false
    }

    /// Moves to the brace of the block that the current token heads.
    fn skip_to_brace(&mut self) {
        let mut parentheses = 0_u32;
        loop {
            match self.current.kind {
                TokenKind::End => return,
                TokenKind::LeftBrace if parentheses == 0 => return,
                TokenKind::LeftParen => parentheses += 1,
                TokenKind::RightParen => parentheses = parentheses.saturating_sub(1),
                _ => {}
            }
            self.advance();
        }
    }

    /// Moves past what ends with its braces if it has any on its line, else with the line.
    fn skip_declaration(&mut self) {
        let braces = self.heads_a_block();
        let mut open = 0_u32;
        loop {
            let last = self.current.kind;
            match last {
                TokenKind::End => return,
                TokenKind::LeftBrace => open += 1,
                TokenKind::RightBrace => open = open.saturating_sub(1),
                _ => {}
            }
            let ends_line = self.on_this_line().is_none();
            let next_ends = matches!(
                self.on_this_line(),
                Some(TokenKind::Semicolon | TokenKind::RightBrace | TokenKind::End)
            );
            self.advance();
            let ended = if braces {
                last == TokenKind::RightBrace && open == 0
            } else {
                open == 0 && (ends_line || next_ends)
            };
            if ended {
                return;
            }
        }
    }

    /// Whether the current token opens the parameters of an arrow function.
    fn is_list_before_arrow(&self) -> bool {
        if self.current.kind != TokenKind::LeftParen {
            return false;
        }
        let mut lexer = Lexer::at(self.source, self.current.span.end as usize);
        loop {
            match lexer.next_token().kind {
                TokenKind::Identifier | TokenKind::Comma => {}
                TokenKind::RightParen => break,
                _ => return false,
            }
        }
        let arrow = lexer.next_token().span.start as usize;
        self.source[arrow..].starts_with("=>")
    }

    /// Reads an arrow, which is the current token, and the block or the expression behind it.
    fn arrow(&mut self, start: u32, parameters: Option<Span>) -> Parse<Node> {
        let (token, found) = (self.current.span, self.foreign);
        self.advance();
        let from = self.current.span.start;
        let is_block = self.current.kind == TokenKind::LeftBrace;
        let height = if is_block {
            self.block().map(|(_, height)| height)
        } else {
            self.expression(Power::Lowest).map(|body| body.height)
        };
        let body = Span {
            start: from + u32::from(is_block),
            end: self.previous_end - u32::from(is_block),
        };
        let body = height.is_ok().then_some(body);
        self.report_foreign(token, found, parameters, body);
        self.placeholder(start, height?.parent())
    }

    /// Where the only token between the parentheses that follow stands, if it is one token.
    fn first_argument(&self) -> Option<Span> {
        if self.current.kind != TokenKind::LeftParen {
            return None;
        }
        let mut lexer = Lexer::at(self.source, self.current.span.end as usize);
        let argument = lexer.next_token();
        let is_argument = starts_expression(argument.kind);
        (is_argument && lexer.next_token().kind == TokenKind::RightParen).then_some(argument.span)
    }
}

/// So many tokens are looked at in advance at most: it may happen at each of them.
const MOST_TOKENS_AHEAD: usize = 200;
