//! Every representation keeps the whole of every value: one set of tests for all of them.

#![allow(
    unsafe_code,
    reason = "an allocator can't be written without; it only counts and hands on"
)]

mod allocations;
mod integers;
mod model;
mod support;

use std::thread;

use runtime::{Boxed, Nan, Ptr, Tagged, Type, Value, View, memory};
use support::{Values, on_all_representations};
use syntax::{Builtin, InfixOp};

on_all_representations! {
    null_and_booleans,
    builtins,
    objects,
    copies_are_the_same_object,
    what_nothing_else_refers_to_may_change,
    what_is_shared_may_not_change,
    what_needs_no_object_makes_none,
    objects_are_counted,
    deep_chains,
}

#[test]
fn sizes() {
    assert_eq!(size_of::<Boxed>(), 8);
    assert_eq!(size_of::<Tagged>(), 16);
    assert_eq!(size_of::<Nan>(), 8);
    assert_eq!(size_of::<Ptr>(), 8);
}

/// Checks that a value is neither an integer nor a function, and holds no values.
fn is_plain<V: Value>(value: &V) {
    // Callers that are wrong about the type get some integer.
    value.integer_or_any();
    assert_eq!(value.as_integer(), None, "{value:?}");
    assert!(value.as_closure().is_none(), "{value:?}");
    let mut pending = Vec::new();
    value.clone().dismantle(&mut pending);
    assert!(pending.is_empty(), "{value:?}");
}

fn null_and_booleans<V: Value>() {
    let v = Values::<V>::default();
    assert!(matches!(v.null().view(), View::Null));
    assert!(matches!(v.boolean(true).view(), View::Boolean(true)));
    assert!(matches!(v.boolean(false).view(), View::Boolean(false)));
    for (value, type_of, truthy, text) in [
        (v.null(), Type::Null, false, "null"),
        (v.boolean(false), Type::Boolean, false, "false"),
        (v.boolean(true), Type::Boolean, true, "true"),
    ] {
        assert_eq!(value.type_of(), type_of);
        assert_eq!(value.is_truthy(), truthy, "{text}");
        assert_eq!(v.text(&value), text);
        is_plain(&value);
        let (one, other) = (value.clone(), value);
        assert!(v.equal(&one, &other), "{text}");
    }
    assert!(!v.equal(&v.null(), &v.boolean(false)));
    assert!(!v.equal(&v.boolean(true), &v.boolean(false)));
    assert!(!v.equal(&v.boolean(true), &v.integer(1)));
    assert!(!v.equal(&v.null(), &v.integer(0)));
}

fn builtins<V: Value>() {
    let v = Values::<V>::default();
    for builtin in Builtin::ALL {
        let value = v.builtin(builtin);
        assert!(matches!(value.view(), View::Builtin(found) if found == builtin));
        assert_eq!(value.type_of(), Type::Builtin);
        assert!(value.is_truthy());
        assert_eq!(v.text(&value), format!("builtin {}", builtin.name()));
        is_plain(&value);
        for other in Builtin::ALL {
            assert_eq!(v.equal(&value, &v.builtin(other)), builtin == other);
        }
    }
}

fn objects<V: Value>() {
    let v = Values::<V>::default();

    let string = v.string("text");
    assert!(matches!(string.view(), View::String("text")));
    assert!(v.equal(&string, &v.string("text")));
    assert!(!v.equal(&string, &v.string("tex")));

    let array = v.array([v.integer(1), v.string("a"), v.null()]);
    let View::Array(elements) = array.view() else {
        panic!("{array:?}");
    };
    assert!(matches!(
        [elements[0].view(), elements[1].view(), elements[2].view()],
        [View::Integer(1), View::String("a"), View::Null]
    ));
    assert!(v.equal(&array, &v.array([v.integer(1), v.string("a"), v.null()])));

    let hash = v.hash([v.string("k"), v.integer(1), v.boolean(true), array.clone()]);
    assert!(matches!(hash.view(), View::Hash(entries) if entries.len() == 2));
    assert_eq!(v.text(&hash), "{k: 1, true: [1, a, null]}");
    let got = v.index(&hash, &v.boolean(true));
    assert!(v.equal(&got, &array));

    let function = v.function(1, [v.integer(7), hash.clone()]);
    let closure = function.as_closure().expect("it is a function");
    assert_eq!((closure.function.0, closure.captures.len()), (1, 2));
    assert_eq!(closure.captures[0].as_integer(), Some(7));
    assert!(matches!(function.view(), View::Function(same) if std::ptr::eq(same, closure)));

    for (value, type_of, text) in [
        (&string, Type::String, "text"),
        (&array, Type::Array, "[1, a, null]"),
        (&hash, Type::Hash, "{k: 1, true: [1, a, null]}"),
        (&function, Type::Function, "fn(first, second)"),
    ] {
        assert_eq!(value.type_of(), type_of);
        assert!(value.is_truthy(), "{text}");
        assert_eq!(v.text(value), text);
        // Callers that are wrong about the type get some integer.
        value.integer_or_any();
        assert_eq!(value.as_integer(), None, "{text}");
        assert_eq!(value.as_closure().is_some(), type_of == Type::Function);
    }
}

