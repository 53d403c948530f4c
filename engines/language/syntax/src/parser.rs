//! A Pratt parser from tokens into the flat tables of [`Ast`], which reports every error it can
//! tell from the consequences of another.
//!
//! Names stay texts here: the resolver finds out what they stand for.
//!
//! A source is read once, up to its end or to the first error. If there is one, the source is read
//! a second time to find all errors, and what they may come from: that parser is a separate
//! instantiation, `DIAGNOSING`, so that a good program pays nothing for it. Its tables are filled
//! but never handed out, so recovery needs to keep nothing consistent but the parser's own place
//! in the source.

mod diagnosis;
mod expressions;
mod interner;
mod recognition;
mod statements;

use crate::MAX_SOURCE_BYTES;
use crate::ast::{Ast, Block, Expr, ExprId, Function, FunctionId, NameId, Span, Stmt, bytes};
use crate::diagnostics::{Collector, Diagnostics, SyntaxErrorKind};
use crate::foreign::{self, Found};
use crate::lexer::{Lexer, Token, TokenKind};
pub(crate) use expressions::Power;
use interner::Interner;

/// The highest tree that is parsed, in levels. A parenthesis makes no node, yet while it is parsed
/// it counts as a level too.
pub const MAX_NESTING: u32 = 10_000;

/// So many expressions are few: their table doubles when it is full.
const LARGE_TABLE: usize = 1 << 14;

/// Bytes that these take at the most after they have been parsed: for what names stand for, and for
/// code, whichever engine makes it. `engines/catalog/tests/memory.rs` holds compilers to it.
const BYTES_PER_EXPRESSION_LATER: usize = 130;
const BYTES_PER_BRANCH_LATER: usize = 200;
const BYTES_PER_FUNCTION_LATER: usize = 200;
const BYTES_PER_NAME_LATER: usize = 64;

/// Parses a source text.
///
/// # Errors
/// All the syntax errors that can be told apart; nothing is said about unbound names.
pub fn parse_ast(source: &str) -> Result<Ast, Diagnostics> {
    parse_ast_within(source, u64::MAX)
}

/// [`parse_ast`] for a source that is given so many bytes of memory, until it is compiled.
///
/// # Errors
/// Likewise, and if it would take more.
pub fn parse_ast_within(source: &str, memory: u64) -> Result<Ast, Diagnostics> {
    let bytes = source.len();
    if bytes > MAX_SOURCE_BYTES {
        let mut errors = Collector::default();
        errors.add(Span::default(), || SyntaxErrorKind::SourceTooLarge {
            bytes,
        });
        return errors.finish(Ast::default());
    }
    let mut parser = Parser::<false>::new(source, memory);
    parser.program();
    if parser.stopped {
        drop(parser);
        let mut parser = Parser::<true>::new(source, memory);
        parser.program();
        return parser.errors.finish(Ast::default());
    }
    parser.ast.symbols = parser.interner.into_texts();
    parser.ast.give_back_unused();
    Ok(parser.ast)
}

/// An error has been reported; whoever parses the enclosing statements synchronizes.
struct Recovering;

type Parse<T> = Result<T, Recovering>;

/// The height of a tree, in levels: zero for no tree, one for a leaf.
#[derive(Clone, Copy, Default)]
struct Height {
    /// Down to function literals, which count as leaves.
    within_function: u32,
    /// Down to the leaves of the innermost function's body.
    total: u32,
}

impl Height {
    const LEAF: Self = Self {
        within_function: 1,
        total: 1,
    };

    /// The height of a list of trees.
    fn max(self, other: Self) -> Self {
        Self {
            within_function: self.within_function.max(other.within_function),
            total: self.total.max(other.total),
        }
    }

    /// The height of a node over trees of this height.
    const fn parent(self) -> Self {
        Self {
            within_function: self.within_function + 1,
            total: self.total + 1,
        }
    }
}

/// What a call holds of the function that is being parsed, as far as it has been.
#[derive(Default)]
struct Held {
    /// Its `let`s, those in blocks too: whether a block has ended or not, an engine may keep them.
    lets: u32,
    /// The most entries of lists that are held at the same time: of lists one within the other.
    entries: u32,
}

/// A list that is being parsed.
struct OpenList {
    /// Where its items start among the open ones.
    first: usize,
    /// [`Held::entries`] of what stands before it.
    entries_before: u32,
}

/// An expression that has been parsed.
#[derive(Clone, Copy)]
struct Node {
    id: ExprId,
    height: Height,
}

