//! The kit with another instruction set than the one engine's that has bytecode: a few instructions on registers, as
//! slots of the frame. Nothing runs them.

use std::rc::Rc;

use bytecode::{
    Code, Function, Header, Instruction, InstructionSet as _, Item, Label, LoadError, Malformed,
    Operands, Origin, Pipeline, Reason, Rewriting, Rule, Rules, Shape, Text, Verified,
};
use registers::{Opcode, Optimizations};
use runtime::{Tagged, Value as _};
use syntax::Span;

mod registers {
    #![allow(
        dead_code,
        unreachable_pub,
        unexpected_cfgs,
        reason = "an instruction set for the tests alone: nobody executes it"
    )]

    engine::optimizations! {
        /// More than eight bits would be a long list; that they are enough, `engine` tests.
        pub struct Optimizations, the first 1 documented;
        /// Two moves become one.
        FUSING = 0, "fu", "fusing", "fusing";
    }

    bytecode::instruction_set! {
        ;
        Load [Destination Constant] NONE (): "L[d] := K[k]";
        Add [Destination Local Local] NONE () Fails: "L[d] := L[l] + L[m]";
        JumpIfFalse [Local Target] NONE (): "go to t if L[l] is falsy";
        Return [Local] NONE () Leaves Ends: "give L[l] to the caller";
        LoadReturn [Constant] FUSING () Leaves Ends: "give K[k] to the caller";
    }
}

/// Besides, where calls count twice there are no jumps.
#[allow(unsafe_code, reason = "no machine runs such code")]
// SAFETY: there is no machine that could rely on it.
unsafe impl Rules for Opcode {
    const ARCHITECTURE: &'static str = "register";
    type State = ();
    const START: () = ();

    fn step(self, _: &Operands, shape: &Shape, (): ()) -> Result<(), Reason> {
        if self == Self::JumpIfFalse && shape.weight == 2 {
            return Err(Reason::Rule("a rule of its own".into()));
        }
        Ok(())
    }

    fn join((): (), (): ()) -> Result<(), Reason> {
        Ok(())
    }
}

/// A load, then a return of what has been loaded.
struct Fusing;

impl Rule<Opcode> for Fusing {
    fn replace(following: &[Item<Opcode>]) -> Option<(usize, Instruction<Opcode>)> {
        let [Item::Instruction(load), Item::Instruction(back), ..] = following else {
            return None;
        };
        let is_it = load.opcode == Opcode::Load
            && back.opcode == Opcode::Return
            && load.operands()[0] == back.operands()[0];
        let fused = Instruction::new(Opcode::LoadReturn, [load.operands()[1]], back.span);
        is_it.then_some((2, fused))
    }
}

const SPAN: Span = Span { start: 0, end: 1 };

fn instruction<const N: usize>(opcode: Opcode, operands: [u32; N]) -> Item<Opcode> {
    Item::Instruction(Instruction::new(opcode, operands, SPAN))
}

fn function(code: Box<[u8]>, origins: Box<[Origin]>, shape: Shape) -> Function {
    Function {
        code,
        shape,
        captures: 0,
        origins,
    }
}

/// A program of these instructions, with two registers and one constant.
fn program(items: &[Item<Opcode>], stages: &[Rewriting<Opcode>], weight: u32) -> Code<Tagged> {
    let source = "let a = 7; let b = a;";
    let program = syntax::parse(&format!("fn() {{ {source} }}")).map_err(|_| "it parses");
    let mut pipeline = Pipeline::new(stages.iter().copied());
    items.iter().for_each(|&item| pipeline.push(item));
    let (code, origins) = pipeline.finish();
    let shape = Shape {
        arity: 0,
        locals: 2,
        slots: 2,
        weight,
    };
    Code {
        text: Text::Program(Rc::new(program.unwrap())),
        globals: 0,
        functions: [function(code, origins, shape)].into(),
        constants: [Tagged::integer(7)].into(),
    }
}

/// What is wrong with such a program, on a machine with all optimizations.
fn reason(items: &[Item<Opcode>], weight: u32) -> Option<Reason> {
    let verified = Verified::<Opcode, _, 1>::new(program(items, &[], weight));
    verified.err().map(|defect| defect.reason)
}

