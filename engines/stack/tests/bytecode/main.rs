//! The format of files, byte by byte, and what is said of each thing that can be wrong in one.

mod unsound;

use std::rc::Rc;

use bytecode::{Defect, Header, InstructionSet as _, LoadError, Malformed, Reason};
use engine::{Bytecode, BytecodeError};
use stack::{Opcode, Optimizations, Visitor, visit};
use syntax::FunctionId;

/// A program's file, for the engine without optimizations.
fn file(source: &str) -> Vec<u8> {
    struct Save<'s>(&'s str);
    impl Visitor for Save<'_> {
        type Output = Vec<u8>;
        fn visit<E: Bytecode + 'static>(self) -> Vec<u8> {
            let program = syntax::parse(self.0).expect("the program parses");
            let code = E::default().compile(&Rc::new(program));
            E::save(&code, "stack").expect("it has code of its own")
        }
    }
    visit(Optimizations::NONE, Save(source)).expect("it needs no feature")
}

/// Loads a file for the engine with a set of optimizations.
fn load(bytes: &[u8], optimizations: Optimizations) -> Result<(), LoadError> {
    struct Load<'b>(&'b [u8]);
    impl Visitor for Load<'_> {
        type Output = Result<(), BytecodeError>;
        fn visit<E: Bytecode + 'static>(self) -> Self::Output {
            E::default().load(self.0).map(drop)
        }
    }
    match visit(optimizations, Load(bytes)).expect("it is built") {
        Ok(()) => Ok(()),
        Err(BytecodeError::NoCode) => panic!("the engine has code of its own"),
        Err(BytecodeError::Unsound(error)) => Err(*error.downcast().expect("a load error")),
    }
}

/// A file's bytes in a few words, for a look at them.
struct Layout {
    bytes: Vec<u8>,
    at: usize,
}

impl Layout {
    fn expect(&mut self, what: &str, bytes: &[u8]) -> usize {
        let at = self.at;
        self.at += bytes.len();
        assert_eq!(&self.bytes[at..self.at], bytes, "{what} at {at}");
        at
    }

    fn number(&mut self, what: &str, number: u32) -> usize {
        self.expect(what, &number.to_le_bytes())
    }
}

/// As `BYTECODE.md` has it.
#[test]
fn a_file_is_as_the_format_says() {
    let source = "let f = fn(x) { x };\nf(\"s\")";
    let bytes = file(source);
    let length = u32::try_from(bytes.len()).unwrap();
    let checksum = crc32fast::hash(&bytes[20..]);
    let mut file = Layout { bytes, at: 0 };
    let op = |opcode: Opcode| opcode as u8;

    file.expect("signature", b"\x89MBC\r\n\x1a\n");
    file.number("version", 2);
    file.number("length", length);
    file.number("checksum", checksum);
    file.number("instruction set", bytecode::instruction_set::<Opcode>());
    file.number("optimizations", 0);
    file.number("engine", 5);
    file.expect("engine", b"stack");
    file.number("source", 27);
    file.expect("source", source.as_bytes());

    file.number("constants", 1);
    file.expect("a string", &[1]);
    file.number("its length", 1);
    file.expect("its text", b"s");
    file.number("globals", 1);
    file.number("f", 4);
    file.number("f", 5);
    file.number("functions", 2);

    file.number("the program has no name", 0);
    file.number("the program has no name", 0);
    file.number("parameters", 0);
    file.number("lets", 0);
    file.number("captures", 0);
    file.number("slots for operands", 2);
    file.number("weight", 1);
    let code = [
        &[op(Opcode::MakeClosure), 1, 0, 0, 0, 0, 0][..],
        &[op(Opcode::SetGlobal), 0, 0, 0, 0],
        &[op(Opcode::GetGlobal), 0, 0, 0, 0],
        &[op(Opcode::Constant), 0, 0],
        &[op(Opcode::Call), 1, 0],
        &[op(Opcode::Return)],
    ]
    .concat();
    file.number("code", 24);
    file.expect("code", &code);
    for (what, start, end) in [
        ("fn(x) { x }", 8, 19),
        ("let f = fn(x) { x }", 8, 19),
        ("f", 21, 22),
        ("s", 24, 25),
        ("f(\"s\")", 21, 27),
        ("the value", 21, 27),
    ] {
        file.number(what, start);
        file.number(what, end);
    }

    file.number("f", 4);
    file.number("f", 5);
    file.number("parameters", 1);
    file.number("x", 11);
    file.number("x", 12);
    file.number("lets", 0);
    file.number("captures", 0);
    file.number("slots for operands", 1);
    file.number("weight", 1);
    file.number("code", 4);
    file.expect("code", &[op(Opcode::GetLocal), 0, 0, op(Opcode::Return)]);
    for (start, end) in [(16, 17), (16, 17)] {
        file.number("x", start);
        file.number("x", end);
    }
    assert_eq!(file.at, file.bytes.len());
}

