//! The axes of the space of engines besides the optimizations, and which of its points are built.

use engine::{Axis, AxisValue, Bytecode};
use runtime::{Boxed, Nan, Ptr, Tagged, Value};

use crate::machine::*;
use crate::optimizations::Optimizations;
use crate::{Stack, Visitor};

/// Declares an axis: its values with their names, default first.
macro_rules! axis {
    ($(#[$meta:meta])* $axis:ident, $title:literal; $($(#[$value_meta:meta])* $value:ident = $name:literal, $summary:literal;)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $axis {
            $($(#[$value_meta])* $value,)*
        }

        impl $axis {
            /// Every value, the default first.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];

            /// The axis as all architectures describe theirs.
            pub(crate) const AXIS: Axis = Axis {
                title: $title,
                values: &[$(AxisValue { name: $name, summary: $summary }),*],
            };

            /// The name, as variants' names have it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)*
                }
            }
        }
    };
}

axis! {
    /// How a value is represented.
    Values, "values";
    /// [`Boxed`]
    Boxed = "boxed", "every value behind a pointer";
    /// [`Tagged`]
    Tagged = "tagged", "16 bytes: type and payload";
    /// [`Nan`]
    Nan = "nan", "8 bytes: payload in a quiet NaN";
    /// [`Ptr`]
    Ptr = "ptr", "8 bytes: pointer with tag bits";
}

axis! {
    /// How the machine gets from one instruction to the next.
    Dispatch, "dispatch";
    /// A `match` on the opcode, in a loop.
    Match = "match", "a match on the opcode, in a loop";
    /// A loop that calls handlers through a table.
    Table = "table", "a loop that calls handlers through a table";
    /// Handlers that call the next one, as their last act, through a table.
    Tail = "tail", "handlers that jump to the next one through a table";
    /// Handlers that jump to the next one, whose address is in the code.
    Direct = "direct", "handlers that jump to the next one's address in the code";
    /// As `Tail`, by the keyword that guarantees it.
    Become = "become", "as tail, by the keyword that guarantees it";
    /// A loop that calls thunks, one for each instruction.
    Thunk = "thunk", "a loop that calls a thunk per instruction";
}

axis! {
    /// Whether accesses are checked as the program runs.
    Checks, "checks";
    /// Safe Rust.
    Checked = "checked", "safe Rust, bounds checked";
    /// The bytecode is verified when it is loaded.
    Verified = "verified", "verified at load, then unchecked";
}

impl Dispatch {
    /// Whether it overflows the native stack unless the compiler makes jumps of calls in tail
    /// position, which it does when it optimizes.
    pub const fn needs_tail_calls(self) -> bool {
        matches!(self, Self::Tail | Self::Direct)
    }
}

/// A point of the space: an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// The optimizations that are on.
    pub optimizations: Optimizations,
    /// The representation of values.
    pub values: Values,
    /// The dispatch strategy.
    pub dispatch: Dispatch,
    /// Whether accesses are checked.
    pub checks: Checks,
}

impl Point {
    /// The point with these optimizations, and the default on all other axes.
    pub const fn documented(optimizations: Optimizations) -> Self {
        Self {
            optimizations,
            values: Values::Boxed,
            dispatch: Dispatch::Match,
            checks: Checks::Checked,
        }
    }

    /// All points that are built, the documented ones first, by their number of optimizations.
    pub fn built() -> Vec<Self> {
        let mut sets: Vec<_> = Optimizations::ALL.subsets().collect();
        sets.sort_by_key(|set| (set.iter().count(), set.bits()));
        let documented = sets.into_iter().map(Self::documented);
        let mut points: Vec<_> = documented.chain(elsewhere()).collect();
        // With no optimization there, all of them are none.
        let mut seen = std::collections::HashSet::new();
        points.retain(|point| seen.insert(*point));
        points
    }
}

/// Those of a point's optimizations that are built.
const fn built(optimizations: Optimizations) -> Optimizations {
    optimizations.intersection(Optimizations::AVAILABLE)
}

/// Declares the points that are built besides the documented ones: for each, its optimizations, the values on the
/// axes, and the strategy that they stand for.
macro_rules! points {
    ($($(#[$condition:meta])? $($optimization:ident)|+, $values:ident $dispatch:ident $checks:ident: $strategy:ident;)*) => {
        fn elsewhere() -> impl Iterator<Item = Point> {
            [$($(#[$condition])? Point {
                optimizations: built(Optimizations::NONE$(.union(Optimizations::$optimization))+),
                values: Values::$values,
                dispatch: Dispatch::$dispatch,
                checks: Checks::$checks,
            },)*]
            .into_iter()
        }

        /// Shows `visitor` the engine at a point; nothing if it is not built.
        pub fn visit_point<T: Visitor>(point: Point, visitor: T) -> Option<T::Output> {
            let Point { optimizations, values, dispatch, checks } = point;
            match (values, dispatch, checks) {
                (Values::Boxed, Dispatch::Match, Checks::Checked) => {
                    crate::visit(optimizations, visitor)
                }
                $($(#[$condition])? (Values::$values, Dispatch::$dispatch, Checks::$checks)
                    if optimizations == const { built(Optimizations::NONE$(.union(Optimizations::$optimization))+) } =>
                {
                    const SET: Optimizations = built(Optimizations::NONE$(.union(Optimizations::$optimization))+);
                    Some(show::<$values, $strategy, { SET.bits() }, { SET.in_machine().bits() }, _>(visitor))
                })*
                _ => None,
            }
        }
    };
}

points! {
    // Values and checks, under the same dispatch; with all optimizations that these values have a use for.
    NONE, Tagged Match Checked: CheckedMatch;
    NONE, Nan Match Checked: CheckedMatch;
    NONE, Ptr Match Checked: CheckedMatch;
    ALL, Tagged Match Checked: CheckedMatch;
    UNTYPED, Nan Match Checked: CheckedMatch;
    UNTYPED, Ptr Match Checked: CheckedMatch;
    ALL, Boxed Match Verified: VerifiedMatch;
    ALL, Tagged Match Verified: VerifiedMatch;
    UNTYPED, Nan Match Verified: VerifiedMatch;
    UNTYPED, Ptr Match Verified: VerifiedMatch;
    // Dispatch, on the same values without checks.
    ALL, Tagged Table Verified: Table;
    ALL, Tagged Tail Verified: Tail;
    ALL, Tagged Direct Verified: Direct;
    ALL, Tagged Thunk Verified: Thunks;
    #[cfg(feature = "nightly")]
    ALL, Tagged Become Verified: Guaranteed;
}

fn show<V: Value, S: Strategy, const OPT: u32, const LOOP: u32, T: Visitor>(visitor: T) -> T::Output
where
    Stack<V, S, OPT, LOOP>: Bytecode,
{
    visitor.visit::<Stack<V, S, OPT, LOOP>>()
}
