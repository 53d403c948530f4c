//! Fuel and memory run out at the same point whatever an engine does in place.

mod common;

use common::*;
use runtime::{
    Array, Boxed, ErrorKind, Hash, Limits, Shortage, Str, builtins, memory, operators, print,
};
use syntax::{Builtin, InfixOp};

fn with_fuel(fuel: u64) -> Limits {
    Limits {
        fuel: Some(fuel),
        ..Limits::default()
    }
}

fn with_memory(bytes: u64) -> Limits {
    Limits {
        memory: Some(bytes),
        ..Limits::default()
    }
}

fn letters(length: usize) -> Boxed {
    string(&"x".repeat(length))
}

#[test]
fn a_call_takes_one_unit() {
    let (left, _, _) = run(with_fuel(2), |s| {
        [s.fuel.call(), s.fuel.call(), s.fuel.call()]
    });
    assert_eq!(left, [Ok(()), Ok(()), Err(ErrorKind::OutOfFuel.into())]);
}

#[test]
fn concatenation_takes_the_same_fuel_in_place_and_copied() {
    for (left, right, fuel) in [(1, 62, 0), (1, 63, 1), (1000, 1000, 31)] {
        let unique = |s: &mut TestSession<'_>| {
            consuming_infix(s, InfixOp::Add, letters(left), letters(right))
        };
        let shared = letters(left);
        let copied = |s: &mut TestSession<'_>| {
            consuming_infix(s, InfixOp::Add, shared.clone(), letters(right))
        };
        let borrowed = |s: &mut TestSession<'_>| {
            operators::infix_ref(s, InfixOp::Add, &shared, &letters(right))
        };
        assert_eq!(fuel_of(unique), fuel);
        assert_eq!(fuel_of(copied), fuel);
        assert_eq!(fuel_of(borrowed), fuel);
    }
}

#[test]
fn push_takes_the_same_fuel_in_place_and_copied() {
    for (length, fuel) in [(62, 0), (63, 1), (640, 10)] {
        let in_place = |s: &mut TestSession<'_>| {
            builtins::call(s, Builtin::Push, &mut [integers(length), null()])
        };
        let shared = integers(length);
        let copied = |s: &mut TestSession<'_>| {
            builtins::call(s, Builtin::Push, &mut [shared.clone(), null()])
        };
        assert_eq!(fuel_of(in_place), fuel);
        assert_eq!(fuel_of(copied), fuel);
    }
}

#[test]
fn what_copies_much_takes_fuel() {
    let rest = |s: &mut TestSession<'_>| builtins::call(s, Builtin::Rest, &mut [integers(129)]);
    assert_eq!(fuel_of(rest), 2);
    let puts = |s: &mut TestSession<'_>| builtins::call(s, Builtin::Puts, &mut [letters(127)]);
    assert_eq!(fuel_of(puts), 2, "the end of the line counts");
    let key = |s: &mut TestSession<'_>| operators::make_hash(s, &mut [letters(128), null()]);
    assert_eq!(fuel_of(key), 2);
    let table = hash([integer(1), null()]);
    let index = |s: &mut TestSession<'_>| operators::index(s, &table, &letters(128));
    assert_eq!(fuel_of(index), 2);
    let first = |s: &mut TestSession<'_>| builtins::call(s, Builtin::First, &mut [integers(1000)]);
    assert_eq!(fuel_of(first), 0);
}

#[test]
fn comparison_takes_fuel_up_to_the_first_difference() {
    let compare = |left: Boxed, right: Boxed| {
        fuel_of(|s| operators::infix_ref(s, InfixOp::Equal, &left, &right))
    };
    // One for the arrays, one for each element.
    assert_eq!(compare(integers(127), integers(127)), 2);
    assert_eq!(compare(integers(126), integers(126)), 1);
    assert_eq!(compare(integers(1000), integers(1001)), 0);
    assert_eq!(compare(letters(127), letters(127)), 2);
    assert_eq!(compare(letters(1000), letters(999)), 0);
    let entry = || hash([letters(126), null()]);
    assert_eq!(compare(entry(), entry()), 2);
}

#[test]
fn one_object_takes_as_much_fuel_as_two_equal_ones() {
    let one = integers(1000);
    let with_itself = fuel_of(|s| operators::infix_ref(s, InfixOp::Equal, &one, &one));
    let with_other = fuel_of(|s| operators::infix_ref(s, InfixOp::Equal, &one, &integers(1000)));
    assert_eq!(with_itself, with_other);
}

/// An array that takes 2^60 steps to walk.
fn exponential() -> Boxed {
    (0..60).fold(integer(0), |inner, _| array([inner.clone(), inner]))
}