#[test]
fn a_header_says_what_the_file_is_for() {
    let set = bytecode::instruction_set::<Opcode>();
    let header = Header::read(&file("1"), |number| (number == set).then_some(0)).unwrap();
    assert_eq!(header.engine, "stack");
    assert_eq!(header.instruction_set, set);
    assert_eq!(header.optimizations, 0);
    assert!(bytecode::is_bytecode(&file("1")[..1]));
    assert!(!bytecode::is_bytecode(b"let"));
    assert!(!bytecode::is_bytecode(b""));
}

#[test]
fn an_engine_with_other_optimizations_refuses() {
    for set in Optimizations::ALL.subsets().skip(1) {
        let error = load(&file("1"), set).unwrap_err();
        let text = format!(
            "it was compiled with the optimizations of stack, the engine has those of stack{set}"
        );
        assert_eq!(error.to_string(), text);
    }
}

/// The file of `1`: where things stand in it.
mod one {
    pub(crate) const VERSION: usize = 8;
    pub(crate) const LENGTH: usize = 12;
    pub(crate) const CHECKSUM: usize = 16;
    pub(crate) const INSTRUCTION_SET: usize = 20;
    pub(crate) const OPTIMIZATIONS: usize = 24;
    pub(crate) const ENGINE: usize = 28;
    pub(crate) const SOURCE: usize = 37;
    pub(crate) const CONSTANTS: usize = 42;
    pub(crate) const GLOBALS: usize = 55;
    pub(crate) const FUNCTIONS: usize = 59;
    pub(crate) const NAME: usize = 63;
    pub(crate) const PARAMETERS: usize = 71;
    pub(crate) const OPERANDS: usize = 83;
    pub(crate) const WEIGHT: usize = 87;
    pub(crate) const CODE: usize = 91;
    pub(crate) const SPANS: usize = 99;
    pub(crate) const END: usize = 115;
}

/// A file with other bytes at a place.
fn patched(mut file: Vec<u8>, offset: usize, bytes: &[u8]) -> Vec<u8> {
    file[offset..][..bytes.len()].copy_from_slice(bytes);
    bytecode::seal(&mut file);
    file
}

#[test]
fn whatever_is_malformed_is_named_with_its_offset() {
    use Malformed::*;
    let whole = file("1");
    assert_eq!(whole.len(), one::END);
    let most = u32::MAX;
    let left = |offset: usize| one::END - offset - 4;
    for (offset, number, expected_at, expected) in [
        (one::VERSION, 0, one::VERSION, Version(0)),
        (one::VERSION, most, one::VERSION, Version(most)),
        (
            one::INSTRUCTION_SET,
            7,
            one::INSTRUCTION_SET,
            InstructionSet(7),
        ),
        (
            one::OPTIMIZATIONS,
            32,
            one::OPTIMIZATIONS,
            Optimizations(32),
        ),
        (
            one::ENGINE,
            most,
            one::ENGINE,
            Count {
                count: most,
                size: 1,
                left: left(one::ENGINE),
            },
        ),
        (one::ENGINE + 4, 0, one::ENGINE, EngineName),
        (
            one::SOURCE,
            most,
            one::SOURCE,
            Count {
                count: most,
                size: 1,
                left: left(one::SOURCE),
            },
        ),
        (
            one::CONSTANTS,
            100,
            one::CONSTANTS,
            Count {
                count: 100,
                size: 5,
                left: left(one::CONSTANTS),
            },
        ),
        (one::CONSTANTS + 4, 2, one::CONSTANTS + 4, Constant(2)),
        (
            one::GLOBALS,
            8,
            one::GLOBALS,
            Count {
                count: 8,
                size: 8,
                left: left(one::GLOBALS),
            },
        ),
        (
            one::FUNCTIONS,
            2,
            one::FUNCTIONS,
            Count {
                count: 2,
                size: 32,
                left: left(one::FUNCTIONS),
            },
        ),
        (one::FUNCTIONS, 0, one::FUNCTIONS + 4, Rest(52)),
        (one::NAME, 1, one::NAME, Span { start: 1, end: 0 }),
        (one::NAME + 4, 2, one::NAME, Span { start: 0, end: 2 }),
        (one::PARAMETERS, 1, one::PARAMETERS + 4, EmptyName),
        (
            one::OPERANDS,
            5,
            one::OPERANDS,
            Operands {
                operands: 5,
                bytes: 4,
            },
        ),
        (one::WEIGHT, 0, one::WEIGHT, Weight),
        (
            one::CODE,
            21,
            one::CODE,
            Count {
                count: 21,
                size: 1,
                left: left(one::CODE),
            },
        ),
        (
            one::SPANS + 8,
            most,
            one::SPANS + 8,
            Span {
                start: most,
                end: 1,
            },
        ),
    ] {
        let error = load(
            &patched(whole.clone(), offset, &number.to_le_bytes()),
            stack::Optimizations::NONE,
        );
        let expected = LoadError::Malformed {
            offset: expected_at,
            reason: expected,
        };
        assert_eq!(error, Err(expected), "{number} at {offset}");
    }
}

