//! What the operators mean, for every pair of types.

mod common;

use common::*;
use runtime::operators::{self, Folded};
use runtime::{Boxed, Counts, Integers, Limits, Session, Value};
use syntax::{Builtin, InfixOp, PrefixOp};

const INFIX: [InfixOp; 8] = [
    InfixOp::Add,
    InfixOp::Subtract,
    InfixOp::Multiply,
    InfixOp::Divide,
    InfixOp::Less,
    InfixOp::Greater,
    InfixOp::Equal,
    InfixOp::NotEqual,
];

/// The result's text or the error's, by the consuming operator; the borrowing one must agree, and
/// so must the comparing one.
fn infix(left: &Boxed, op: InfixOp, right: &Boxed) -> String {
    let show = |outcome: Outcome| outcome.map_or_else(|error| error.to_string(), |v| text(&v));
    let borrowed = show(free(|s| operators::infix_ref(s, op, left, right)));
    let consumed = free(|s| consuming_infix(s, op, left.clone(), right.clone()));
    assert_eq!(show(consumed), borrowed);
    if INFIX[4..].contains(&op) {
        let compared = free(|s| operators::compare(s, op, left, right));
        assert_eq!(
            compared.map_or_else(|error| error.to_string(), |holds| holds.to_string()),
            borrowed
        );
    }
    borrowed
}

fn equal(left: &Boxed, right: &Boxed) -> bool {
    let equal = infix(left, InfixOp::Equal, right) == "true";
    assert_eq!(infix(right, InfixOp::Equal, left) == "true", equal);
    assert_eq!(infix(left, InfixOp::NotEqual, right) == "false", equal);
    equal
}

#[test]
fn integers_wrap_and_divide_toward_zero() {
    let (min, max) = (i64::MIN, i64::MAX);
    for (left, op, right, expected) in [
        (max, InfixOp::Add, 1, min),
        (min, InfixOp::Subtract, 1, max),
        (max, InfixOp::Multiply, 2, -2),
        (min, InfixOp::Divide, -1, min),
        (-7, InfixOp::Divide, 2, -3),
        (7, InfixOp::Divide, -2, -3),
    ] {
        let result = infix(&integer(left), op, &integer(right));
        assert_eq!(result, expected.to_string(), "{left} {op:?} {right}");
        let folded = operators::fold_integers(op, left, right);
        assert_eq!(folded, Some(Folded::Integer(expected)));
    }
}

#[test]
fn integers_compare() {
    for (left, right) in [(1, 2), (2, 2), (3, 2), (i64::MIN, i64::MAX)] {
        for (op, expected) in [
            (InfixOp::Less, left < right),
            (InfixOp::Greater, left > right),
            (InfixOp::Equal, left == right),
            (InfixOp::NotEqual, left != right),
        ] {
            assert_eq!(operators::integer_compare(op, left, right), expected);
            let result = infix(&integer(left), op, &integer(right));
            assert_eq!(result, expected.to_string(), "{left} {op:?} {right}");
        }
    }
}

#[test]
fn only_a_division_by_zero_cannot_be_folded() {
    assert_eq!(
        infix(&integer(1), InfixOp::Divide, &integer(0)),
        "division by zero"
    );
    for op in INFIX {
        for left in [0, 1, -1, i64::MIN, i64::MAX] {
            for right in [0, 1, -1, i64::MIN, i64::MAX] {
                let fails = op == InfixOp::Divide && right == 0;
                assert_eq!(operators::fold_integers(op, left, right).is_none(), fails);
            }
        }
    }
}

#[test]
fn operands_of_other_types_are_errors() {
    let values = [
        ("INTEGER", integer(1)),
        ("BOOLEAN", boolean(true)),
        ("STRING", string("a")),
        ("NULL", null()),
        ("ARRAY", array([])),
        ("HASH", hash([])),
        ("FUNCTION", function(1, vec![])),
        ("BUILTIN", builtin(Builtin::Len)),
    ];
    for op in &INFIX[..6] {
        for (left_type, left) in &values {
            for (right_type, right) in &values {
                let expected = match (*left_type, *right_type, op) {
                    ("INTEGER", "INTEGER", _) | ("STRING", "STRING", InfixOp::Add) => continue,
                    (l, r, op) if l == r => format!("unknown operator: {l} {} {r}", op.text()),
                    (l, r, op) => format!("type mismatch: {l} {} {r}", op.text()),
                };
                assert_eq!(infix(left, *op, right), expected);
            }
        }
    }
}

