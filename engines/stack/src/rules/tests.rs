//! Defects made by hand, each found where it is and for what it is. That the compiler's code has none,
//! and that nothing without defects does harm, `catalog` tests.

use std::rc::Rc;

use runtime::{Closure, Str, Tagged, Value as _};
use syntax::Span;

use bytecode::{Code, Defect, Function, InstructionSet as _, Operand, Origin, Text};
use syntax::{Builtin, FunctionId};

use super::*;
use crate::isa::Opcode::*;
use crate::optimizations::Optimizations;

/// Two globals and three functions: the program, one with a parameter, and one that captures.
const SOURCE: &str = "let one = 1; let f = fn(a) { fn() { a } }; f(one)";

/// What the functions below have room for.
const SHAPE: Shape = Shape {
    arity: 0,
    locals: 2,
    slots: 4,
    weight: 1,
};

/// An instruction: its opcode and its operands.
type Line<'l> = (Opcode, &'l [u32]);

/// A function of these bytes, with an origin at each of the offsets.
fn function_of(code: Vec<u8>, offsets: &[u32]) -> Function {
    let span = Span { start: 0, end: 1 };
    let origins = offsets.iter().map(|&offset| Origin { offset, span });
    let shape = Shape {
        slots: SHAPE.slots.min(SHAPE.locals + number(code.len())),
        ..SHAPE
    };
    Function {
        code: code.into(),
        shape,
        captures: 0,
        origins: origins.collect(),
    }
}

