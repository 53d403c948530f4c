//! Runs a source text and gives what a user would see.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of this"
)]

use std::rc::Rc;

use engine::Engine;
use runtime::{Counts, ErrorKind, Limits, memory, print};
use tree::Tree;

/// What a program did.
#[derive(Debug)]
pub struct Run {
    /// The value's text, or the error and the source text that it points to.
    pub result: Result<String, (ErrorKind, String)>,
    /// What `puts` printed.
    pub output: String,
    /// What was counted.
    pub counts: Counts,
}

/// Runs a program within limits and checks that it leaves nothing alive.
pub fn run(source: &str, limits: &Limits) -> Run {
    let alive = memory::live();
    let program = Rc::new(syntax::parse(source).expect("the program parses"));
    let engine = Tree::default();
    let code = engine.compile(&program);
    let mut machine = engine.instantiate(&code, limits);
    let mut counts = Counts::default();
    let mut output = Vec::new();
    let result = Tree::execute(&mut machine, &mut counts, &mut output);
    let result = match result {
        Ok(value) => Ok(print::to_text(&*program, &value, limits).expect("the value prints")),
        Err(error) => Err((error.kind, program.text(error.span).to_owned())),
    };
    assert_eq!(memory::live(), alive, "{source} leaks");
    Run {
        result,
        output: String::from_utf8(output).expect("output is UTF-8"),
        counts,
    }
}

/// The value of a program that must not fail.
pub fn value(source: &str) -> String {
    match run(source, &Limits::default()).result {
        Ok(value) => value,
        Err((kind, at)) => panic!("{source}: {kind} at {at}"),
    }
}

/// The error of a program that must fail, and the source text that it points to.
pub fn error(source: &str) -> (String, String) {
    match run(source, &Limits::default()).result {
        Ok(value) => panic!("{source}: {value}"),
        Err((kind, at)) => (kind.to_string(), at),
    }
}