#[test]
fn values_of_different_types_are_never_equal() {
    let values = [
        integer(0),
        boolean(false),
        string(""),
        null(),
        array([]),
        hash([]),
        function(1, vec![]),
        builtin(Builtin::Len),
    ];
    for (i, left) in values.iter().enumerate() {
        for (j, right) in values.iter().enumerate() {
            assert_eq!(equal(left, right), i == j);
        }
    }
}

#[test]
fn containers_are_equal_by_content_and_functions_by_identity() {
    assert!(equal(&string("abc"), &string("abc")));
    assert!(!equal(&string("abc"), &string("abd")));
    assert!(!equal(&string("abc"), &string("ab")));

    let nested = |last| array([integer(1), array([string("x"), null()]), last]);
    assert!(equal(&nested(boolean(true)), &nested(boolean(true))));
    assert!(!equal(&nested(boolean(true)), &nested(boolean(false))));
    assert!(!equal(&array([integer(1)]), &array([integer(1), null()])));

    let one_two = hash([string("a"), integer(1), integer(2), integers(3)]);
    let two_one = hash([integer(2), integers(3), string("a"), integer(1)]);
    assert!(equal(&one_two, &two_one));
    let other_value = hash([integer(2), integers(3), string("a"), integer(2)]);
    assert!(!equal(&one_two, &other_value));
    let other_key = hash([integer(2), integers(3), string("b"), integer(1)]);
    assert!(!equal(&one_two, &other_key));
    assert!(!equal(
        &hash([integer(1), null()]),
        &hash([boolean(true), null()])
    ));

    let first = function(1, vec![]);
    assert!(equal(&first, &first.clone()));
    assert!(!equal(&first, &function(1, vec![])));
    assert!(!equal(&builtin(Builtin::Len), &builtin(Builtin::Puts)));
}

#[test]
fn a_unique_string_grows_in_place_and_a_shared_one_is_copied() {
    let add = |left: Boxed| {
        run(Limits::default(), |s| {
            consuming_infix(s, InfixOp::Add, left, string("cd"))
        })
    };
    let (result, _, counts) = add(string("ab"));
    assert_eq!(text(&result.unwrap()), "abcd");
    assert_eq!(counts.allocations, 0);

    let shared = string("ab");
    let (result, _, counts) = add(shared.clone());
    assert_eq!(text(&result.unwrap()), "abcd");
    assert_eq!(counts.allocations, 1);
    assert_eq!(text(&shared), "ab");

    let doubled = free(|s| consuming_infix(s, InfixOp::Add, shared.clone(), shared));
    assert_eq!(text(&doubled.unwrap()), "abab");
}

#[test]
fn prefix_operators() {
    let prefix = |op, operand: Boxed| {
        free(|s| operators::prefix(s, op, &operand))
            .map_or_else(|error| error.to_string(), |value| text(&value))
    };
    for (operand, expected) in [
        (boolean(true), "false"),
        (boolean(false), "true"),
        (null(), "true"),
        (integer(0), "false"),
        (string(""), "false"),
        (array([]), "false"),
    ] {
        assert_eq!(prefix(PrefixOp::Not, operand), expected);
    }
    assert_eq!(prefix(PrefixOp::Negate, integer(5)), "-5");
    let min = i64::MIN;
    assert_eq!(prefix(PrefixOp::Negate, integer(min)), min.to_string());
    assert_eq!(
        prefix(PrefixOp::Negate, boolean(true)),
        "unknown operator: -BOOLEAN"
    );
    assert_eq!(prefix(PrefixOp::Negate, null()), "unknown operator: -NULL");
}

