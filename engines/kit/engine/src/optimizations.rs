//! Sets of optimizations: each architecture declares its own ([`optimizations!`](crate::optimizations!)).

use std::fmt;

use crate::architecture::Optimization;

/// A set of an architecture's optimizations, declared by [`optimizations!`](crate::optimizations!).
pub trait OptimizationSet: Copy + Eq + fmt::Debug + fmt::Display + 'static {
    /// All optimizations, as all architectures describe theirs: the one whose bit is 0 first.
    const DECLARED: &'static [Optimization];

    /// The set as bits.
    fn bits(self) -> u32;

    /// The set of these bits; bits past the last optimization are left out.
    fn from_bits(bits: u32) -> Self;

    /// Whether all of `other` are in the set.
    #[inline]
    fn contains(self, other: Self) -> bool {
        self.bits() & other.bits() == other.bits()
    }
}

/// Declares a set type of an architecture's optimizations, each once: its bit, its short name, its Cargo feature and
/// its title. `the first N documented` are those that `+all` stands for, which later ones never join: a
/// point that has these is chosen by naming them.
///
/// The set is bits, so that it can be a `const` parameter. Bits are numbered as the optimizations stand,
/// since files have them.
#[macro_export]
macro_rules! optimizations {
    (
        $(#[$set_meta:meta])*
        $visibility:vis struct $set:ident, the first $documented:literal documented;
        $($(#[$meta:meta])* $name:ident = $bit:literal, $short:literal, $feature:literal, $title:literal;)*
    ) => {
        $(#[$set_meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $visibility struct $set(u32);

        impl $set {
            $($(#[$meta])* pub const $name: Self = Self(1 << $bit);)*

            /// Each one alone, in the order of their bits.
            pub const EACH: &'static [Self] = &{
                let each = [$(Self::$name),*];
                let mut place = 0;
                while place < each.len() {
                    assert!(each[place].0 == 1 << place, "bits are numbered in order");
                    place += 1;
                }
                each
            };

            /// No optimization.
            pub const NONE: Self = Self(0);

            /// Every optimization, whether it is built or not.
            pub const KNOWN: Self = Self(0 $(| 1 << $bit)*);

            /// The documented ones, whether they are built or not.
            pub const DOCUMENTED: Self = Self((1 << $documented) - 1).intersection(Self::KNOWN);

            /// Those whose Cargo features are on.
            pub const AVAILABLE: Self =
                Self(0 $(| if cfg!(feature = $feature) { 1 << $bit } else { 0 })*);

            /// What `+all` stands for: the documented ones that are built.
            pub const ALL: Self = Self::DOCUMENTED.intersection(Self::AVAILABLE);

            /// The set of these bits; bits past the last optimization are left out.
            pub const fn from_bits(bits: u32) -> Self {
                Self(bits & Self::KNOWN.0)
            }

            /// The set as bits.
            pub const fn bits(self) -> u32 {
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

            /// The single optimizations in the set, in the order of their bits.
            pub fn iter(self) -> impl Iterator<Item = Self> {
                Self::EACH
                    .iter()
                    .copied()
                    .filter(move |&one| self.contains(one))
            }

            /// What is declared of those in the set.
            pub fn declared(self) -> impl Iterator<Item = &'static $crate::Optimization> {
                let all = <Self as $crate::OptimizationSet>::DECLARED.iter();
                let each = all.zip(Self::EACH);
                each.filter(move |&(_, &one)| self.contains(one)).map(|(it, _)| it)
            }

            /// All sets of none, some or all of these, in the order of their bits.
            pub fn subsets(self) -> impl Iterator<Item = Self> {
                let sets = (0..=self.0).map(Self);
                sets.filter(move |&set| self.contains(set))
            }
        }

        impl $crate::OptimizationSet for $set {
            const DECLARED: &'static [$crate::Optimization] = &[$($crate::Optimization {
                short: $short,
                title: $title,
                feature: $feature,
                is_documented: Self::DOCUMENTED.contains(Self::$name),
                is_built: cfg!(feature = $feature),
            }),*];

            #[inline]
            fn bits(self) -> u32 {
                self.0
            }

            fn from_bits(bits: u32) -> Self {
                Self::from_bits(bits)
            }
        }

        impl ::std::fmt::Display for $set {
            /// The suffix of a variant's name: nothing, or `+co+si`.
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.declared().try_for_each(|it| write!(f, "+{}", it.short))
            }
        }
    };
}

#[cfg(test)]
#[allow(
    unexpected_cfgs,
    dead_code,
    unreachable_pub,
    reason = "a set for the test alone: nobody has its features, nor uses all of it"
)]
mod tests {
    use super::OptimizationSet as _;

    crate::optimizations! {
        /// More than eight, of which two are documented.
        struct Many, the first 2 documented;
        /// Documented.
        A = 0, "a", "feature-a", "first";
        /// Documented.
        B = 1, "b", "feature-b", "second";
        /// Later.
        C = 2, "c", "feature-c", "third";
        /// Later.
        D = 3, "d", "feature-d", "fourth";
        /// Later.
        E = 4, "e", "feature-e", "fifth";
        /// Later.
        F = 5, "f", "feature-f", "sixth";
        /// Later.
        G = 6, "g", "feature-g", "seventh";
        /// Later.
        H = 7, "h", "feature-h", "eighth";
        /// Later.
        I = 8, "i", "feature-i", "ninth";
    }

    #[test]
    fn a_set_has_more_than_eight_bits_and_all_of_them_are_those_of_the_documents() {
        assert_eq!(Many::KNOWN.bits(), 0b1_1111_1111);
        assert_eq!(Many::from_bits(u32::MAX), Many::KNOWN);
        assert_eq!(Many::A.union(Many::I).to_string(), "+a+i");
        assert_eq!(Many::DOCUMENTED, Many::A.union(Many::B));
        // This crate has none of these features.
        assert_eq!(Many::AVAILABLE, Many::NONE);
        assert_eq!(Many::ALL, Many::NONE);
        let documented = Many::DECLARED.iter().filter(|it| it.is_documented);
        assert_eq!(documented.map(|it| it.short).collect::<String>(), "ab");
        let subsets = Many::A.union(Many::I).subsets();
        let subsets: Vec<_> = subsets.map(|it| it.to_string()).collect();
        assert_eq!(subsets, ["", "+a", "+i", "+a+i"]);
    }
}
