//! Expressions, by binding power (Pratt 1973).

use std::mem;

use super::{Height, Node, OpenList, Parse, Parser, Recovering};
use crate::ast::{Expr, ExprList, InfixOp, PrefixOp, Span};
use crate::diagnostics::SyntaxErrorKind;
use crate::foreign::{self, Found};
use crate::lexer::TokenKind;
use crate::native_stack::with_stack;
use crate::{MAX_LIST, MAX_NESTING};

/// How strongly an operator binds its operands, weakest first. Calls and indexes bind strongest
/// of all, so they need no power here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Power {
    Lowest,
    /// Of what only other languages have, like the next.
    Or,
    And,
    Equality,
    Comparison,
    Sum,
    Product,
    Prefix,
}

/// The infix operator that a token is, and its power.
fn infix_operator(kind: TokenKind) -> Option<(InfixOp, Power)> {
    Some(match kind {
        TokenKind::Equal => (InfixOp::Equal, Power::Equality),
        TokenKind::NotEqual => (InfixOp::NotEqual, Power::Equality),
        TokenKind::Less => (InfixOp::Less, Power::Comparison),
        TokenKind::Greater => (InfixOp::Greater, Power::Comparison),
        TokenKind::Plus => (InfixOp::Add, Power::Sum),
        TokenKind::Minus => (InfixOp::Subtract, Power::Sum),
        TokenKind::Star => (InfixOp::Multiply, Power::Product),
        TokenKind::Slash => (InfixOp::Divide, Power::Product),
        _ => return None,
    })
}

/// Whether an expression may start with a token of this kind: those that `Parser::operand` takes.
pub(super) fn starts_expression(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Identifier
            | TokenKind::Integer
            | TokenKind::String
            | TokenKind::True
            | TokenKind::False
            | TokenKind::Bang
            | TokenKind::Minus
            | TokenKind::LeftParen
            | TokenKind::LeftBracket
            | TokenKind::LeftBrace
            | TokenKind::If
            | TokenKind::Fn
    )
}

/// Native stack is made sure of for so many levels at a time, which is cheaper than for each.
const LEVELS_AT_A_TIME: u32 = 64;

