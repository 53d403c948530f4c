//! What the built-in functions do, and which arguments they refuse.

mod common;

use std::io;

use common::*;
use runtime::{Boxed, Counts, ErrorKind, Limits, builtins};
use syntax::Builtin;

fn call<const N: usize>(builtin: Builtin, mut arguments: [Boxed; N]) -> String {
    free(|s| builtins::call(s, builtin, &mut arguments))
        .map_or_else(|error| error.to_string(), |value| text(&value))
}

#[test]
fn len_counts_bytes_and_elements() {
    assert_eq!(call(Builtin::Len, [string("")]), "0");
    assert_eq!(call(Builtin::Len, [string("héllo")]), "6");
    assert_eq!(call(Builtin::Len, [integers(3)]), "3");
}

#[test]
fn parts_of_arrays() {
    for (builtin, of_three, of_one, of_none) in [
        (Builtin::First, "0", "0", "null"),
        (Builtin::Last, "2", "0", "null"),
        (Builtin::Rest, "[1, 2]", "[]", "null"),
    ] {
        assert_eq!(call(builtin, [integers(3)]), of_three);
        assert_eq!(call(builtin, [integers(1)]), of_one);
        assert_eq!(call(builtin, [integers(0)]), of_none);
    }
}

#[test]
fn push_changes_a_unique_array_in_place_and_copies_a_shared_one() {
    let push = |array: Boxed| {
        run(Limits::default(), |s| {
            builtins::call(s, Builtin::Push, &mut [array, string("x")])
        })
    };
    let (pushed, _, counts) = push(integers(2));
    assert_eq!(text(&pushed.unwrap()), "[0, 1, x]");
    assert_eq!(counts.allocations, 0);

    let shared = integers(2);
    let (pushed, _, counts) = push(shared.clone());
    assert_eq!(text(&pushed.unwrap()), "[0, 1, x]");
    assert_eq!(counts.allocations, 1);
    assert_eq!(text(&shared), "[0, 1]");

    let twice = integers(1);
    assert_eq!(call(Builtin::Push, [twice.clone(), twice]), "[0, [0]]");
}

#[test]
fn puts_prints_a_line_for_each_argument() {
    let mut arguments = [
        string("a\nb"),
        integer(-1),
        boolean(true),
        null(),
        array([string("s"), array([]), hash([])]),
        hash([string("k"), array([integer(1)]), integer(2), boolean(false)]),
        function(1, vec![]),
        function(2, vec![]),
        builtin(Builtin::Rest),
    ];
    let (result, output, _) = run(Limits::default(), |s| {
        builtins::call(s, Builtin::Puts, &mut arguments)
    });
    assert_eq!(text(&result.unwrap()), "null");
    assert_eq!(
        String::from_utf8(output).unwrap(),
        "a\nb\n-1\ntrue\nnull\n[s, [], {}]\n{k: [1], 2: false}\nfn(first, second)\nfn()\n\
         builtin rest\n"
    );
    let (result, output, _) = run(Limits::default(), |s| {
        builtins::call(s, Builtin::Puts, &mut [])
    });
    assert_eq!(text(&result.unwrap()), "null");
    assert_eq!(output, b"");
}

/// Output that takes no more than some bytes.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        match taken {
            0 if !bytes.is_empty() => Err(io::ErrorKind::StorageFull.into()),
            taken => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let (mut counts, mut output) = (Counts::default(), Full(7));
    let result = run_to(Limits::default(), &mut counts, &mut output, |s| {
        builtins::call(s, Builtin::Puts, &mut [integers(9)])
    });
    assert_eq!(
        result.unwrap_err(),
        ErrorKind::OutputFailed(io::ErrorKind::StorageFull).into()
    );
}

#[test]
fn the_number_of_arguments_is_checked_first() {
    let wrong = |want, got| format!("wrong number of arguments: want={want}, got={got}");
    for builtin in Builtin::ALL {
        let Some(want) = builtin.arity() else {
            continue;
        };
        assert_eq!(call(builtin, []), wrong(want, 0));
        let three = [integer(1), integer(2), integer(3)];
        assert_eq!(call(builtin, three), wrong(want, 3));
    }
    assert_eq!(call(Builtin::Push, [null()]), wrong(2, 1));
    assert_eq!(call(Builtin::Len, [null(), null()]), wrong(1, 2));
}

#[test]
fn arguments_of_other_types_are_errors() {
    for (value, name) in [
        (integer(1), "INTEGER"),
        (null(), "NULL"),
        (hash([]), "HASH"),
        (function(1, vec![]), "FUNCTION"),
    ] {
        assert_eq!(
            call(Builtin::Len, [value.clone()]),
            format!("argument to `len` not supported, got {name}")
        );
        for builtin in [Builtin::First, Builtin::Last, Builtin::Rest] {
            assert_eq!(
                call(builtin, [value.clone()]),
                format!("argument to `{}` must be ARRAY, got {name}", builtin.name())
            );
        }
        assert_eq!(
            call(Builtin::Push, [value, integer(1)]),
            format!("argument to `push` must be ARRAY, got {name}")
        );
    }
    assert_eq!(
        call(Builtin::First, [string("abc")]),
        "argument to `first` must be ARRAY, got STRING"
    );
}
