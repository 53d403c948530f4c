//! The calls under way when an error arose: what a reader needs to see how the program got there.
//!
//! They are collected when there is an error and not before, from what an engine has anyway to find its
//! way back; until then they cost nothing. How they are told apart and which are kept stands here, so
//! that they are the same in every engine.

use syntax::{FunctionId, Span};

use crate::source_info::SourceInfo;

/// Calls under way that are alike: of one function, at one place, each within the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name of the `let` that binds the called function directly, if there is one.
    pub name: Option<Span>,
    /// The call.
    pub span: Span,
    /// How many there are in a row.
    pub times: u64,
}

/// The calls under way, the innermost first. A call that fails itself is none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    innermost: Vec<Call>,
    others: u64,
}

impl Calls {
    /// So many different ones are kept; the others are only counted.
    pub const KEPT: usize = 5;

    /// Adds the call that is around those that are there already.
    pub fn add(&mut self, program: &dyn SourceInfo, function: FunctionId, span: Span) {
        let name = program.name(function);
        let kept = self.innermost.len();
        match self.innermost.last_mut() {
            Some(last) if self.others == 0 && (last.name, last.span) == (name, span) => {
                last.times += 1;
            }
            _ if kept == Self::KEPT => self.others += 1,
            _ => self.innermost.push(Call {
                name,
                span,
                times: 1,
            }),
        }
    }

    /// The innermost ones.
    pub fn innermost(&self) -> &[Call] {
        &self.innermost
    }

    /// How many more there are around these.
    pub fn others(&self) -> u64 {
        self.others
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn what_repeats_is_counted_and_what_is_far_out_is_too() {
        let source = "let f = fn() { 1 }; fn() { 2 }";
        let program = Rc::new(syntax::parse(source).unwrap());
        let (named, nameless) = (FunctionId(1), FunctionId(2));
        let span = |start| Span {
            start,
            end: start + 1,
        };
        let mut calls = Calls::default();
        for (function, start) in [
            (named, 0),
            (named, 0),
            (nameless, 0),
            (named, 0),
            (named, 1),
            (named, 2),
            (named, 2),
            (named, 2),
            (named, 3),
            (named, 2),
        ] {
            calls.add(&*program, function, span(start));
        }
        let kept: Vec<_> = calls
            .innermost()
            .iter()
            .map(|call| (call.name.map(|it| it.start), call.span.start, call.times))
            .collect();
        let expected = [
            (Some(4), 0, 2),
            (None, 0, 1),
            (Some(4), 0, 1),
            (Some(4), 1, 1),
            (Some(4), 2, 3),
        ];
        assert_eq!(kept, expected);
        assert_eq!(calls.others(), 2);
    }
}
