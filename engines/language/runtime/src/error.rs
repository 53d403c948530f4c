//! The one table of run-time errors.

use std::fmt;

use syntax::{Builtin, InfixOp, PrefixOp, Span};

use crate::calls::Calls;

/// A value's type, as programs see it in error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A 64-bit integer.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A string.
    String,
    /// `null`.
    Null,
    /// An array.
    Array,
    /// A hash.
    Hash,
    /// A closure.
    Function,
    /// A built-in function.
    Builtin,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer => "INTEGER",
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Null => "NULL",
            Self::Array => "ARRAY",
            Self::Hash => "HASH",
            Self::Function => "FUNCTION",
            Self::Builtin => "BUILTIN",
        })
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// Operands of different types under `+ - * / < >`.
    #[error("type mismatch: {left} {} {right}", op.text())]
    TypeMismatch {
        /// The operator.
        op: InfixOp,
        /// The left operand's type.
        left: Type,
        /// The right operand's type.
        right: Type,
    },
    /// Operands of one type, for which the operator has no meaning.
    #[error("unknown operator: {operands} {} {operands}", op.text())]
    UnknownInfix {
        /// The operator.
        op: InfixOp,
        /// The type of both operands.
        operands: Type,
    },
    /// An operand for which the prefix operator has no meaning.
    #[error("unknown operator: {}{operand}", op.text())]
    UnknownPrefix {
        /// The operator.
        op: PrefixOp,
        /// The operand's type.
        operand: Type,
    },
    /// A global is used before its `let` has run.
    #[error("identifier not found: {0}")]
    IdentifierNotFound(Box<str>),
    /// A call of what can't be called.
    #[error("not a function: {0}")]
    NotAFunction(Type),
    /// A call with the wrong number of arguments.
    #[error("wrong number of arguments: want={want}, got={got}")]
    WrongArity {
        /// How many parameters there are.
        want: u32,
        /// How many arguments there were.
        got: u32,
    },
    /// `len` of what has no length.
    #[error("argument to `{}` not supported, got {got}", builtin.name())]
    UnsupportedArgument {
        /// The builtin.
        builtin: Builtin,
        /// The argument's type.
        got: Type,
    },
    /// A builtin that wants an array got something else.
    #[error("argument to `{}` must be ARRAY, got {got}", builtin.name())]
    ArgumentNotArray {
        /// The builtin.
        builtin: Builtin,
        /// The argument's type.
        got: Type,
    },
    /// A hash key, in a literal or an index, that is no integer, boolean or string.
    #[error("unusable as hash key: {0}")]
    UnusableHashKey(Type),
    /// An index into what can't be indexed, or into an array by what is no integer; the type is
    /// that of what is indexed.
    #[error("index operator not supported: {0}")]
    IndexNotSupported(Type),
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// More nested calls than [`crate::Limits::depth`] allows.
    #[error("stack overflow")]
    StackOverflow,
    /// More work than [`crate::Limits::fuel`] allows.
    #[error("out of fuel")]
    OutOfFuel,
    /// More memory than [`crate::Limits::memory`] allows or than the system has for the calls under way,
    /// or a string or array over 2^31 elements.
    #[error("out of memory")]
    OutOfMemory(Shortage),
    /// What `puts` printed could not be written.
    #[error("can't write output: {0}")]
    OutputFailed(std::io::ErrorKind),
}

/// Which memory a program has too little of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// What [`crate::Limits::memory`] allows.
    Allowed,
    /// What a string or an array may be long, whatever the limits: [`crate::memory::MAX_LENGTH`].
    Length,
    /// What the system has.
    System,
}

/// An error on its way out of an operator. It is boxed so that the result of an operator, of which
/// nearly all are values, fits two registers.
pub type Raised = Box<ErrorKind>;

/// A run-time error: what, where, and on which way the program got there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct RuntimeError {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The expression that failed.
    pub span: Span,
    /// The calls that the expression is within.
    pub calls: Calls,
}
