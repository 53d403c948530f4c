//! Monkey's syntax: from a source text to a resolved program, or to all the errors in it.
//!
//! The pipeline is `lexer` → `parser` → `resolver`; every engine starts from the [`Program`] that
//! it gives. This crate knows nothing of values or of how a program is run.

pub mod ast;
mod builtin;
mod diagnostics;
pub mod foreign;
pub mod lexer;
mod native_stack;
pub mod parser;
mod position;
mod printable;
mod program;
mod remarks;
mod report;
pub mod resolver;
mod spelling;

pub use ast::{
    Ast, Block, Expr, ExprId, ExprList, Function, FunctionId, InfixOp, NameId, PrefixOp, Span,
    Stmt, Symbol,
};
pub use builtin::Builtin;
pub use diagnostics::{Diagnostic, Diagnostics, MAX_DIAGNOSTICS, SyntaxErrorKind};
pub use native_stack::{try_with_stack, with_stack};
pub use parser::MAX_NESTING;
pub use position::{LineIndex, Position, position_of};
pub use printable::printable;
pub use program::{Binding, BindingId, BindingKind, Program, Resolved, Scope};
pub use remarks::{Remark, remarks};
pub use report::{Report, Severity, Style};
pub use spelling::near;

/// What the compiler was told for this crate.
pub const SETTINGS: &str = settings::of_this_crate!();

/// The largest source that is parsed, in bytes: 64 MiB.
pub const MAX_SOURCE_BYTES: usize = 64 << 20;

/// How many parameters a function, and how many arguments a call may have.
pub const MAX_LIST: u32 = 65_535;

/// How many variables, parameters included, a function may have, and how many it may capture.
/// Globals don't count.
pub const MAX_VARIABLES: u32 = 65_535;

/// How many captures all functions together may have. Functions nested deep that capture much
/// would otherwise take memory that grows with the square of the source.
pub const MAX_TOTAL_CAPTURES: usize = 1 << 22;

/// Parses and resolves a source text.
///
/// # Errors
/// All the syntax errors that can be told apart; if there are none, all the names that nothing
/// binds.
pub fn parse(source: &str) -> Result<Program, Diagnostics> {
    parse_within(source, u64::MAX)
}

/// [`parse`] for a source that is given so many bytes of memory, from here until it is compiled: its
/// own text, all tables and the code.
///
/// # Errors
/// Likewise, and if it would take more: then the error stands where that is certain.
pub fn parse_within(source: &str, memory: u64) -> Result<Program, Diagnostics> {
    resolver::resolve(source, parser::parse_ast_within(source, memory)?)
}