impl<const DIAGNOSING: bool> Parser<'_, DIAGNOSING> {
    /// An expression whose infix operators all bind stronger than `power`. Every recursion of the
    /// parser comes by here.
    pub(super) fn expression(&mut self, power: Power) -> Parse<Node> {
        if self.depth == MAX_NESTING {
            return Err(self.nesting_too_deep());
        }
        let parsed = if self.depth.is_multiple_of(LEVELS_AT_A_TIME) {
            self.depth += 1;
            with_stack(LEVELS_AT_A_TIME, || self.operators(power))
        } else {
            self.depth += 1;
            self.operators(power)
        };
        self.depth -= 1;
        parsed
    }

    /// An operand and all the operators after it that bind stronger than `power`.
    fn operators(&mut self, power: Power) -> Parse<Node> {
        // Not the operand's span's start: a parenthesis before it belongs to what follows.
        let start = self.current.span.start;
        let mut left = self.operand()?;
        loop {
            left = match self.current.kind {
                TokenKind::LeftParen => self.call(start, left)?,
                TokenKind::LeftBracket => self.index(start, left)?,
                kind => match infix_operator(kind) {
                    Some((op, binding)) if binding > power => {
                        self.advance();
                        let right = self.expression(binding)?;
                        let expr = Expr::Infix {
                            op,
                            left: left.id,
                            right: right.id,
                        };
                        self.node(expr, start, left.height.max(right.height).parent())?
                    }
                    _ => match self.foreign_operator(start, left, power)? {
                        Some(node) => node,
                        None => return Ok(left),
                    },
                },
            };
        }
    }

    /// What may stand before an infix operator.
    fn operand(&mut self) -> Parse<Node> {
        let Span { start, end } = self.current.span;
        if let Some(node) = self.foreign_operand()? {
            return Ok(node);
        }
        let literal = match self.current.kind {
            TokenKind::Identifier => Expr::Name(self.name()),
            TokenKind::Integer => {
                let value = self.integer();
                self.advance();
                Expr::Integer(value)
            }
            TokenKind::True | TokenKind::False => {
                let value = self.current.kind == TokenKind::True;
                self.advance();
                Expr::Boolean(value)
            }
            TokenKind::String => {
                self.advance();
                Expr::String(Span {
                    start: start + 1,
                    end: end - 1,
                })
            }
            TokenKind::Bang => return self.prefix(PrefixOp::Not),
            TokenKind::Minus => return self.prefix(PrefixOp::Negate),
            TokenKind::LeftParen => return self.parenthesized(),
            TokenKind::LeftBracket => return self.array(),
            TokenKind::LeftBrace => return self.hash(),
            TokenKind::If => return self.if_expression(),
            TokenKind::Fn => return self.function(),
            found => return Err(self.unexpected(SyntaxErrorKind::ExpectedExpression { found })),
        };
        self.node(literal, start, Height::LEAF)
    }

    /// The current token's value; zero, and a report, if it has none.
    fn integer(&mut self) -> i64 {
        let span = self.current.span;
        self.text(span).parse().unwrap_or_else(|_| {
            self.report(span, || SyntaxErrorKind::IntegerTooLarge);
            0
        })
    }

    /// `!OPERAND`, `-OPERAND`
    fn prefix(&mut self, op: PrefixOp) -> Parse<Node> {
        let start = self.current.span.start;
        self.advance();
        let operand = self.expression(Power::Prefix)?;
        let expr = Expr::Prefix {
            op,
            operand: operand.id,
        };
        self.node(expr, start, operand.height.parent())
    }

    /// `(EXPRESSION)`, which makes no node of its own.
    fn parenthesized(&mut self) -> Parse<Node> {
        let inner = self.opened_expression()?;
        self.expect(TokenKind::RightParen, "`)`")?;
        Ok(inner)
    }

    /// `[ITEM, …]`
    fn array(&mut self) -> Parse<Node> {
        let start = self.current.span.start;
        let (items, height) = self.expression_list(TokenKind::RightBracket)?;
        self.node(Expr::Array(items), start, height.parent())
    }

    /// `{KEY: VALUE, …}`
    fn hash(&mut self) -> Parse<Node> {
        let start = self.current.span.start;
        let list = self.open_list();
        let mut height = Height::default();
        self.braces += 1;
        self.comma_separated(TokenKind::RightBrace, |parser| {
            let key = parser.expression(Power::Lowest)?;
            parser.expect(TokenKind::Colon, "`:`")?;
            let value = parser.expression(Power::Lowest)?;
            parser.open_items.extend([key.id, value.id]);
            height = height.max(key.height).max(value.height);
            Ok(())
        })?;
        self.braces -= 1;
        let entries = self.complete_list(list);
        self.node(Expr::Hash(entries), start, height.parent())
    }

    /// `CALLEE(ARGUMENT, …)`
    fn call(&mut self, start: u32, callee: Node) -> Parse<Node> {
        let opener = self.current.span;
        let (arguments, height) = self.expression_list(TokenKind::RightParen)?;
        if arguments.len > MAX_LIST {
            self.report(opener, || SyntaxErrorKind::TooManyArguments);
        }
        let expr = Expr::Call {
            callee: callee.id,
            arguments,
        };
        self.node(expr, start, callee.height.max(height).parent())
    }

    /// `OBJECT[INDEX]`
    fn index(&mut self, start: u32, object: Node) -> Parse<Node> {
        let index = self.opened_expression()?;
        self.expect(TokenKind::RightBracket, "`]`")?;
        let expr = Expr::Index {
            object: object.id,
            index: index.id,
        };
        self.node(expr, start, object.height.max(index.height).parent())
    }

    /// `if (CONDITION) BLOCK`, and perhaps `else BLOCK`
    fn if_expression(&mut self) -> Parse<Node> {
        let start = self.current.span.start;
        self.advance();
        if self.current.kind != TokenKind::LeftParen {
            return Err(self.expected("`(` after `if`"));
        }
        let condition = self.opened_expression()?;
        let closed = self.expect(TokenKind::RightParen, "`)`");
        self.resume_at_block(closed)?;
        let (consequence, consequence_height) = self.block()?;
        let mut height = condition.height.max(consequence_height);
        let mut alternative = None;
        if self.current.kind == TokenKind::Else {
            self.advance();
            if self.current.kind == TokenKind::If {
                let found = Found::from(&foreign::ELSE_IF);
                self.report_foreign(self.current.span, found, None, None);
                // Read it as what it means elsewhere, to find errors within.
                self.expression(Power::Prefix)?;
            } else {
                let (block, block_height) = self.block()?;
                alternative = Some(block);
                height = height.max(block_height);
            }
        }
        self.branches += 1;
        let expr = Expr::If {
            condition: condition.id,
            consequence,
            alternative,
        };
        self.node(expr, start, height.parent())
    }

    /// `fn(PARAMETER, …) BLOCK`
    pub(super) fn function(&mut self) -> Parse<Node> {
        let Span { start, end } = self.current.span;
        self.advance();
        let id = self.reserve_function(start);
        let held_around = mem::take(&mut self.held);
        let parameters = self.parameters();
        let arity = self.resume_at_block(parameters)?;
        if arity > MAX_LIST {
            self.report(Span { start, end }, || SyntaxErrorKind::TooManyParameters);
        }
        self.ast.functions[id.index()].arity = arity;
        self.skip_result_type();
        let (body, body_height) = self.block()?;
        self.complete_function(id, body, body_height);
        self.held = held_around;
        let height = Height {
            within_function: 1,
            total: body_height.total + 1,
        };
        self.node(Expr::Function(id), start, height)
    }

    /// `(NAME, …)`; gives how many.
    fn parameters(&mut self) -> Parse<u32> {
        self.skip_function_name();
        if self.current.kind != TokenKind::LeftParen {
            return Err(self.expected("`(` after `fn`"));
        }
        self.comma_separated(TokenKind::RightParen, |parser| {
            if parser.current.kind == TokenKind::Identifier {
                parser.name();
                parser.skip_type();
                return Ok(());
            }
            Err(parser.expected("a parameter's name"))
        })
    }

    /// Goes on after an error in what stands before a block if the block is all that's left: it
    /// tells that just the `)` is missing.
    fn resume_at_block<T: Default>(&self, header: Parse<T>) -> Parse<T> {
        match header {
            Err(Recovering) if self.current.kind == TokenKind::LeftBrace => Ok(T::default()),
            other => other,
        }
    }

    /// An opening bracket, which is the current token, and an expression; the closing one is left.
    fn opened_expression(&mut self) -> Parse<Node> {
        let opener = self.current;
        self.advance();
        if self.current.kind == TokenKind::End {
            return Err(self.unclosed(opener));
        }
        let inner = self.expression(Power::Lowest)?;
        if self.current.kind == TokenKind::End {
            return Err(self.unclosed(opener));
        }
        Ok(inner)
    }

    /// An opening bracket, expressions, and `closer`.
    fn expression_list(&mut self, closer: TokenKind) -> Parse<(ExprList, Height)> {
        let list = self.open_list();
        let mut height = Height::default();
        self.comma_separated(closer, |parser| {
            let item = parser.expression(Power::Lowest)?;
            parser.open_items.push(item.id);
            height = height.max(item.height);
            Ok(())
        })?;
        Ok((self.complete_list(list), height))
    }

    /// Begins a list, whose items come next.
    fn open_list(&mut self) -> OpenList {
        OpenList {
            first: self.open_items.len(),
            entries_before: mem::take(&mut self.held.entries),
        }
    }

    /// Moves a list's items from the open ones to the table of lists.
    fn complete_list(&mut self, open: OpenList) -> ExprList {
        let list = ExprList {
            start: self.ast.lists.len() as u32,
            len: (self.open_items.len() - open.first) as u32,
        };
        self.ast.lists.extend(self.open_items.drain(open.first..));
        // All of it is held while one of its items is evaluated; the lists before it are done.
        let entries = list.len + self.held.entries;
        self.held.entries = entries.max(open.entries_before);
        list
    }

    /// An opening bracket, which is the current token, items with commas between them, and
    /// `closer`; gives how many items.
    fn comma_separated(
        &mut self,
        closer: TokenKind,
        mut item: impl FnMut(&mut Self) -> Parse<()>,
    ) -> Parse<u32> {
        let opener = self.current;
        self.advance();
        let mut count = 0;
        if self.current.kind == closer {
            self.advance();
            return Ok(count);
        }
        loop {
            if self.current.kind == TokenKind::End {
                return Err(self.unclosed(opener));
            }
            item(self)?;
            count += 1;
            let comma = self.current.span;
            match self.current.kind {
                TokenKind::Comma => self.advance(),
                kind if kind == closer => {
                    self.advance();
                    return Ok(count);
                }
                TokenKind::End => return Err(self.unclosed(opener)),
                _ => {
                    return Err(self.expected(match closer {
                        TokenKind::RightParen => "`,` or `)`",
                        TokenKind::RightBracket => "`,` or `]`",
                        _ => "`,` or `}`",
                    }));
                }
            }
            if self.current.kind == closer {
                if !self.after_illegal {
                    self.report(comma, || SyntaxErrorKind::TrailingComma);
                }
                self.advance();
                return Ok(count);
            }
        }
    }
}