struct Parser<'source, const DIAGNOSING: bool> {
    source: &'source str,
    /// Bytes that the program may take, as far as it is up to the parser.
    memory: u64,
    lexer: Lexer<'source>,
    /// The token that is looked at.
    current: Token,
    /// What it is elsewhere, if it is [`TokenKind::Foreign`].
    foreign: Found,
    /// Where the token before it ended: the end of what has been parsed.
    previous_end: u32,
    /// Whether illegal characters stand just before the current token: what is wrong with the
    /// token is probably that they are missing.
    after_illegal: bool,
    /// How many expressions are being parsed, one within the other.
    depth: u32,
    /// How many `if`s there are.
    branches: usize,
    /// How many braces are open.
    braces: u32,
    /// Nothing that comes now is worth a report.
    stopped: bool,
    /// Statements of blocks that aren't complete; each block takes its own from the end.
    open_statements: Vec<Stmt>,
    /// Items of lists that aren't complete, likewise.
    open_items: Vec<ExprId>,
    held: Held,
    interner: Interner<'source>,
    ast: Ast,
    errors: Collector,
}

impl<'source, const DIAGNOSING: bool> Parser<'source, DIAGNOSING> {
    fn new(source: &'source str, memory: u64) -> Self {
        Self {
            source,
            memory,
            lexer: Lexer::new(source),
            current: Token {
                kind: TokenKind::End,
                span: Span::default(),
            },
            foreign: Found::from(&foreign::ASSIGN),
            previous_end: 0,
            after_illegal: false,
            depth: 0,
            branches: 0,
            braces: 0,
            stopped: false,
            open_statements: Vec::new(),
            open_items: Vec::new(),
            held: Held::default(),
            interner: Interner::default(),
            ast: Ast::default(),
            errors: Collector::default(),
        }
    }

    fn program(&mut self) {
        self.advance();
        let main = self.reserve_function(0);
        let (body, height) = self.statements(TokenKind::End);
        self.complete_function(main, body, height);
        // What parameters take shows in no expression.
        if !self.stopped {
            self.check_memory().ok();
        }
        self.ast.height = height.total.max(1);
    }

    /// Enters a function whose parameters come next. Its place is taken before those of the
    /// functions within it: functions are numbered in source order, the program first.
    fn reserve_function(&mut self, start: u32) -> FunctionId {
        let id = FunctionId(self.ast.functions.len() as u32);
        self.ast.functions.push(Function {
            name: None,
            first_parameter: NameId(self.ast.names.len() as u32),
            arity: 0,
            body: Block { start: 0, len: 0 },
            height: 1,
            width: 0,
            span: Span { start, end: start },
        });
        id
    }

    /// Fills in what is known of a function once its body, the last thing in it, is parsed.
    fn complete_function(&mut self, id: FunctionId, body: Block, height: Height) {
        let function = &mut self.ast.functions[id.index()];
        function.body = body;
        function.height = height.within_function.max(1);
        function.width = function.arity + self.held.lets + self.held.entries;
        function.span.end = if id == FunctionId::MAIN {
            self.source.len() as u32
        } else {
            self.previous_end
        };
    }

    /// Adds an expression that runs from `start` to the last token.
    #[inline]
    fn node(&mut self, expr: Expr, start: u32, height: Height) -> Parse<Node> {
        let span = Span {
            start,
            end: self.previous_end,
        };
        if height.total > MAX_NESTING {
            return Err(self.nesting_too_deep());
        }
        if self.ast.expressions.len() == self.ast.expressions.capacity() {
            self.make_room()?;
        }
        let id = ExprId(self.ast.expressions.len() as u32);
        self.ast.expressions.push(expr);
        self.ast.spans.push(span);
        Ok(Node { id, height })
    }

    /// Makes room for more expressions, within the limit on memory: all tables grow with this one.
    #[cold]
    fn make_room(&mut self) -> Parse<()> {
        let present = self.ast.expressions.capacity();
        let more = if present < LARGE_TABLE {
            present.max(64)
        } else {
            // Doubling a large table would leave up to half of it unused. It grows to what the whole
            // source needs and a little more, if the rest of it is as dense as what has been parsed.
            let parsed = self.previous_end.max(1) as usize;
            let whole = present as f64 * (self.source.len() as f64 / parsed as f64);
            let expected = (1.02 * whole) as usize;
            expected.saturating_sub(present).clamp(present / 8, present)
        };
        self.ast.expressions.reserve_exact(more);
        self.ast.spans.reserve_exact(more);
        self.check_memory()
    }

    /// Reports that what has been parsed takes too much memory, if it does.
    fn check_memory(&mut self) -> Parse<()> {
        let open = bytes(&self.open_statements) + bytes(&self.open_items);
        let taken = self.source.len() + self.ast.heap_bytes() + open + self.interner.heap_bytes();
        let later = BYTES_PER_EXPRESSION_LATER * self.ast.expressions.len()
            + BYTES_PER_BRANCH_LATER * self.branches
            + BYTES_PER_FUNCTION_LATER * self.ast.functions.len()
            + BYTES_PER_NAME_LATER * self.ast.names.len();
        if (taken + later) as u64 > self.memory {
            let limit = self.memory;
            self.report(self.current.span, || SyntaxErrorKind::OutOfMemory { limit });
            self.stop();
            return Err(Recovering);
        }
        Ok(())
    }

