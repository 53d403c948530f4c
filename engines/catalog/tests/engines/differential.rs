//! Generated programs, and texts that hardly are programs: all variants agree on value, output,
//! error and place, whatever the limits on depth and fuel. Where memory runs out may differ, since
//! an engine may keep a value for longer than another; that it does so cleanly may not.
//!
//! `PROPTEST_CASES` sets the number of cases of each property.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::io::{self, Write};
use std::rc::Rc;

use crate::generator;
use crate::nearly_monkey::nearly_monkey;
use crate::support::{Engines, count, limits, parse, run};
use bytecode::InstructionSet as _;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, TestCaseError, TestCaseResult, TestRunner};
use runtime::{ErrorKind, Limits};
use stack::{Opcode, Optimizations};

/// What is more than enough for most generated programs.
const AMPLE: Limits = Limits {
    depth: 300,
    fuel: Some(5_000),
    memory: None,
};

/// Runs a property on engines that are made once.
fn check<S: Strategy>(
    cases: u32,
    strategy: S,
    property: impl Fn(&Engines, S::Value) -> TestCaseResult,
) where
    S::Value: Debug,
{
    let mut config = ProptestConfig {
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    let engines = Engines::every();
    let result = TestRunner::new(config).run(&strategy, |value| property(&engines, value));
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Fails unless all variants agree.
fn agree(engines: &Engines, source: &str, limits: &Limits) -> TestCaseResult {
    match syntax::parse(source) {
        Ok(program) => engines
            .agree(&Rc::new(program), limits)
            .map(|_| ())
            .map_err(|complaint| TestCaseError::fail(format!("{complaint}\n{source}"))),
        Err(_) => Ok(()),
    }
}

#[test]
fn all_variants_agree_on_generated_programs() {
    let small_limits = (0..12_u32, 0..120_u64);
    check(
        600,
        (generator::programs(), small_limits),
        |engines, (source, (depth, fuel))| {
            let compiled = engines.compile(&parse(&source));
            for limits in [AMPLE, limits(depth, 5_000), limits(300, fuel)] {
                compiled
                    .agree(&limits)
                    .map_err(|complaint| TestCaseError::fail(format!("{complaint}\n{source}")))?;
            }
            Ok(())
        },
    );
}

#[test]
fn counting_changes_nothing_and_calls_are_the_same_everywhere() {
    check(200, generator::programs(), |engines, source| {
        let compiled = engines.compile(&parse(&source));
        let mut calls = BTreeSet::new();
        for (variant, code) in compiled.iter() {
            let (counted, counts) = count(code, &AMPLE);
            prop_assert_eq!(counted, run(code, &AMPLE), "{} on {}", variant, source);
            calls.insert(counts.calls);
        }
        prop_assert_eq!(calls.len(), 1, "{:?} on {}", calls, source);
        Ok(())
    });
}

#[test]
fn programs_with_many_constants_agree() {
    check(3, generator::wide_programs(), |engines, source| {
        agree(engines, &source, &AMPLE)
    });
}

#[test]
fn out_of_memory_is_clean_wherever_it_comes() {
    check(
        200,
        (generator::programs(), 0..3_000_u64),
        |engines, (source, memory)| {
            let limited = Limits {
                memory: Some(memory),
                ..AMPLE
            };
            let compiled = engines.compile(&parse(&source));
            for (variant, code) in compiled.iter() {
                let free = run(code, &AMPLE);
                let found = run(code, &limited);
                match &found.outcome {
                    Err(error) if matches!(error.kind, ErrorKind::OutOfMemory(_)) => {
                        prop_assert!(free.output.starts_with(&found.output), "{}", variant);
                    }
                    _ => prop_assert_eq!(found, free, "{} on {}", variant, source),
                }
            }
            drop(compiled);
            prop_assert_eq!(runtime::memory::live(), 0, "{}", source);
            Ok(())
        },
    );
}

/// What the compiler evaluates must take as much fuel as what the machine does: none, or it must
/// be left alone. Walking strings takes fuel by their length.
#[test]
fn operators_on_literals_take_the_same_fuel_everywhere() {
    let engines = Engines::every();
    for length in 0..=130 {
        let string = "s".repeat(length);
        let half = "s".repeat(length / 2);
        for source in [
            format!("\"{string}\" == \"{string}\""),
            format!("\"{string}\" != \"{string}\""),
            format!("\"{string}\" + \"\""),
            format!("\"{half}\" + \"{half}\" == \"{half}{half}\""),
            format!("{{\"{half}\" + \"{half}\": 1}}[\"{half}{half}\"]"),
            format!("!\"{string}\""),
        ] {
            let program = parse(&source);
            for fuel in 0..=3 {
                let agreed = engines.agree(&program, &limits(1, fuel));
                assert!(agreed.is_ok(), "{} {source}", agreed.unwrap_err());
            }
        }
    }
}

/// Takes a number of bytes and fails from then on.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        match taken {
            0 if !bytes.is_empty() => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn output_that_cannot_be_written_is_the_same_error_everywhere() {
    let mut failures = 0;
    let engines = Engines::every();
    for source in sample(60) {
        for room in [0, 5, 100] {
            let compiled = engines.compile(&parse(&source));
            let outcomes: Vec<_> = compiled
                .iter()
                .map(|(_, code)| code.run(&AMPLE, &mut Full(room)))
                .collect();
            for outcome in &outcomes {
                assert_eq!(outcome, &outcomes[0], "{source}");
            }
            failures += u32::from(matches!(
                &outcomes[0],
                Err(error) if error.kind == ErrorKind::OutputFailed(io::ErrorKind::StorageFull)
            ));
        }
    }
    assert!(failures > 20, "only {failures} failed to write");
}

/// Small pieces in a row that parse: mistakes in every place.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "let x = 1;",
        "let f = fn(x) { x };",
        "puts(x);",
        "f(x)",
        "(1)",
        "[0]",
        " + 1",
        " - x",
        " * f",
        " == x",
        " < 2",
        ";",
        "if (x) { 2 }",
        "-",
        "!",
        "{1: x}",
        "return x;",
        "x",
        "\"s\"",
        "[x, f]",
        "f",
        "len",
        "(x)",
    ]);
    vec(piece, 0..12).prop_map(|pieces| format!("let x = 5; let f = len;{}", pieces.concat()))
}