#[test]
fn indexing() {
    let index = |object: &Boxed, index: &Boxed| {
        free(|s| operators::index(s, object, index))
            .map_or_else(|error| error.to_string(), |value| text(&value))
    };
    let numbers = integers(3);
    for (at, expected) in [
        (0, "0"),
        (2, "2"),
        (3, "null"),
        (-1, "null"),
        (i64::MIN, "null"),
        (i64::MAX, "null"),
    ] {
        assert_eq!(index(&numbers, &integer(at)), expected);
    }
    let table = hash([
        integer(1),
        string("integer"),
        boolean(true),
        string("boolean"),
        string("key"),
        string("string"),
    ]);
    assert_eq!(index(&table, &integer(1)), "integer");
    assert_eq!(index(&table, &boolean(true)), "boolean");
    assert_eq!(index(&table, &string("key")), "string");
    assert_eq!(index(&table, &string("other")), "null");
    assert_eq!(index(&table, &boolean(false)), "null");

    for (object, key, expected) in [
        (&table, null(), "unusable as hash key: NULL"),
        (&table, integers(0), "unusable as hash key: ARRAY"),
        (
            &numbers,
            boolean(true),
            "index operator not supported: ARRAY",
        ),
        (
            &integer(1),
            integer(0),
            "index operator not supported: INTEGER",
        ),
        (
            &string("abc"),
            integer(0),
            "index operator not supported: STRING",
        ),
        (&null(), integer(0), "index operator not supported: NULL"),
    ] {
        assert_eq!(index(object, &key), expected);
    }
}

#[test]
fn literals_take_their_elements() {
    let mut elements = [integer(1), string("a")];
    let made = free(|s| operators::make_array(s, &mut elements)).unwrap();
    assert_eq!(text(&made), "[1, a]");
    assert_eq!(text(&elements[0]), "null");

    let mut pairs = [string("k"), integer(1), integer(2), boolean(true)];
    let made = free(|s| operators::make_hash(s, &mut pairs)).unwrap();
    assert_eq!(text(&made), "{k: 1, 2: true}");
}

#[test]
fn of_equal_keys_the_last_value_stands_in_the_first_place() {
    let table = hash([
        string("a"),
        integer(1),
        string("b"),
        integer(2),
        string("a"),
        integer(3),
    ]);
    assert_eq!(text(&table), "{a: 3, b: 2}");
    let distinct = hash([
        integer(1),
        null(),
        boolean(true),
        null(),
        string("1"),
        null(),
    ]);
    assert_eq!(text(&distinct), "{1: null, true: null, 1: null}");
}

#[test]
fn the_first_unusable_key_is_reported() {
    let mut pairs = [integer(1), null(), integers(1), null(), null(), null()];
    let error = free(|s| operators::make_hash(s, &mut pairs)).unwrap_err();
    assert_eq!(error.to_string(), "unusable as hash key: ARRAY");
}

#[test]
fn the_integer_view_of_any_value_is_safe() {
    for value in [null(), boolean(true), string("a"), integers(2)] {
        value.integer_or_any();
        assert_eq!(value.as_integer(), None);
    }
    assert_eq!(integer(7).integer_or_any(), 7);
}

/// Keeps the integer 1.
struct One(Boxed);

impl Integers<Boxed> for One {
    fn kept(&self, value: i64) -> Option<Boxed> {
        (value == 1).then(|| self.0.clone())
    }
}

#[test]
fn kept_integers_are_not_made_again() {
    let program = program();
    let (pool, limits) = Default::default();
    let mut counts = Counts::default();
    let mut output = Vec::new();
    let one = One(integer(1));
    let mut session: Session<'_, Boxed, _, _> =
        Session::new(&program, &pool, one, &limits, &mut counts, &mut output);
    for (right, allocations) in [(1, 0), (2, 1)] {
        let sum = consuming_infix(&mut session, InfixOp::Add, integer(0), integer(right)).unwrap();
        assert_eq!(sum.as_integer(), Some(right));
        assert_eq!(session.meter.allocations, allocations);
    }
}
