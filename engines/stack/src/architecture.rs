//! The stack machine among the architectures: its engines, each behind the interface that all engines
//! share, and what they are called.

use bytecode::Rules;
use engine::{
    AnyEngine, Architecture, Bytecode, Coordinates, OptimizationSet as _, Standing, erase_bytecode,
};

use crate::axes::{Checks, Dispatch, Point, Values, visit_point};
use crate::isa::Opcode;
use crate::optimizations::Optimizations;
use crate::{SETTINGS, Visitor};

/// The stack machine and all its engines.
pub static ARCHITECTURE: Architecture = Architecture {
    name: <Opcode as Rules>::ARCHITECTURE,
    summary: "bytecode compiler and stack machine",
    title: "stack VM",
    optimizations: Optimizations::DECLARED,
    axes: &[Values::AXIS, Dispatch::AXIS, Checks::AXIS],
    points,
    instruction_set: Some(bytecode::instruction_set::<Opcode>),
    may_dispatch,
    settings: SETTINGS,
};

/// Whether calls in tail position are jumps where this crate is compiled.
const TAIL_CALLS: bool = cfg!(tail_calls);

/// The engine whose language only some compilers know.
const BECOME: Point = Point {
    optimizations: Optimizations::ALL,
    values: Values::Tagged,
    dispatch: Dispatch::Become,
    checks: Checks::Verified,
};

fn points() -> Vec<engine::Point> {
    let mut points = Point::built();
    if !points.contains(&BECOME) {
        points.push(BECOME);
    }
    points.into_iter().map(described).collect()
}

/// A point as all architectures describe theirs.
fn described(point: Point) -> engine::Point {
    let Point {
        optimizations,
        values,
        dispatch,
        checks,
    } = point;
    let on = Optimizations::EACH.iter().enumerate();
    let on = on.filter(|&(_, &one)| optimizations.contains(one));
    engine::Point {
        coordinates: Coordinates {
            optimizations: on.map(|(place, _)| place).collect(),
            values: vec![values as usize, dispatch as usize, checks as usize],
        },
        standing: standing(point),
    }
}

fn standing(point: Point) -> Standing {
    if point.dispatch.needs_tail_calls() && !TAIL_CALLS {
        return Standing::Refused(
            "tail calls are not known to be jumps without optimization or on this architecture",
        );
    }
    visit_point(point, Maker).map_or(
        Standing::Refused("`become` needs a nightly compiler and the Cargo feature `nightly`"),
        Standing::Offered,
    )
}

/// Gives the function that makes an engine of the type that it is shown.
struct Maker;

impl Visitor for Maker {
    type Output = fn() -> Box<dyn AnyEngine>;

    fn visit<E: Bytecode + 'static>(self) -> Self::Output {
        erase_bytecode::<E>
    }
}

/// All functions of this crate but those that carry out what handlers have in common.
fn may_dispatch(symbol: &str) -> bool {
    let is_own = symbol.starts_with("stack::") || symbol.starts_with("<stack::");
    is_own && !symbol.contains("stack::machine::execution::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_and_loops_may_dispatch() {
        for (symbol, may) in [
            ("stack::machine::dispatch::tail::thin", true),
            (
                "<stack::machine::dispatch::match_loop::VerifiedMatch as \
                 stack::machine::dispatch::Strategy>::run::{{closure}}",
                true,
            ),
            (
                "<stack::Stack<V,S,_,_> as engine::engine::Engine>::execute",
                true,
            ),
            ("stack::machine::execution::call_builtin", false),
            (
                "core::ptr::drop_in_place<stack::machine::Memory<runtime::tagged::Tagged>>",
                false,
            ),
            ("alloc::raw_vec::finish_grow", false),
        ] {
            assert_eq!(may_dispatch(symbol), may, "{symbol}");
        }
    }
}
