//! The verifier: what the compiler emits is sound, and what is sound does no harm, wherever it comes
//! from. (`stack`'s own tests have the defects by hand.)
//!
//! `PROPTEST_CASES` sets the number of mutated programs.

use std::cell::Cell;
use std::rc::Rc;

use crate::generator;
use crate::support::parse;
use bytecode::{Code, Defect, Function, InstructionSet as _, Origin, Shape};
use engine::Engine;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use runtime::{Boxed, Calls, Limits, RuntimeError, Tagged, Unmetered, print};
use stack::{
    CheckedMatch, Direct, Opcode, Optimizations, Prepared, Stack, Strategy as Dispatching, Table,
    Tail, Thunks, VerifiedMatch,
};
use syntax::{Program, Span};

/// Asserts that the verifier finds no defect in what becomes of a program, under any set of
/// optimizations.
fn assert_sound(source: &str) {
    let Ok(program) = syntax::parse(source) else {
        return;
    };
    let program = Rc::new(program);
    for set in Optimizations::ALL.subsets() {
        let code = stack::compile::<Boxed>(&program, set);
        if let Err(defect) = bytecode::verify::<Opcode, _>(&code, set) {
            panic!("stack{set}: {defect}: {source}");
        }
    }
}

/// Generated programs, the same ones each time.
fn generated(count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let programs = generator::programs();
    let mut program = || programs.new_tree(&mut runner).expect("nothing is filtered");
    (0..count).map(|_| program().current()).collect()
}

#[test]
fn the_compilers_code_is_sound() {
    let conformance = workloads::conformance().unwrap();
    for case in &conformance {
        assert_sound(&case.source);
    }
    for workload in workloads::all() {
        assert_sound(&workload.source(None).unwrap());
    }
    for source in generated(200) {
        assert_sound(&source);
    }
}

/// The verifier asks that a call's weight fits what the frame holds meanwhile. Bodies in the
/// neighbourhood of each further unit of weight, with a call where the most is held.
#[test]
fn the_compilers_weights_fit_what_calls_leave() {
    for count in (100..=140).chain(240..=270).chain([1_000, 5_000]) {
        for (open, each, call, close_each, close) in [
            ("[", "1,", "f()", "", "]"),
            ("{", "1: 2,", "1: f()", "", "}"),
            ("len(", "1,", "f(1)", "", ")"),
            ("", "let a = 1;", "f(1, 2)", "", ""),
            ("", "let a = 1;", "[a, [f()]]", "", ""),
            ("", "1 + (", "f()", ")", ""),
            ("", "f(1, 2, ", "f()", ")", ""),
            ("", "f[", "f()", "]", ""),
            ("", "if (f) { let a = [f]; 1 + ", "f()", "}", ""),
            (
                "let c = fn() { [f, n] }; [c, {",
                "1: 2,",
                "1: c()",
                "",
                "}]",
            ),
        ] {
            let (inner, outer) = (each.repeat(count), close_each.repeat(count));
            let body = [open, &inner, call, &outer, close].concat();
            assert_sound(&format!("let f = fn(n) {{ {body} }}; let n = 1; {body}"));
        }
    }
}