fn function(lines: &[Line<'_>]) -> Function {
    let mut code = Vec::new();
    let mut offsets = Vec::new();
    for (opcode, operands) in lines {
        offsets.push(number(code.len()));
        code.push(*opcode as u8);
        assert_eq!(opcode.operands().len(), operands.len(), "{opcode:?}");
        let end = number(code.len() - 1 + opcode.size());
        for (kind, operand) in opcode.operands().iter().zip(*operands) {
            let operand = match kind {
                Operand::Target => operand.wrapping_sub(end),
                _ => *operand,
            };
            code.extend_from_slice(&operand.to_le_bytes()[..kind.size()]);
        }
    }
    function_of(code, &offsets)
}

/// Gives what verifying says of a program of these functions, the program itself first.
fn verify_all(functions: Vec<Function>, optimizations: Optimizations) -> Result<(), Defect> {
    bytecode::verify::<Opcode, _>(&code(functions, Tagged::integer(7)), optimizations)
}

/// A program of these functions and one constant.
fn code(functions: Vec<Function>, constant: Tagged) -> Code<Tagged> {
    let Ok(program) = syntax::parse(SOURCE) else {
        panic!("{SOURCE} parses");
    };
    Code {
        globals: number(program.global_count()),
        text: Text::Program(Rc::new(program)),
        functions: functions.into(),
        constants: [constant].into(),
    }
}

#[test]
fn constants_are_integers_and_strings() {
    let reason = |constant| {
        let main = function(&[(Null, &[]), (Return, &[])]);
        let verified = Verified::<_, 0>::new(code(vec![main], constant));
        verified.err().map(|defect| defect.reason)
    };
    let string = Str::new("a").expect("there is memory for it");
    assert_eq!(reason(Tagged::integer(1)), None);
    assert_eq!(reason(Tagged::string(string)), None);
    // It would say what function is called.
    let closure = Closure::new(FunctionId(7), [].into()).expect("there is memory for it");
    for constant in [
        Tagged::function(closure),
        Tagged::boolean(&(), true),
        Tagged::default(),
    ] {
        assert_eq!(reason(constant), Some(Reason::Constant(0)));
    }
}

/// Of a program that has one function, with two more that it may refer to.
fn verify(main: Function) -> Result<(), Defect> {
    let plain = || function(&[(Null, &[]), (Return, &[])]);
    let capturing = Function {
        captures: 1,
        ..function(&[(GetCaptured, &[0]), (Return, &[])])
    };
    verify_all(vec![main, plain(), capturing], Optimizations::KNOWN)
}

#[track_caller]
fn assert_defect(main: Function, offset: u32, reason: Reason) {
    let function = FunctionId::MAIN;
    assert_eq!(
        verify(main),
        Err(Defect {
            function,
            offset,
            reason
        })
    );
}

#[track_caller]
fn assert_defect_in(lines: &[Line<'_>], offset: u32, reason: Reason) {
    assert_defect(function(lines), offset, reason);
}

#[track_caller]
fn assert_sound(lines: &[Line<'_>]) {
    assert_eq!(verify(function(lines)), Ok(()));
}

#[test]
fn bytes_that_are_no_opcode_of_the_machine() {
    assert_defect(
        function_of(vec![Null as u8, 255], &[0, 1]),
        1,
        Reason::Opcode(255),
    );
    let past_the_last = Opcode::ALL.len() as u8;
    assert_defect(
        function_of(vec![past_the_last], &[0]),
        0,
        Reason::Opcode(past_the_last),
    );
    // An instruction of an optimization that the machine goes without.
    let lines: &[Line<'_>] = &[(Null, &[]), (AddConst, &[0]), (Return, &[])];
    let others = Optimizations::KNOWN.without(Optimizations::CONSTANT_OPERANDS);
    let defect = verify_all(vec![function(lines)], others).unwrap_err();
    assert_eq!(
        (defect.offset, defect.reason),
        (1, Reason::Opcode(AddConst as u8))
    );
    assert_sound(lines);
}

#[test]
fn code_that_ends_too_early() {
    assert_defect(
        function_of(vec![Null as u8, Constant as u8, 0], &[0, 1]),
        1,
        Reason::CutShort,
    );
    assert_defect_in(&[(Null, &[])], 1, Reason::NoReturn);
    assert_defect_in(&[(Null, &[]), (Pop, &[])], 2, Reason::NoReturn);
    assert_defect_in(&[], 0, Reason::NoReturn);
}

#[test]
fn operands_out_of_their_ranges() {
    for (opcode, operands, kind, value, count) in [
        (Constant, &[1][..], Operand::Constant, 1, 1),
        (
            ConstantWide,
            &[u32::MAX],
            Operand::WideConstant,
            u32::MAX,
            1,
        ),
        (GetLocal, &[2], Operand::Local, 2, 2),
        (SetLocal, &[2], Operand::Destination, 2, 2),
        (GetCaptured, &[0], Operand::Captured, 0, 0),
        (GetGlobal, &[2], Operand::Global, 2, 2),
        (SetGlobal, &[2], Operand::Global, 2, 2),
        (
            GetBuiltin,
            &[100],
            Operand::Builtin,
            100,
            Builtin::ALL.len() as u32,
        ),
        (MakeClosure, &[3, 0], Operand::Function, 3, 3),
    ] {
        let lines: &[Line<'_>] = &[(Null, &[]), (opcode, operands), (Return, &[])];
        assert_defect_in(lines, 1, Reason::Operand { kind, value, count });
        // Also where control doesn't get to: nobody should have to know of such code.
        let dead: &[Line<'_>] = &[(Null, &[]), (Return, &[]), (opcode, operands)];
        assert_defect_in(dead, 2, Reason::Operand { kind, value, count });
    }
    assert_sound(&[
        (Constant, &[0]),
        (SetLocal, &[1]),
        (GetGlobal, &[1]),
        (Return, &[]),
    ]);
}

#[test]
fn jumps_that_lead_to_no_instruction_ahead() {
    let to = |target: u32| {
        function(&[
            (True, &[]),
            (JumpIfFalse, &[target]),
            (Constant, &[0]),
            (Return, &[]),
        ])
    };
    // Backward, to itself, into an instruction, to the end and past it.
    for target in [0, 1, 5, 7, 8, 10, 11, u32::MAX] {
        assert_defect(to(target), 1, Reason::Target(target));
    }
    let dead_jump: &[Line<'_>] = &[(Null, &[]), (Return, &[]), (Jump, &[8]), (Constant, &[0])];
    assert_defect_in(dead_jump, 2, Reason::Target(8));
    assert_eq!(verify(to(6)), Ok(()));
}

#[test]
fn operands_that_are_not_there() {
    for (lines, offset, takes, there) in [
        (&[(Return, &[][..])][..], 0, 1, 0),
        (&[(Null, &[]), (Add, &[])], 1, 2, 1),
        (&[(Null, &[]), (Pop, &[]), (Pop, &[])], 2, 1, 0),
        (&[(Null, &[]), (Call, &[1])], 1, 2, 1),
        (
            &[(Null, &[]), (MakeArray, &[u32::MAX])],
            1,
            i64::from(u32::MAX),
            1,
        ),
        (&[(JumpIfNotLess, &[5]), (Null, &[])], 0, 2, 0),
    ] {
        assert_defect_in(
            lines,
            offset,
            rule(&format!(
                "the instruction takes {takes} operands, the stack has {there}"
            )),
        );
    }
}

#[test]
fn operands_that_the_frame_has_no_room_for() {
    let lines: &[Line<'_>] = &[(Null, &[]), (Null, &[]), (Null, &[]), (Return, &[])];
    assert_defect_in(lines, 2, rule("3 operands, the frame has room for 2"));
}

/// A function with so many locals and so large a weight, of which a call leaves `operands` more.
fn holding(locals: u32, operands: usize, weight: u32) -> Function {
    let mut lines: Vec<Line<'_>> = vec![(Null, &[]); operands];
    lines.extend([(Null, &[][..]), (Null, &[]), (Call, &[1])]);
    lines.extend(vec![(Pop, &[][..]); operands]);
    lines.push((Return, &[]));
    let shape = Shape {
        locals,
        slots: locals + number(operands) + 2,
        weight,
        ..SHAPE
    };
    Function {
        shape,
        ..function(&lines)
    }
}

#[test]
fn weights_that_are_too_small_for_what_calls_leave() {
    for (locals, operands, weight) in [
        (127, 0, 1),
        (0, 127, 1),
        (100, 27, 1),
        (255, 0, 2),
        (0, 255, 2),
        (65_536, 0, 513),
        (2, 126, u32::MAX),
    ] {
        let sound = verify(holding(locals, operands, weight));
        assert_eq!(sound, Ok(()), "{locals} and {operands}: {weight}");
    }
    for (locals, operands, weight) in [
        (128, 0, 1),
        (0, 128, 1),
        (100, 28, 1),
        (256, 0, 2),
        (65_536, 0, 512),
    ] {
        let offset = number(operands) + 2;
        let held = i64::from(locals) + operands as i64;
        let reason = rule(&format!(
            "the call leaves {held} values in the frame, at a weight of {weight} there may be {}",
            weight * syntax::Function::VALUES_PER_WEIGHT - 1
        ));
        assert_defect(holding(locals, operands, weight), offset, reason);
    }
    let defect = verify(holding(128, 0, 1)).unwrap_err();
    assert_eq!(
        defect.to_string(),
        "function 0, offset 2: the call leaves 128 values in the frame, at a weight of 1 there may be 127"
    );
    // What no call waits behind is the frame's own affair: there is one such frame at a time.
    let calls_nothing = Function {
        shape: Shape {
            locals: 65_536,
            slots: 65_537,
            ..SHAPE
        },
        ..function(&[(Null, &[]), (Return, &[])])
    };
    assert_eq!(verify(calls_nothing), Ok(()));
}

#[test]
fn ways_that_disagree_on_the_operands() {
    let falls_in: &[Line<'_>] = &[
        (True, &[]),
        (JumpIfFalse, &[7]),
        (Null, &[]),
        (Null, &[]),
        (Return, &[]),
    ];
    assert_defect_in(
        falls_in,
        7,
        rule("there are 1 or 0 operands, depending on the way here"),
    );
    let jumps_both: &[Line<'_>] = &[
        (True, &[]),
        (JumpIfFalse, &[12]),
        (Null, &[]),
        (Jump, &[12]),
        (Null, &[]),
        (Return, &[]),
    ];
    assert_defect_in(
        jumps_both,
        12,
        rule("there are 0 or 1 operands, depending on the way here"),
    );
}

#[test]
fn locals_that_may_not_have_been_set() {
    assert_defect_in(&[(GetLocal, &[0]), (Return, &[])], 0, Reason::Unset(0));
    let on_one_way: &[Line<'_>] = &[
        (True, &[]),
        (JumpIfFalse, &[10]),
        (Null, &[]),
        (SetLocal, &[1]),
        (GetLocal, &[1]),
        (Return, &[]),
    ];
    assert_defect_in(on_one_way, 10, Reason::Unset(1));
    let before_both: &[Line<'_>] = &[
        (Null, &[]),
        (SetLocal, &[1]),
        (True, &[]),
        (JumpIfFalse, &[14]),
        (Null, &[]),
        (SetLocal, &[0]),
        (GetLocal, &[1]),
        (Return, &[]),
    ];
    assert_sound(before_both);
    let read_by_a_jump: &[Line<'_>] = &[(JumpIfLocalNotLessConst, &[0, 0, 9]), (Null, &[])];
    assert_defect_in(read_by_a_jump, 0, Reason::Unset(0));
    let parameter = Function {
        shape: Shape { arity: 1, ..SHAPE },
        ..function(&[(GetLocal, &[0]), (Return, &[])])
    };
    let main = function(&[(Null, &[]), (Return, &[])]);
    let program = vec![main, parameter];
    assert_eq!(verify_all(program, Optimizations::NONE), Ok(()));
}

#[test]
fn hashes_and_closures_of_the_wrong_number_of_values() {
    let hash: &[Line<'_>] = &[(Null, &[]), (MakeHash, &[1]), (Return, &[])];
    assert_defect_in(hash, 1, rule("a hash of 1 keys and values"));
    let closure: &[Line<'_>] = &[(MakeClosure, &[2, 0]), (Return, &[])];
    let (captures, function) = (0, 1);
    assert_defect_in(closure, 0, Reason::Captures { captures, function });
    assert_sound(&[(Null, &[]), (MakeClosure, &[2, 1]), (Return, &[])]);
}

#[test]
fn code_that_nothing_leads_to_is_sound_whatever_it_takes() {
    let behind_a_return: &[Line<'_>] = &[
        (Null, &[]),
        (Return, &[]),
        (Add, &[]),
        (GetLocal, &[0]),
        (SetLocal, &[1]),
        (JumpIfFalse, &[14]),
        (Add, &[]),
        (Return, &[]),
    ];
    assert_sound(behind_a_return);
    // What it sets is not set where control gets to again.
    let around_dead_code: &[Line<'_>] = &[
        (Jump, &[9]),
        (Null, &[]),
        (SetLocal, &[0]),
        (GetLocal, &[0]),
        (Return, &[]),
    ];
    assert_defect_in(around_dead_code, 9, Reason::Unset(0));
}

#[test]
fn origins_that_are_not_those_of_the_instructions() {
    let code = || vec![Constant as u8, 0, 0, Return as u8];
    assert_defect(function_of(code(), &[0]), 3, Reason::Origin);
    assert_defect(function_of(code(), &[0, 2]), 3, Reason::Origin);
    assert_defect(function_of(code(), &[0, 3, 4]), 4, Reason::Origin);
    assert_eq!(verify(function_of(code(), &[0, 3])), Ok(()));
}

#[test]
fn shapes_that_fit_neither_themselves_nor_the_code() {
    for shape in [
        Shape { arity: 3, ..SHAPE },
        Shape { slots: 1, ..SHAPE },
        Shape { slots: 5, ..SHAPE },
        Shape {
            slots: u32::MAX,
            ..SHAPE
        },
        Shape { weight: 0, ..SHAPE },
        Shape {
            locals: 65_537,
            slots: 65_539,
            ..SHAPE
        },
    ] {
        let main = Function {
            shape,
            ..function(&[(Null, &[]), (Return, &[])])
        };
        assert_defect(main, 0, Reason::Shape);
    }
}

#[test]
fn programs_that_are_no_function_without_parameters() {
    let sound = || function(&[(Null, &[]), (Return, &[])]);
    let defect = |functions| verify_all(functions, Optimizations::KNOWN).unwrap_err();
    let capturing = Function {
        captures: 1,
        ..sound()
    };
    let parameter = Function {
        shape: Shape { arity: 1, ..SHAPE },
        ..sound()
    };
    for functions in [vec![], vec![capturing], vec![parameter]] {
        assert_eq!(defect(functions).reason, Reason::Main);
    }
}

#[test]
fn a_defect_is_in_the_function_that_has_it() {
    let sound = || function(&[(Null, &[]), (Return, &[])]);
    let functions = vec![sound(), sound(), function(&[(Null, &[]), (Add, &[])])];
    let defect = verify_all(functions, Optimizations::KNOWN).unwrap_err();
    assert_eq!((defect.function, defect.offset), (FunctionId(2), 1));
    assert_eq!(
        defect.to_string(),
        "function 2, offset 1: the instruction takes 2 operands, the stack has 1"
    );
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("the code is small")
}

fn rule(broken: &str) -> Reason {
    Reason::Rule(broken.into())
}
