//! The constants of a program, while it is compiled.

use std::collections::HashMap;

use analysis::Literal;
use foldhash::fast::FixedState;
use runtime::{Str, Value};

/// The constants of a program, each once.
#[derive(Debug, Default)]
pub struct Constants {
    literals: Vec<Literal>,
    /// Hashed with a constant seed, so that compiling costs the same each time.
    indices: HashMap<Literal, u32, FixedState>,
}

impl Constants {
    /// The number of a constant, which becomes one if it is none yet.
    #[inline]
    pub fn index(&mut self, literal: &Literal) -> u32 {
        if let Some(&index) = self.indices.get(literal) {
            return index;
        }
        let index =
            u32::try_from(self.literals.len()).expect("a program has fewer than 2^32 of anything");
        self.literals.push(literal.clone());
        self.indices.insert(literal.clone(), index);
        index
    }

    /// Makes the values.
    pub fn into_values<V: Value>(self) -> Box<[V]> {
        self.literals
            .into_iter()
            .map(|literal| match literal {
                Literal::Integer(value) => V::integer(value),
                Literal::String(text) => {
                    V::string(Str::new(&text).expect("a literal is within every limit"))
                }
                Literal::Boolean(_) => unreachable!("booleans have instructions of their own"),
            })
            .collect()
    }
}
