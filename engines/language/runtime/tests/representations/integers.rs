//! All 64 bits of an integer count, wherever a representation ends to keep it in the value.

use proptest::prelude::*;
use runtime::operators::{Folded, fold_integers, fold_negate};
use runtime::{Type, Value, View, operators};
use syntax::InfixOp;

use crate::allocations::live_blocks;
use crate::support::{Values, on_all_representations};

on_all_representations! {
    all_edges,
    arithmetic,
    extremes,
    comparisons,
    keys,
    any_integers,
}

const ARITHMETIC: [InfixOp; 4] = [
    InfixOp::Add,
    InfixOp::Subtract,
    InfixOp::Multiply,
    InfixOp::Divide,
];

const COMPARISONS: [InfixOp; 4] = [
    InfixOp::Less,
    InfixOp::Greater,
    InfixOp::Equal,
    InfixOp::NotEqual,
];

/// The neighbours of the powers of two at which some representation might end, of both signs.
fn edges() -> Vec<i64> {
    let powers = [0, 1, 15, 31, 32, 46, 47, 48, 49, 50, 51, 52, 53, 60, 61, 62];
    let mut edges = vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX];
    for power in powers.map(|exponent| 1_i64 << exponent) {
        for near in [power - 1, power, power + 1] {
            edges.extend([near, -near]);
        }
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// A value that is this integer, and nothing else.
fn check<V: Value>(v: &Values<V>, value: i64) {
    let before = live_blocks();
    let made = v.integer(value);
    let allocated = live_blocks() - before;
    assert_eq!(allocated, i64::from(V::integer_allocates(value)), "{value}");

    assert_eq!(made.as_integer(), Some(value));
    assert_eq!(made.integer_or_any(), value);
    assert!(matches!(made.view(), View::Integer(same) if same == value));
    assert_eq!(made.type_of(), Type::Integer);
    assert!(made.is_truthy(), "{value}");
    assert!(made.as_closure().is_none(), "{value}");

    let copy = made.clone();
    drop(made);
    assert_eq!(copy.as_integer(), Some(value));
    let mut pending = Vec::new();
    copy.dismantle(&mut pending);
    assert!(pending.is_empty() && live_blocks() == before, "{value}");
}

fn all_edges<V: Value>() {
    let v = Values::<V>::default();
    for value in edges() {
        check(&v, value);
        assert_eq!(v.text(&v.integer(value)), value.to_string());
    }
}

/// What the operators on values give is what the operators on integers give.
fn check_arithmetic<V: Value>(v: &Values<V>, left: i64, right: i64) {
    for op in ARITHMETIC {
        let expected = match fold_integers(op, left, right) {
            Some(Folded::Integer(value)) => Ok(value),
            _ => Err("division by zero".to_string()),
        };
        let show = |result: Result<V, runtime::Raised>| match result {
            Ok(value) => Ok(value.as_integer().expect("arithmetic gives integers")),
            Err(error) => Err(error.to_string()),
        };
        let (left_value, right_value) = (v.integer(left), v.integer(right));
        let (result, counts) = v.run(|s| operators::infix_ref(s, op, &left_value, &right_value));
        assert_eq!(show(result), expected, "{left} {op:?} {right}");
        if let Ok(value) = expected {
            assert_eq!(counts.allocations, u64::from(V::integer_allocates(value)));
        }
        let consumed = v.infix(op, left_value, right_value);
        assert_eq!(show(consumed), expected, "{left} {op:?} {right}");
    }
}

fn arithmetic<V: Value>() {
    let v = Values::<V>::default();
    let before = live_blocks();
    let edges = edges();
    // Miri would take minutes for all pairs.
    let step = if cfg!(miri) { 17 } else { 1 };
    for &left in edges.iter().step_by(step) {
        for &right in edges.iter().step_by(step) {
            check_arithmetic(&v, left, right);
        }
        let negated = v.negate(v.integer(left)).unwrap();
        assert_eq!(negated.as_integer(), Some(fold_negate(left)));
    }
    drop(edges);
    assert_eq!(live_blocks(), before);
}

fn extremes<V: Value>() {
    let v = Values::<V>::default();
    let (min, max) = (i64::MIN, i64::MAX);
    for (left, op, right, expected) in [
        (max, InfixOp::Add, 1, min),
        (min, InfixOp::Subtract, 1, max),
        (min, InfixOp::Divide, -1, min),
        (min, InfixOp::Multiply, -1, min),
        (max, InfixOp::Multiply, max, 1),
        (1 << 50, InfixOp::Subtract, 1, (1 << 50) - 1),
        ((1 << 50) - 1, InfixOp::Add, 1, 1 << 50),
        (-(1 << 50), InfixOp::Subtract, 1, -(1 << 50) - 1),
        (1 << 62, InfixOp::Subtract, 1, (1 << 62) - 1),
        ((1 << 62) - 1, InfixOp::Add, 1, 1 << 62),
        (-(1 << 62), InfixOp::Subtract, 1, -(1 << 62) - 1),
        (1 << 31, InfixOp::Multiply, 1 << 31, 1 << 62),
    ] {
        let result = v.infix(op, v.integer(left), v.integer(right)).unwrap();
        assert_eq!(result.as_integer(), Some(expected), "{left} {op:?} {right}");
    }
    assert_eq!(v.negate(v.integer(min)).unwrap().as_integer(), Some(min));
}

fn check_comparisons<V: Value>(v: &Values<V>, left: i64, right: i64) {
    let (left_value, right_value) = (v.integer(left), v.integer(right));
    for op in COMPARISONS {
        let (holds, _) = v.run(|s| operators::compare(s, op, &left_value, &right_value));
        let expected = Folded::Boolean(holds.unwrap());
        assert_eq!(
            Some(expected),
            fold_integers(op, left, right),
            "{left} {op:?} {right}"
        );
    }
}

fn comparisons<V: Value>() {
    let v = Values::<V>::default();
    let edges = edges();
    let step = if cfg!(miri) { 17 } else { 1 };
    for &left in edges.iter().step_by(step) {
        for &right in &edges {
            check_comparisons(&v, left, right);
        }
        for other in [v.null(), v.boolean(true), v.string(&left.to_string())] {
            assert!(!v.equal(&v.integer(left), &other), "{left} {other:?}");
        }
    }
}

fn keys<V: Value>() {
    let v = Values::<V>::default();
    let edges = edges();
    let entries = edges.iter().map(|&key| [key, key.wrapping_mul(3)]);
    let table = v.hash(entries.flatten().map(|value| v.integer(value)));
    for key in edges {
        let found = v.index(&table, &v.integer(key));
        assert_eq!(found.as_integer(), Some(key.wrapping_mul(3)), "{key}");
    }
    let missing = v.index(&table, &v.integer((1 << 62) + 12345));
    assert!(matches!(missing.view(), View::Null));
    let array = v.array([v.null()]);
    let past_the_end = v.index(&array, &v.integer(i64::MAX));
    assert!(matches!(past_the_end.view(), View::Null));
}

fn any_integers<V: Value>() {
    let v = Values::<V>::default();
    let config = ProptestConfig {
        cases: if cfg!(miri) { 5 } else { 1_000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // A shift makes small integers as likely as large ones.
    proptest!(config, |(left: i64, right: i64, by_left in 0..64, by_right in 0..64)| {
        let (left, right) = (left >> by_left, right >> by_right);
        check(&v, left);
        check_arithmetic(&v, left, right);
        check_comparisons(&v, left, right);
    });
}