/// Generated programs with a part cut out or doubled.
fn damaged() -> impl Strategy<Value = String> {
    let place = || any::<prop::sample::Index>();
    (generator::programs(), place(), 0..20_usize, any::<bool>()).prop_map(
        |(source, place, length, doubled)| {
            let start = place.index(source.len());
            let end = (start + length).min(source.len());
            let repeated = if doubled { &source[start..end] } else { "" };
            format!(
                "{}{repeated}{}",
                &source[..start + if doubled { end - start } else { 0 }],
                &source[end..]
            )
        },
    )
}

#[test]
fn any_text_is_refused_or_runs_alike_everywhere() {
    let bytes =
        vec(any::<u8>(), 0..80).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let texts = prop_oneof![
        any::<String>(),
        bytes,
        nearly_monkey(30),
        pieces(),
        damaged()
    ];
    check(1_500, texts, |engines, source| {
        agree(engines, &source, &limits(50, 500))
    });
}

/// Programs that are the same in every run.
fn sample(count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let programs = generator::programs();
    let mut program = || programs.new_tree(&mut runner).expect("nothing is filtered");
    (0..count).map(|_| program().current()).collect()
}

/// What a kind of error is called here; its details don't matter.
fn kind_of(error: &ErrorKind) -> &'static str {
    match error {
        ErrorKind::TypeMismatch { .. } => "type mismatch",
        ErrorKind::UnknownInfix { .. } => "unknown infix operator",
        ErrorKind::UnknownPrefix { .. } => "unknown prefix operator",
        ErrorKind::IdentifierNotFound(_) => "identifier not found",
        ErrorKind::NotAFunction(_) => "not a function",
        ErrorKind::WrongArity { .. } => "wrong arity",
        ErrorKind::UnsupportedArgument { .. } => "unsupported argument",
        ErrorKind::ArgumentNotArray { .. } => "argument not an array",
        ErrorKind::UnusableHashKey(_) => "unusable hash key",
        ErrorKind::IndexNotSupported(_) => "index not supported",
        ErrorKind::DivisionByZero => "division by zero",
        ErrorKind::StackOverflow => "stack overflow",
        ErrorKind::OutOfFuel => "out of fuel",
        ErrorKind::OutOfMemory(_) => "out of memory",
        ErrorKind::OutputFailed(_) => "output failed",
    }
}

/// The kinds that come without a limit on memory and with output that can be written.
const KINDS: usize = 13;

#[test]
fn generated_programs_go_deep_and_fail_in_every_way() {
    const PROGRAMS: usize = 600;
    let oracle = catalog::oracle().engine();
    let mut ends: BTreeMap<_, usize> = BTreeMap::new();
    let mut calls = 0;
    for source in sample(PROGRAMS) {
        let program = Rc::new(syntax::parse(&source).expect("generated programs parse"));
        let (run, counts) = count(&*oracle.compile(&program), &AMPLE);
        let end = run
            .outcome
            .as_ref()
            .map_or_else(|error| kind_of(&error.kind), |_| "value");
        *ends.entry(end).or_default() += 1;
        calls += counts.calls;
    }
    let values = ends.remove("value").unwrap_or_default();
    assert!(values * 100 >= 40 * PROGRAMS, "{values} values, {ends:?}");
    assert_eq!(ends.len(), KINDS, "{ends:?}");
    assert!(calls / PROGRAMS as u64 >= 5, "{calls} calls");
}

#[test]
fn generated_programs_reach_every_opcode() {
    let engines = Engines::every();
    let mut runner = TestRunner::deterministic();
    let wide = generator::wide_programs()
        .new_tree(&mut runner)
        .expect("nothing is filtered");
    let mut reached = BTreeSet::new();
    for source in sample(150).into_iter().chain([wide.current()]) {
        let compiled = engines.compile(&parse(&source));
        for ((_, engine), (_, code)) in engines.iter().zip(compiled.iter()) {
            let (_, counts) = count(code, &AMPLE);
            let opcodes = (0..=u8::MAX).filter(|&byte| counts.by_opcode[usize::from(byte)] > 0);
            reached.extend(opcodes.filter_map(|opcode| engine.opcode_name(opcode)));
        }
    }
    let missed: Vec<_> = Opcode::ALL
        .iter()
        .filter(|opcode| Optimizations::AVAILABLE.contains(opcode.needs()))
        .map(|opcode| opcode.name())
        .filter(|name| !reached.contains(name))
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}