#[test]
fn registers_are_set_before_they_are_read_on_all_ways() {
    let load = |register| instruction(Opcode::Load, [register, 0]);
    let back = |register| instruction(Opcode::Return, [register]);
    let jump = |register| instruction(Opcode::JumpIfFalse, [register, 0]);
    let label = Item::Label(Label(0));
    let add = |operands| instruction(Opcode::Add, operands);
    let unset = |register| Some(Reason::Unset(register));

    assert_eq!(reason(&[load(0), back(0)], 1), None);
    assert_eq!(reason(&[load(0), back(1)], 1), unset(1));
    assert_eq!(reason(&[load(0), add([1, 0, 0]), back(1)], 1), None);
    // What an instruction sets has not been set before it.
    assert_eq!(reason(&[load(0), add([1, 0, 1]), back(1)], 1), unset(1));
    let both = [load(0), load(1), jump(0), load(1), label, back(1)];
    assert_eq!(reason(&both, 1), None);
    let one = [load(0), jump(0), load(1), label, back(1)];
    assert_eq!(reason(&one, 1), unset(1));
    let own = Some(Reason::Rule("a rule of its own".into()));
    assert_eq!(reason(&both, 2), own);
    let (kind, value, count) = (bytecode::Operand::Destination, 2, 2);
    let outside = Some(Reason::Operand { kind, value, count });
    assert_eq!(reason(&[load(2), back(2)], 1), outside);
}

#[test]
fn sequences_become_one_instruction_where_nothing_jumps_into_them() {
    let load = instruction(Opcode::Load, [1, 0]);
    let back = instruction(Opcode::Return, [1]);
    let listing = |items: &[Item<Opcode>]| {
        bytecode::listing::<Opcode, _>(&program(items, &[Rewriting::by::<Fusing>()], 1), false)
    };
    assert!(listing(&[load, back]).contains("LoadReturn 0"));
    let apart = listing(&[load, Item::Label(Label(0)), back]);
    assert!(apart.contains("Load 1 0") && apart.contains("Return 1"));
    // A machine without the optimization has no such instruction.
    let fused = program(&[load, back], &[Rewriting::by::<Fusing>()], 1);
    let refused = Verified::<Opcode, _, 0>::new(fused).unwrap_err();
    assert_eq!(refused.reason, Reason::Opcode(Opcode::LoadReturn.byte()));
}

#[test]
fn a_file_is_of_one_instruction_set() {
    let own = bytecode::instruction_set::<Opcode>();
    let known = |number| (number == own).then_some(1);
    let source = "7";
    let program = syntax::parse(source).map_err(|_| "it parses").unwrap();
    let items = [instruction(Opcode::LoadReturn, [0])];
    let mut pipeline = Pipeline::new(std::iter::empty());
    items.iter().for_each(|&item| pipeline.push(item));
    let (code, origins) = pipeline.finish();
    let shape = Shape {
        arity: 0,
        locals: 0,
        slots: 0,
        weight: 1,
    };
    let code = Code {
        text: Text::Program(Rc::new(program)),
        globals: 0,
        functions: [function(code, origins, shape)].into(),
        constants: [Tagged::integer(7)].into(),
    };
    let file = bytecode::write::<Opcode, _>(&code, Optimizations::FUSING, "register+fu").unwrap();
    assert_eq!(Header::read(&file, known).unwrap().instruction_set, own);
    let loaded = bytecode::read::<Opcode, Tagged, 1>(&file, Optimizations::FUSING).unwrap();
    assert_eq!(loaded.code().functions[0].code, code.functions[0].code);

    let other = bytecode::read::<Opcode, Tagged, 0>(&file, Optimizations::NONE).unwrap_err();
    let (theirs, ours) = ("register+fu".into(), "register".into());
    assert_eq!(
        other,
        LoadError::Engine {
            file: theirs,
            engine: ours
        }
    );
    let error = |reason| LoadError::Malformed { offset: 20, reason };
    let foreign = Header::read(&file, |_| None).unwrap_err();
    assert_eq!(foreign, error(Malformed::InstructionSet(own)));
}
