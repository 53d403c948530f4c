//! A session to try operations in, and short names for values.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of this"
)]

use std::io;

use runtime::{
    Array, Boxed, BoxedPool, Closure, Counts, ErrorKind, Fresh, Hash, Integers, Limits, Meter,
    Raised, Session, Str, Value, memory, operators, print,
};
use syntax::{FunctionId, InfixOp, Program};

pub type TestSession<'s> = Session<'s, Boxed, Counts, Fresh>;
pub type Outcome<T = Boxed> = Result<T, Raised>;

/// A program with two functions: `fn(first, second)` is function 1 and `fn()` is function 2.
pub fn program() -> Program {
    syntax::parse("fn(first, second) { first }; fn() { 1 }").unwrap()
}

/// Runs an operation within limits; gives its result and what it printed.
pub fn run<T>(
    limits: Limits,
    operation: impl FnOnce(&mut TestSession<'_>) -> T,
) -> (T, Vec<u8>, Counts) {
    let mut output = Vec::new();
    let mut counts = Counts::default();
    let result = run_to(limits, &mut counts, &mut output, operation);
    (result, output, counts)
}

/// Runs an operation that prints to `output`.
pub fn run_to<T>(
    limits: Limits,
    counts: &mut Counts,
    output: &mut dyn io::Write,
    operation: impl FnOnce(&mut TestSession<'_>) -> T,
) -> T {
    let program = program();
    let pool = BoxedPool::default();
    let _memory = memory::limit(limits.memory);
    let mut session = Session::new(&program, &pool, Fresh, &limits, counts, output);
    operation(&mut session)
}

/// Runs an operation without limits.
pub fn free<T>(operation: impl FnOnce(&mut TestSession<'_>) -> T) -> T {
    run(Limits::default(), operation).0
}

/// The fuel that an operation takes: the least that it succeeds with.
pub fn fuel_of(operation: impl Fn(&mut TestSession<'_>) -> Outcome) -> u64 {
    let enough = |fuel: u64| {
        let limits = Limits {
            fuel: Some(fuel),
            ..Limits::default()
        };
        match run(limits, |s| operation(s)).0 {
            Ok(_) => true,
            Err(raised) if *raised == ErrorKind::OutOfFuel => false,
            Err(other) => panic!("{other}"),
        }
    };
    (0..100_000)
        .find(|&fuel| enough(fuel))
        .expect("some fuel is enough")
}

/// A value as a program prints it.
pub fn text(value: &Boxed) -> String {
    print::to_text(&program(), value, &Limits::default()).unwrap()
}

pub fn null() -> Boxed {
    Boxed::default()
}

pub fn integer(value: i64) -> Boxed {
    Boxed::integer(value)
}

pub fn boolean(value: bool) -> Boxed {
    Boxed::boolean(&BoxedPool::default(), value)
}

pub fn builtin(builtin: syntax::Builtin) -> Boxed {
    Boxed::builtin(&BoxedPool::default(), builtin)
}

pub fn string(text: &str) -> Boxed {
    Boxed::string(Str::new(text).unwrap())
}

pub fn array<const N: usize>(mut elements: [Boxed; N]) -> Boxed {
    Boxed::array(Array::take(&mut elements).unwrap())
}

/// An array of `length` integers.
pub fn integers(length: usize) -> Boxed {
    let mut elements: Vec<_> = (0..length as i64).map(integer).collect();
    Boxed::array(Array::take(&mut elements).unwrap())
}

pub fn hash<const N: usize>(mut keys_and_values: [Boxed; N]) -> Boxed {
    Boxed::hash(Hash::take(&mut keys_and_values).unwrap())
}

pub fn function(id: u32, captures: Vec<Boxed>) -> Boxed {
    Boxed::function(Closure::new(FunctionId(id), captures.into()).unwrap())
}

/// `left op right`, consuming both.
pub fn consuming_infix<M: Meter, I: Integers<Boxed>>(
    s: &mut Session<'_, Boxed, M, I>,
    op: InfixOp,
    mut left: Boxed,
    right: Boxed,
) -> Outcome {
    operators::infix::<_, _, _, Engine>(s, op, &mut left, &right)?;
    Ok(left)
}

/// An engine, as far as operators ask for one.
struct Engine;

impl<V: Value> operators::Place<V> for Engine {
    fn renew(slot: &mut V, new: impl operators::Make<V>) {
        *slot = V::default();
        *slot = new.make();
    }
}
