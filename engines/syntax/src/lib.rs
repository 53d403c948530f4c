//! Monkey's syntax: from a source text to a resolved program, or to all the errors in it.
//!
//! The pipeline is `lexer` → `parser` → `resolver`; every engine starts from the [`Program`] that
//! it gives. This crate knows nothing of values or of how a program is run.

pub mod ast;
mod builtin;
mod program;

pub use ast::{
    Ast, Block, Expr, ExprId, ExprList, Function, FunctionId, InfixOp, NameId, PrefixOp, Span, Stmt,
    Symbol,
};
pub use builtin::Builtin;
pub use program::{Binding, BindingId, BindingKind, Program, Resolved, Scope};