/// A change of a function.
#[derive(Clone, Debug)]
enum Mutation {
    /// A byte becomes another.
    Byte(Index, u8),
    /// An instruction becomes another one with operands of the same size.
    Opcode(Index, Index),
    /// An operand becomes another, small one.
    Operand(Index, Index, u8),
    /// An instruction is left out.
    Delete(Index),
    /// An instruction is put in once more, elsewhere.
    Copy(Index, Index),
    /// The function has other numbers of parameters, locals, slots and captures, and counts for another weight.
    Shape([i8; 5]),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<Index>;
    let delta = || prop_oneof![4 => Just(0), 1 => -1..=2_i8];
    prop_oneof![
        2 => (index(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        4 => (index(), index()).prop_map(|(at, to)| Mutation::Opcode(at, to)),
        4 => (index(), index(), 0..24_u8).prop_map(|(at, which, to)| Mutation::Operand(at, which, to)),
        1 => index().prop_map(Mutation::Delete),
        1 => (index(), index()).prop_map(|(from, to)| Mutation::Copy(from, to)),
        1 => [delta(), delta(), delta(), delta(), delta()].prop_map(Mutation::Shape),
    ]
}

/// The instructions of some bytes, as far as they are any: offset and opcode.
fn instructions(code: &[u8]) -> Vec<(usize, Opcode)> {
    let mut found = Vec::new();
    let mut offset = 0;
    while let Some(opcode) = code.get(offset).and_then(|&byte| Opcode::from_byte(byte)) {
        found.push((offset, opcode));
        offset += opcode.size();
    }
    found
}

/// Opcodes whose operands take as many bytes as another's.
fn alike(opcode: Opcode) -> Vec<Opcode> {
    let others = Opcode::ALL.iter().copied();
    others
        .filter(|other| other.size() == opcode.size())
        .collect()
}

fn mutate(function: &Function, mutation: &Mutation) -> Function {
    let mut code = function.code.to_vec();
    let mut shape = function.shape;
    let mut captures = function.captures;
    let instructions = instructions(&code);
    let pick = |index: &Index| (!instructions.is_empty()).then(|| *index.get(&instructions));
    let whole =
        |(offset, opcode): (usize, Opcode)| offset..(offset + opcode.size()).min(code.len());
    match mutation {
        Mutation::Byte(at, byte) if !code.is_empty() => {
            let at = at.index(code.len());
            code[at] = *byte;
        }
        Mutation::Opcode(at, to) => {
            if let Some((offset, opcode)) = pick(at) {
                code[offset] = *to.get(&alike(opcode)) as u8;
            }
        }
        Mutation::Operand(at, which, to) => {
            if let Some((offset, opcode)) = pick(at)
                && !opcode.operands().is_empty()
            {
                let which = which.index(opcode.operands().len());
                let before = opcode.operands()[..which].iter().map(|kind| kind.size());
                let at = offset + 1 + before.sum::<usize>();
                if let Some(byte) = code.get_mut(at) {
                    *byte = *to;
                }
            }
        }
        Mutation::Delete(at) => {
            if let Some(instruction) = pick(at) {
                code.drain(whole(instruction));
            }
        }
        Mutation::Copy(from, to) => {
            if let (Some(from), Some((to, _))) = (pick(from), pick(to)) {
                let copy = code[whole(from)].to_vec();
                code.splice(to..to, copy);
            }
        }
        Mutation::Shape([arity, locals, slots, captured, weight]) => {
            shape = Shape {
                arity: shape.arity.wrapping_add_signed((*arity).into()),
                locals: shape.locals.wrapping_add_signed((*locals).into()),
                slots: shape.slots.wrapping_add_signed((*slots).into()),
                weight: shape.weight.wrapping_add_signed((*weight).into()),
            };
            captures = captures.wrapping_add_signed((*captured).into());
        }
        Mutation::Byte(..) => {}
    }
    // A mutation before this one may have left no instruction.
    let nowhere = Span { start: 0, end: 0 };
    let span = function.origins.first().map_or(nowhere, |it| it.span);
    with_origins(code, shape, captures, span)
}

/// A function of these bytes, each instruction of which belongs to the same expression.
fn with_origins(code: Vec<u8>, shape: Shape, captures: u32, span: Span) -> Function {
    let offsets = instructions(&code).into_iter().map(|(offset, _)| offset);
    let origins = offsets.map(|offset| Origin {
        offset: offset.try_into().expect("code is small"),
        span,
    });
    let origins = origins.collect();
    Function {
        code: code.into(),
        shape,
        captures,
        origins,
    }
}

const ALL: Optimizations = Optimizations::ALL;

/// The optimization that relies on the types of values.
const TYPES: Optimizations = Optimizations::TYPE_SPECIALIZATION;

const SCARCE: Limits = Limits {
    depth: 40,
    fuel: Some(300),
    memory: Some(20_000),
};

/// What a strategy makes of code: the printed value or the error, and the output.
fn run<S: Dispatching>(
    code: &Code<Tagged>,
) -> Result<(Result<String, RuntimeError>, Vec<u8>), Defect> {
    type Machine<S> = Stack<Tagged, S, { ALL.bits() }, { ALL.in_machine().bits() }>;
    let engine = Machine::<S>::default();
    let prepared = <Machine<S> as Engine>::Code::prepare(code.clone())?;
    let mut output = Vec::new();
    let mut machine = engine.instantiate(&prepared, &SCARCE);
    let result = Machine::<S>::execute(&mut machine, &mut Unmetered, &mut output);
    let printed = result.and_then(|value| {
        let span = code.main().origins[0].span;
        let text = print::to_text(&code.text, &value, &SCARCE);
        text.map_err(|raised| RuntimeError {
            kind: *raised,
            span,
            calls: Calls::default(),
        })
    });
    Ok((printed, output))
}

/// Programs to start from, as all optimizations make them.
fn sources() -> Vec<Rc<Program>> {
    let mut sources = generated(60);
    sources.push(
        "let f = fn(n, m) { if (n < 1) { return m; } let k = n - 1; [f(k, m + n), {k: m}][0] };\n\
         let add = fn(x) { fn(y) { x + y } }; puts(f(5, 0)); add(f(3, 1))(later); let later = 2;"
            .into(),
    );
    sources.iter().map(|source| parse(source)).collect()
}

/// Whatever is done to code, the verifier gives an answer; and what it passes does the same under each
/// strategy, in safe Rust and without checks, unless it claims integers where there are none.
#[test]
fn mutated_code_is_refused_or_runs_alike_everywhere() {
    let programs = sources();
    let [cases, sound, compared] = [const { Cell::new(0_u32) }; 3];
    let mut config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 10_000;
    }
    let mutations = vec((any::<Index>(), mutation()), 1..4);
    let strategy = (any::<Index>(), any::<bool>(), mutations);
    let result = TestRunner::new(config).run(&strategy, |(program, types, mutations)| {
        let optimizations = if types { ALL } else { ALL.without(TYPES) };
        let mut code = stack::compile::<Tagged>(program.get(&programs), optimizations);
        for (function, mutation) in &mutations {
            let function = function.index(code.functions.len());
            code.functions[function] = mutate(&code.functions[function], mutation);
        }
        cases.set(cases.get() + 1);
        let expected = match run::<VerifiedMatch>(&code) {
            Ok(expected) => expected,
            Err(defect) => {
                prop_assert!(!defect.to_string().is_empty());
                return Ok(());
            }
        };
        sound.set(sound.get() + 1);
        // What reads an integer without a look at the type reads some integer from another value, and be it an
        // address, which differs. Then all that is asked is that nothing breaks.
        let relies_on_nothing = code.functions.iter().all(|function| {
            let opcodes = instructions(&function.code).into_iter();
            opcodes
                .map(|(_, opcode)| opcode.needs())
                .all(|it| !it.contains(TYPES))
        });
        for (name, found) in [
            ("checked", run::<CheckedMatch>(&code)),
            ("table", run::<Table>(&code)),
            ("tail", run::<Tail>(&code)),
            ("direct", run::<Direct>(&code)),
            ("thunk", run::<Thunks>(&code)),
        ] {
            prop_assert!(found.is_ok(), "{}", name);
            if relies_on_nothing {
                prop_assert_eq!(found.as_ref(), Ok(&expected), "{}", name);
                compared.set(compared.get() + 1);
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert_eq!(runtime::memory::live(), 0);
    // Not all is refused.
    let (cases, sound, compared) = (cases.get(), sound.get(), compared.get());
    assert!(sound * 10 > cases, "{sound} of {cases} are sound");
    assert!(
        compared > sound,
        "{compared} of {sound} times five are compared"
    );
}