#[test]
fn texts_are_utf_8_and_spans_are_of_whole_characters() {
    let accented = file("\"é\"");
    let malformed = |offset, reason| Err(LoadError::Malformed { offset, reason });
    let text = one::SOURCE + 4;
    let halved = patched(accented.clone(), text + 2, b"x");
    assert_eq!(
        load(&halved, Optimizations::NONE),
        malformed(text + 1, Malformed::Utf8)
    );
    let last = accented.len() - 8;
    let within = patched(accented, last, &2_u32.to_le_bytes());
    assert_eq!(
        load(&within, Optimizations::NONE),
        malformed(last, Malformed::Span { start: 2, end: 4 })
    );
}

#[test]
fn an_engines_name_is_of_at_most_255_graphic_characters() {
    let named = |name: &str| {
        let whole = file("1");
        let length = u32::try_from(name.len()).unwrap().to_le_bytes();
        let rest = &whole[one::SOURCE..];
        let mut bytes = [&whole[..one::ENGINE], &length, name.as_bytes(), rest].concat();
        bytecode::seal(&mut bytes);
        load(&bytes, Optimizations::NONE)
    };
    assert_eq!(named(&"!~".repeat(127)), Ok(()));
    assert_eq!(named(&"n".repeat(255)), Ok(()));
    for wrong in [&*"n".repeat(256), " ", "\x7f", "é"] {
        let (offset, reason) = (one::ENGINE, Malformed::EngineName);
        assert_eq!(named(wrong), Err(LoadError::Malformed { offset, reason }));
    }
}

#[test]
fn a_file_of_another_length_or_checksum_is_damaged() {
    let none = Optimizations::NONE;
    let malformed = |offset, reason| Err(LoadError::Malformed { offset, reason });
    let whole = file("1");
    let mut longer = whole.clone();
    longer.push(0);
    let (stated, found) = (one::END as u32, one::END + 1);
    let length = Malformed::Length { stated, found };
    assert_eq!(load(&longer, none), malformed(one::LENGTH, length));
    bytecode::seal(&mut longer);
    assert_eq!(load(&longer, none), malformed(one::END, Malformed::Rest(1)));

    for offset in one::INSTRUCTION_SET..one::END {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[offset] ^= 1 << bit;
            let stated = crc32fast::hash(&whole[one::INSTRUCTION_SET..]);
            let found = crc32fast::hash(&changed[one::INSTRUCTION_SET..]);
            let reason = Malformed::Checksum { stated, found };
            assert_eq!(load(&changed, none), malformed(one::CHECKSUM, reason));
        }
    }
}

#[test]
fn every_part_of_a_file_is_refused() {
    let whole = file("let f = fn(x) { let y = fn() { x + \"s\" }; y() }; f(\"t\")");
    load(&whole, Optimizations::NONE).unwrap();
    for length in 0..whole.len() {
        let error = load(&whole[..length], Optimizations::NONE).unwrap_err();
        assert!(matches!(error, LoadError::Malformed { .. }), "{error}");
        // With a length that says so, the end comes as a surprise.
        if length < one::INSTRUCTION_SET {
            continue;
        }
        let mut sealed = whole[..length].to_vec();
        bytecode::seal(&mut sealed);
        let error = load(&sealed, Optimizations::NONE).unwrap_err();
        let LoadError::Malformed { offset, reason } = &error else {
            panic!("{error}");
        };
        let is_end = matches!(reason, Malformed::End { .. } | Malformed::Count { .. });
        assert!(is_end && *offset <= length, "{error}");
    }
}

#[test]
fn names_can_not_be_longer_than_the_source_together() {
    let whole = file("fn(a, b) { a }");
    load(&whole, Optimizations::NONE).unwrap();
    let b = [6_u32.to_le_bytes(), 7_u32.to_le_bytes()].concat();
    let at = whole.windows(8).position(|bytes| bytes == b).unwrap();
    let error = load(
        &patched(whole, at, &[0, 0, 0, 0, 14, 0, 0, 0]),
        Optimizations::NONE,
    );
    let expected = LoadError::Malformed {
        offset: at - 12,
        reason: Malformed::Names,
    };
    assert_eq!(error, Err(expected));
}
