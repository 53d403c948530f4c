//! How a run ends early: errors at the instruction that failed, and code that is no code. All of it is
//! out of the loop's way.

use runtime::{ErrorKind, RuntimeError};
use syntax::{Program, Span};

use crate::code::Function;

/// The error of the instruction that `next` follows or is in.
#[cold]
#[inline(never)]
pub(super) fn failure(function: &Function, next: &[u8], kind: ErrorKind) -> RuntimeError {
    let span = span(function, next);
    RuntimeError { kind, span }
}

/// The expression of the instruction that `next` follows or is in.
fn span(function: &Function, next: &[u8]) -> Span {
    function.span_before(function.code.len() - next.len())
}

/// The error of a global that is used before its `let` has run: the expression is its name.
#[cold]
#[inline(never)]
pub(super) fn unset_global(program: &Program, function: &Function, next: &[u8]) -> RuntimeError {
    let name = program.text(span(function, next));
    failure(function, next, ErrorKind::IdentifierNotFound(name.into()))
}

/// The compiler gives no instruction that the machine lacks.
#[cold]
#[inline(never)]
pub(super) fn not_an_instruction(function: &Function, next: &[u8]) -> ! {
    let offset = function.code.len() - next.len();
    unreachable!("there is no instruction of this machine before offset {offset}");
}
