//! Statements and blocks.

use super::expressions::{Power, starts_expression};
use super::{Height, Parse, Parser, Recovering};
use crate::ast::{Block, Expr, Stmt};
use crate::diagnostics::SyntaxErrorKind;
use crate::lexer::TokenKind;

impl<const DIAGNOSING: bool> Parser<'_, DIAGNOSING> {
    /// `{ statements }`
    pub(super) fn block(&mut self) -> Parse<(Block, Height)> {
        let opener = self.current;
        self.expect(TokenKind::LeftBrace, "`{`")?;
        self.braces += 1;
        let block = self.statements(TokenKind::RightBrace);
        if self.current.kind != TokenKind::RightBrace {
            return Err(self.unclosed(opener));
        }
        self.braces -= 1;
        self.advance();
        Ok(block)
    }

    /// Statements up to `closer`, which is left, or the end of the source.
    pub(super) fn statements(&mut self, closer: TokenKind) -> (Block, Height) {
        let first = self.open_statements.len();
        let braces = self.braces;
        let mut height = Height::default();
        while self.current.kind != closer && self.current.kind != TokenKind::End {
            match self.statement() {
                Ok(statement) => height = height.max(statement),
                Err(_) => self.synchronize(braces),
            }
        }
        let block = Block {
            start: self.ast.statements.len() as u32,
            len: (self.open_statements.len() - first) as u32,
        };
        // Of a long block nothing is left unused: it may be the last.
        if block.len as usize > self.ast.statements.capacity() {
            self.ast.statements.reserve_exact(block.len as usize);
        }
        self.ast
            .statements
            .extend(self.open_statements.drain(first..));
        (block, height)
    }

    fn statement(&mut self) -> Parse<Height> {
        let (statement, height) = match self.current.kind {
            TokenKind::Let => self.let_statement()?,
            TokenKind::Return => self.return_statement()?,
            TokenKind::Semicolon => return Err(self.unexpected(SyntaxErrorKind::EmptyStatement)),
            _ => {
                let start = self.current.span.start;
                let value = self.expression(Power::Lowest)?;
                self.assignment(start, value)?;
                (Stmt::Expr(value.id), value.height)
            }
        };
        if self.current.kind == TokenKind::Semicolon {
            self.advance();
        }
        self.open_statements.push(statement);
        Ok(height)
    }

    /// `let NAME = VALUE`
    pub(super) fn let_statement(&mut self) -> Parse<(Stmt, Height)> {
        self.advance();
        if self.current.kind != TokenKind::Identifier {
            return Err(self.expected("a name after `let`"));
        }
        let span = self.current.span;
        let name = self.name();
        self.held.lets += 1;
        self.skip_type();
        if let Some(bound) = self.foreign_let(name, span)? {
            return Ok(bound);
        }
        self.expect(TokenKind::Assign, "`=`")?;
        let value = self.expression(Power::Lowest)?;
        // Parentheses make no node, so a literal in them is bound directly as well.
        if let Expr::Function(id) = self.ast.expressions[value.id.index()] {
            self.ast.functions[id.index()].name = Some(name);
        }
        let statement = Stmt::Let {
            name,
            value: value.id,
        };
        Ok((statement, value.height))
    }

    /// `return VALUE`
    fn return_statement(&mut self) -> Parse<(Stmt, Height)> {
        let keyword = self.current.span;
        self.advance();
        let is_value =
            starts_expression(self.current.kind) || self.current.kind == TokenKind::Foreign;
        if !is_value && !self.after_illegal {
            self.report(keyword, || SyntaxErrorKind::ReturnWithoutValue);
            return Err(Recovering);
        }
        let value = self.expression(Power::Lowest)?;
        Ok((Stmt::Return(value.id), value.height))
    }
}
