//! Programs at random, of which nearly all parse and resolve and most run to their end.
//!
//! A program is a function of a sequence of choices: each byte decides between alternatives, and
//! where no byte is left the first alternative is taken, which is the plainest. So whatever makes
//! a sequence smaller makes the program simpler, and proptest shrinks programs by shrinking bytes.
//!
//! Programs keep an account of what is in scope and of types. Half of them are well typed and fail
//! only by chance; the other half break types here and there. Nothing here knows what a program
//! gives: that is the oracle's business.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of this"
)]

mod expressions;
mod statements;
mod types;

use proptest::collection::vec;
use proptest::prelude::*;

use types::{Type, Variable};

/// Programs of all sizes up to some hundred lines.
pub fn programs() -> impl Strategy<Value = String> {
    vec(any::<u8>(), 0..=900).prop_map(|choices| program(&choices))
}

/// Programs with so many constants that those of [`programs`] behind them don't fit 16 bits.
pub fn wide_programs() -> impl Strategy<Value = String> {
    const MANY: u32 = 1 << 16;
    programs().prop_map(|program| {
        let constants: Vec<_> = (0..MANY).map(|i| (1_000_000 + i).to_string()).collect();
        format!("[{}];\n{program}", constants.join(", "))
    })
}

/// The program that a sequence of choices stands for.
pub fn program(choices: &[u8]) -> String {
    let mut generator = Generator {
        choices: choices.iter(),
        text: String::new(),
        variables: Vec::new(),
        results: Vec::new(),
        ill_typed: false,
        may_look_forward: false,
    };
    generator.program();
    generator.text
}

struct Generator<'c> {
    choices: std::slice::Iter<'c, u8>,
    text: String,
    /// What is bound, with what it shadows; blocks cut it back at their end.
    variables: Vec<Variable>,
    /// The results' types of the functions around, the innermost last.
    results: Vec<Type>,
    ill_typed: bool,
    /// Whether globals that are yet to be bound may be used: in functions, and rarely.
    may_look_forward: bool,
}

impl Generator<'_> {
    /// One of `alternatives`, by number.
    fn pick(&mut self, alternatives: usize) -> usize {
        let choice = self.choices.next().copied().unwrap_or(0);
        usize::from(choice) % alternatives
    }

    /// One of `alternatives`.
    fn one_of<T: Copy>(&mut self, alternatives: &[T]) -> T {
        alternatives[self.pick(alternatives.len())]
    }

    /// True in one of `times` cases.
    fn rarely(&mut self, times: usize) -> bool {
        self.pick(times) == times - 1
    }

    /// True in one of `times` cases, in a program that may break types.
    fn breaks_types(&mut self, times: usize) -> bool {
        self.ill_typed && self.rarely(times)
    }

    fn write(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Writes `count` items with commas between them.
    fn list(&mut self, count: usize, mut item: impl FnMut(&mut Self, usize)) {
        for index in 0..count {
            if index > 0 {
                self.write(", ");
            }
            item(self, index);
        }
    }

    /// The variables that can be seen where the text stands, in which `wanted` holds.
    fn visible(&self, wanted: impl Fn(&Variable) -> bool) -> Vec<Variable> {
        let shadowed = |index: usize, name: &str| {
            self.variables[index + 1..]
                .iter()
                .any(|later| later.name == name)
        };
        self.variables
            .iter()
            .enumerate()
            .filter(|(index, variable)| wanted(variable) && !shadowed(*index, variable.name))
            .filter(|(_, variable)| !variable.forward || self.may_look_forward)
            .map(|(_, &variable)| variable)
            .collect()
    }

    /// Whether a builtin's name means the builtin.
    fn is_builtin(&self, name: &str) -> bool {
        self.variables.iter().all(|variable| variable.name != name)
    }
}
