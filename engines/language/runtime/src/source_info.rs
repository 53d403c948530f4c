//! What is needed of a program's text once the program is compiled.

use std::fmt::Debug;

use syntax::{FunctionId, NameId, Program, Span};

/// What is needed of a program's text while its code runs and when it has failed. A program gives it,
/// and so does code that was saved without its syntax tree.
pub trait SourceInfo: Debug {
    /// The source text, which errors have their places in.
    fn source(&self) -> &str;

    /// The name of a function's parameter, for the function's printed form; none past the last one.
    fn parameter(&self, function: FunctionId, index: u32) -> Option<&str>;

    /// The name by which a `let` binds a function directly.
    fn name(&self, function: FunctionId) -> Option<Span>;

    /// Where the program itself stands: what an error belongs to that no expression is to blame for.
    fn span(&self) -> Span {
        let end = u32::try_from(self.source().len()).expect("a source is smaller than 4 GiB");
        Span { start: 0, end }
    }
}

impl SourceInfo for Program {
    fn source(&self) -> &str {
        self.source()
    }

    fn parameter(&self, function: FunctionId, index: u32) -> Option<&str> {
        let function = self.function(function);
        (index < function.arity).then(|| self.name(NameId(function.first_parameter.0 + index)))
    }

    fn name(&self, function: FunctionId) -> Option<Span> {
        let name = self.function(function).name?;
        Some(self.ast().name_span(name))
    }
}