    /// Adds an occurrence of the current token, an identifier, and moves on.
    #[inline]
    fn name(&mut self) -> NameId {
        let id = NameId(self.ast.names.len() as u32);
        let symbol = self.interner.intern(self.text(self.current.span));
        self.ast.names.push(symbol);
        self.ast.name_starts.push(self.current.span.start);
        self.advance();
        id
    }

    #[inline]
    fn text(&self, span: Span) -> &'source str {
        &self.source[span.start as usize..span.end as usize]
    }

    /// Moves to the next token; illegal characters are reported and passed over.
    #[inline]
    fn advance(&mut self) {
        self.previous_end = self.current.span.end;
        self.after_illegal = false;
        self.current = self.lexer.next_token();
        if DIAGNOSING {
            self.recognize();
        }
        if matches!(
            self.current.kind,
            TokenKind::Illegal | TokenKind::UnclosedString
        ) {
            self.lexical_error();
        }
    }

    #[cold]
    fn lexical_error(&mut self) {
        while self.current.kind == TokenKind::Illegal {
            let span = self.current.span;
            if let Some(illegal) = self.text(span).chars().next() {
                self.report(span, || SyntaxErrorKind::IllegalCharacter(illegal));
            }
            self.after_illegal = true;
            self.current = self.lexer.next_token();
            if DIAGNOSING {
                self.recognize();
            }
        }
        if self.current.kind == TokenKind::UnclosedString {
            let start = self.current.span.start;
            let quote = Span {
                start,
                end: start + 1,
            };
            self.report(quote, || SyntaxErrorKind::UnclosedString);
            // It has swallowed the rest of the source.
            self.stop();
        }
    }

    /// Moves past a token of this kind, or reports that it is missing.
    fn expect(&mut self, kind: TokenKind, expected: &'static str) -> Parse<()> {
        if self.current.kind == kind {
            self.advance();
            return Ok(());
        }
        Err(self.expected(expected))
    }

    /// Reports that another token should stand here.
    fn expected(&mut self, expected: &'static str) -> Recovering {
        let found = self.current.kind;
        self.unexpected(SyntaxErrorKind::Expected { expected, found })
    }

    /// Reports what is wrong with the current token.
    #[cold]
    fn unexpected(&mut self, kind: SyntaxErrorKind) -> Recovering {
        if self.current.kind == TokenKind::Foreign {
            self.report_foreign(self.current.span, self.foreign, None, None);
        } else if !self.after_illegal {
            self.report(self.current.span, || kind);
        }
        Recovering
    }

    /// Reports a bracket that the source's end has left open.
    #[cold]
    fn unclosed(&mut self, opener: Token) -> Recovering {
        self.report(opener.span, || SyntaxErrorKind::Unclosed(opener.kind));
        Recovering
    }

    #[cold]
    fn nesting_too_deep(&mut self) -> Recovering {
        self.report(self.current.span, || SyntaxErrorKind::NestingTooDeep);
        self.stop();
        Recovering
    }

    fn report(&mut self, span: Span, kind: impl FnOnce() -> SyntaxErrorKind) {
        if !DIAGNOSING {
            self.stop();
        } else if !self.stopped {
            self.errors.add(span, kind);
        }
    }

    /// Gives up: the source ends here for the parser, and everything that misses then is silent.
    fn stop(&mut self) {
        self.stopped = true;
        self.lexer = Lexer::new("");
        self.current.kind = TokenKind::End;
    }

    /// Reads on, after an error, to where a statement may start or the block ends whose
    /// statements stand within `braces` open ones.
    fn synchronize(&mut self, braces: u32) {
        // Braces open between the block's and the error's place belong to hash literals, which
        // hold no statements; within braces that are opened further on there may be blocks.
        let at_error = self.braces;
        loop {
            match self.current.kind {
                TokenKind::End => break,
                TokenKind::Let | TokenKind::Return if self.braces <= at_error => break,
                TokenKind::Semicolon if self.braces <= at_error => {
                    self.advance();
                    break;
                }
                TokenKind::LeftBrace => self.braces += 1,
                TokenKind::RightBrace if self.braces > braces => self.braces -= 1,
                // The block's own end, or at the top level a brace too many.
                TokenKind::RightBrace if braces > 0 => break,
                _ => {}
            }
            self.advance();
        }
        self.braces = braces;
    }
}