#[test]
fn an_exponential_value_cannot_outrun_the_limits() {
    let value = exponential();
    let (compared, _, _) = run(with_fuel(1000), |s| {
        operators::compare(s, InfixOp::Equal, &value, &exponential())
    });
    assert_eq!(compared, Err(ErrorKind::OutOfFuel.into()));

    let (printed, output, _) = run(with_fuel(1000), |s| {
        builtins::call(s, Builtin::Puts, &mut [value.clone()])
    });
    assert_eq!(*printed.unwrap_err(), ErrorKind::OutOfFuel);
    assert!((63_000..=64_064).contains(&output.len()));

    let program = program();
    let too_long = print::to_text(&program, &value, &with_memory(1 << 20));
    assert_eq!(
        too_long,
        Err(ErrorKind::OutOfMemory(Shortage::Allowed).into())
    );
    let too_much = print::to_text(&program, &value, &with_fuel(1000));
    assert_eq!(too_much, Err(ErrorKind::OutOfFuel.into()));
}

#[test]
fn a_final_value_of_just_the_limit_is_printed() {
    let program = program();
    let printed = |bytes| print::to_text(&program, &letters(10), &with_memory(bytes));
    assert_eq!(printed(10).as_deref(), Ok("xxxxxxxxxx"));
    assert_eq!(
        printed(9),
        Err(ErrorKind::OutOfMemory(Shortage::Allowed).into())
    );
}

#[test]
fn live_bytes_are_exact() {
    let empty = memory::live();
    let taken = || memory::live() - empty;

    let text = letters(100);
    assert_eq!(taken(), memory::OBJECT + 100);
    let elements = array([text.clone(), text]);
    assert_eq!(taken(), 2 * memory::OBJECT + 100 + 2 * memory::ELEMENT);
    let closure = function(1, vec![elements]);
    assert_eq!(taken(), 3 * memory::OBJECT + 100 + 3 * memory::ELEMENT);
    drop(closure);
    assert_eq!(taken(), 0);

    // The second value of a key replaces the first, and only the string keys' bytes count.
    let table = hash([
        string("ab"),
        null(),
        integer(1),
        null(),
        string("ab"),
        null(),
    ]);
    assert_eq!(taken(), memory::OBJECT + 2 * memory::ENTRY + 2);
    drop(table);
    assert_eq!(taken(), 0);

    let sum = free(|s| consuming_infix(s, InfixOp::Add, letters(3), letters(4)));
    assert_eq!(taken(), memory::OBJECT + 7);
    let pushed = free(|s| builtins::call(s, Builtin::Push, &mut [integers(2), integer(1)]));
    assert_eq!(taken(), 2 * memory::OBJECT + 7 + 3 * memory::ELEMENT);
    drop((sum, pushed));
    assert_eq!(taken(), 0);
}

#[test]
fn what_fails_leaves_nothing_counted() {
    let empty = memory::live();
    let limit = memory::limit(Some(100));
    assert!(Str::new(&"x".repeat(69)).is_err());
    assert!(Array::copy(&[integer(1), integer(2), integer(3)], Some(null())).is_ok());
    assert!(
        Array::copy(
            &[integer(1), integer(2), integer(3), integer(4)],
            Some(null())
        )
        .is_err()
    );
    let mut pairs: Vec<_> = (0..6).map(integer).collect();
    assert!(
        Hash::take(&mut pairs).is_err(),
        "three entries are too many"
    );
    assert_eq!(memory::live(), empty);
    drop(limit);
}

#[test]
fn memory_runs_out_at_the_same_length_in_place_and_copied() {
    // Both need room for the old string, the new one and the addition: 3 objects, 10 + 30 + 20.
    let needed = 3 * memory::OBJECT + 60;
    for (bytes, fits) in [(needed, true), (needed - 1, false)] {
        let (in_place, _, _) = run(with_memory(bytes), |s| {
            consuming_infix(s, InfixOp::Add, letters(10), letters(20))
        });
        assert_eq!(in_place.is_ok(), fits);
        let (copied, _, _) = run(with_memory(bytes), |s| {
            let shared = letters(10);
            consuming_infix(s, InfixOp::Add, shared.clone(), letters(20))
        });
        assert_eq!(copied.is_ok(), fits);
    }
    let needed = 2 * memory::OBJECT + 7 * memory::ELEMENT;
    for (bytes, fits) in [(needed, true), (needed - 1, false)] {
        let (in_place, _, _) = run(with_memory(bytes), |s| {
            builtins::call(s, Builtin::Push, &mut [integers(3), null()])
        });
        assert_eq!(in_place.is_ok(), fits);
        let (copied, _, _) = run(with_memory(bytes), |s| {
            let shared = integers(3);
            builtins::call(s, Builtin::Push, &mut [shared.clone(), null()])
        });
        assert_eq!(copied.is_ok(), fits);
    }
}