fn copies_are_the_same_object<V: Value>() {
    let v = Values::<V>::default();
    let function = v.function(2, [v.integer(1)]);
    assert!(v.equal(&function, &function.clone()));
    assert!(!v.equal(&function, &v.function(2, [v.integer(1)])));
    let address = |value: &V| value.as_closure().map(std::ptr::from_ref);
    assert_eq!(address(&function), address(&function.clone()));
    let kept = v.array([function.clone()]);
    let first = v.index(&kept, &v.integer(0));
    drop(kept);
    assert!(v.equal(&first, &function));
}

fn what_nothing_else_refers_to_may_change<V: Value>() {
    let v = Values::<V>::default();

    let mut string = v.string("ab");
    string.unique_string().unwrap().append("cd").unwrap();
    assert_eq!(v.text(&string), "abcd");
    let copy = string.clone();
    assert!(string.unique_string().is_none());
    drop(copy);
    string.unique_string().unwrap().append("ef").unwrap();
    assert_eq!(v.text(&string), "abcdef");

    let mut array = v.array([v.integer(1)]);
    let element = v.string("x");
    array.unique_array().unwrap().push(element.clone()).unwrap();
    assert_eq!(v.text(&array), "[1, x]");
    let copy = array.clone();
    assert!(array.unique_array().is_none());
    drop(copy);
    // What it holds may be shared; it itself is not.
    array.unique_array().unwrap().push(element).unwrap();
    assert_eq!(v.text(&array), "[1, x, x]");

    assert!(string.unique_array().is_none());
    assert!(array.unique_string().is_none());
    for mut other in [
        v.null(),
        v.boolean(true),
        v.builtin(Builtin::Len),
        v.integer(1),
        v.integer(i64::MAX),
        v.hash([]),
        v.function(1, []),
    ] {
        assert!(other.unique_string().is_none(), "{other:?}");
        assert!(other.unique_array().is_none(), "{other:?}");
    }
}

fn what_is_shared_may_not_change<V: Value>() {
    let v = Values::<V>::default();
    let string = v.string("ab");
    let sum = v.infix(InfixOp::Add, string.clone(), v.string("c"));
    assert_eq!(v.text(&sum.unwrap()), "abc");
    assert_eq!(v.text(&string), "ab");

    let array = v.array([v.integer(1)]);
    let pushed = v.call(Builtin::Push, [array.clone(), v.integer(2)]);
    assert_eq!(v.text(&pushed), "[1, 2]");
    assert_eq!(v.text(&array), "[1]");
}

fn what_needs_no_object_makes_none<V: Value>() {
    let v = Values::<V>::default();
    let blocks = allocations::live_blocks();
    let values = [
        v.null(),
        v.boolean(true),
        v.boolean(false),
        v.builtin(Builtin::Len),
        v.builtin(Builtin::Push),
    ];
    let copies = values.clone();
    assert_eq!(allocations::live_blocks(), blocks);
    drop((values, copies));
    assert_eq!(allocations::live_blocks(), blocks);
}

fn objects_are_counted<V: Value>() {
    let v = Values::<V>::default();
    assert_eq!(memory::live(), 0);
    let string = v.string("four");
    assert_eq!(memory::live(), memory::OBJECT + 4);
    let array = v.array([v.null(), string.clone()]);
    assert_eq!(memory::live(), 2 * memory::OBJECT + 4 + 2 * memory::ELEMENT);
    drop(string);
    drop(array.clone());
    assert_eq!(memory::live(), 2 * memory::OBJECT + 4 + 2 * memory::ELEMENT);
    drop(array);
    assert_eq!(memory::live(), 0);
    let integer = v.integer(i64::MIN);
    assert_eq!(memory::live(), 0);
    drop(integer);
}

/// Nothing recurs over values nested so deep that 128 KiB of native stack would not be enough.
fn deep_chains<V: Value>() {
    let test = || {
        let blocks = allocations::live_blocks();
        drop_chains::<V>();
        assert_eq!(memory::live(), 0);
        assert_eq!(allocations::live_blocks(), blocks);
    };
    let thread = thread::Builder::new().stack_size(128 << 10);
    thread.spawn(test).unwrap().join().unwrap();
}

fn drop_chains<V: Value>() {
    let v = Values::<V>::default();
    let array = |inner| v.array([inner]);
    let hash = |inner| v.hash([v.integer(i64::MAX), inner]);
    let function = |inner| v.function(2, [v.integer(i64::MIN), inner]);
    let all = |inner| array(v.hash([v.string("k"), function(inner)]));
    let chain = |depth, wrap: &dyn Fn(V) -> V| (0..depth).fold(v.null(), |inner, _| wrap(inner));
    let (million, enough) = if cfg!(miri) {
        (500, 100)
    } else {
        (1_000_000, 50_000)
    };

    let one = chain(million, &array);
    let other = chain(million, &array);
    assert!(v.equal(&one, &other));
    assert_eq!(v.text(&one).len(), 2 * million + 4);
    let both = v.array([one.clone(), other]);
    drop(both);
    assert!(one.is_truthy());
    drop(one);

    for wrap in [&hash as &dyn Fn(V) -> V, &function, &all] {
        let shared = chain(enough, wrap);
        let twice = v.array([shared.clone(), shared]);
        drop(twice.clone());
        assert!(twice.is_truthy());
    }
}
