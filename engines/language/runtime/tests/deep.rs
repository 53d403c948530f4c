//! Values nested a million deep are dropped, compared and printed on a small native stack.

mod common;

use std::thread;

use common::*;
use runtime::{Boxed, Limits, memory, operators, print};
use syntax::InfixOp;

const DEPTH: usize = 1_000_000;

/// Runs a test with 128 KiB of native stack, which recursion of this depth would overflow, and
/// checks that it leaves nothing alive.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(128 << 10);
    let checked = move || {
        test();
        assert_eq!(memory::live(), 0);
    };
    thread.spawn(checked).unwrap().join().unwrap();
}

fn nested(wrap: impl Fn(Boxed) -> Boxed) -> Boxed {
    (0..DEPTH).fold(null(), |inner, _| wrap(inner))
}

#[test]
fn arrays() {
    on_a_small_stack(|| {
        let one = nested(|inner| array([inner]));
        let other = nested(|inner| array([inner]));
        let equal = free(|s| operators::compare(s, InfixOp::Equal, &one, &other));
        assert_eq!(equal, Ok(true));
        let deeper = array([other]);
        let equal = free(|s| operators::compare(s, InfixOp::Equal, &one, &deeper));
        assert_eq!(equal, Ok(false));

        let text = print::to_text(&program(), &one, &Limits::default()).unwrap();
        assert_eq!(text.len(), 2 * DEPTH + 4);
        assert!(text.starts_with("[[") && text.ends_with("]]"));
        assert_eq!(&text[DEPTH..DEPTH + 4], "null");
    });
}

#[test]
fn hashes() {
    on_a_small_stack(|| {
        let one = nested(|inner| hash([integer(1), inner]));
        let other = nested(|inner| hash([integer(1), inner]));
        let equal = free(|s| operators::compare(s, InfixOp::Equal, &one, &other));
        assert_eq!(equal, Ok(true));
        let text = print::to_text(&program(), &one, &Limits::default()).unwrap();
        assert_eq!(text.len(), 5 * DEPTH + 4);
    });
}

#[test]
fn closures() {
    on_a_small_stack(|| {
        let chain = nested(|inner| function(2, vec![integer(1), inner, string("s")]));
        assert_eq!(text(&chain), "fn()");
    });
}

#[test]
fn mixed_and_shared() {
    on_a_small_stack(|| {
        let kept = integers(3);
        let chain = nested(|inner| array([hash([string("k"), function(2, vec![inner])])]));
        let both = array([chain.clone(), kept.clone(), chain]);
        drop(both);
        assert_eq!(text(&kept), "[0, 1, 2]");
    });
}
