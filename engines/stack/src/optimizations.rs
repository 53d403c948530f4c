//! The five optimizations as a set: the space of engines that this crate spans.

use std::fmt;

use engine::Optimization;

/// A set of optimizations, as bits, so that it can be a `const` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Optimizations(u8);

/// Declares the optimizations: bit, short name, Cargo feature, title.
macro_rules! optimizations {
    ($($(#[$meta:meta])* $name:ident = $bit:literal, $short:literal, $feature:literal, $title:literal;)*) => {
        impl Optimizations {
            $($(#[$meta])* pub const $name: Self = Self(1 << $bit);)*

            /// Each one alone, in the documented order.
            pub const EACH: &'static [Self] = &[$(Self::$name),*];

            /// All of them, as all architectures describe theirs.
            pub(crate) const DECLARED: &'static [Optimization] = &[$(Optimization {
                short: $short,
                title: $title,
                feature: $feature,
                is_built: cfg!(feature = $feature),
            }),*];

            /// Those whose Cargo features are on.
            pub const AVAILABLE: Self =
                Self($(if cfg!(feature = $feature) { 1 << $bit } else { 0 })|*);

            /// The short name of a single optimization, as variants' names have it.
            pub const fn short(self) -> &'static str {
                match self {
                    $(Self::$name => $short,)*
                    _ => "",
                }
            }

            /// The Cargo feature of a single optimization.
            pub const fn feature(self) -> &'static str {
                match self {
                    $(Self::$name => $feature,)*
                    _ => "",
                }
            }

            /// What a single optimization is called in text.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                    _ => "",
                }
            }
        }
    };
}

optimizations! {
    /// A binary instruction takes a constant right operand as its own.
    CONSTANT_OPERANDS = 0, "co", "constant-operands", "constant operands";
    /// Frequent sequences of instructions become one.
    SUPERINSTRUCTIONS = 1, "si", "superinstructions", "superinstructions";
    /// Operators on literals are evaluated by the compiler.
    CONSTANT_FOLDING = 2, "cf", "constant-folding", "constant folding";
    /// Small integers are made once.
    INTEGER_CACHE = 3, "ic", "integer-cache", "integer cache";
    /// Instructions whose operands are proven integers don't test them.
    TYPE_SPECIALIZATION = 4, "ts", "type-specialization", "type specialization";
}

impl Optimizations {
    /// No optimization.
    pub const NONE: Self = Self(0);

    /// Every optimization.
    pub const ALL: Self = Self((1 << Self::EACH.len()) - 1);

    /// The set of these bits; bits past the last optimization are left out.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The set as bits.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of `other` are in the set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those in both sets.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either set.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Those that show in the machine's loop: all but constant folding, which leaves nothing to the
    /// machine.
    pub const fn in_machine(self) -> Self {
        self.without(Self::CONSTANT_FOLDING)
    }

    /// The single optimizations in the set, in the documented order.
    pub fn iter(self) -> impl Iterator<Item = Self> {
        Self::EACH
            .iter()
            .copied()
            .filter(move |&one| self.contains(one))
    }
}

impl fmt::Display for Optimizations {
    /// The suffix of a variant's name: nothing, or `+co+si`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter()
            .try_for_each(|one| write!(f, "+{}", one.short()))
    }
}
