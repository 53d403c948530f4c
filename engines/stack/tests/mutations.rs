//! Files that were changed at random: none is loaded that is not sound, and what is loaded runs, on
//! every engine without checks and some with, to some end. That there is no undefined behaviour in that, the
//! address sanitizer sees; without it a crash would tell.
//!
//! `MUTATIONS` sets their number.

use std::panic::resume_unwind;
use std::rc::Rc;
use std::thread;

use bytecode::{Header, InstructionSet as _, LoadError};
use engine::{Bytecode, BytecodeError};
use runtime::{Limits, Unmetered, print};
use stack::{Checks, Opcode, Optimizations, Point, Visitor, visit_point};
use syntax::{Report, Severity, Style};

/// How many files the engines without checks get together, where nobody says.
const MUTATIONS: u64 = 100_000;

/// Programs that have every instruction between them, small, so that few bytes are beside the point.
const PROGRAMS: &[&str] = &[
    "let f = fn(n) { if (n < 2) { n } else { f(n - 1) + f(n - 2) } }; f(9)",
    "let a = [1, 2 * 3, \"x\" + \"y\"]; puts(a[1], len(a), {1: 2, \"k\": a, true: 3}[\"k\"]); -a[0]",
    "let outer = fn(x, y) { let z = x * y; let g = fn(k) { if (k > z) { k } else { g(k + 1) } }; g }; outer(3, 4)(1)",
    "let h = fn() { later }; let later = {\"a\": 1}; if (later[\"a\"] == 1) { h() } else { !h }",
    "let m = fn(a, f) { if (len(a) == 0) { [] } else { push(m(rest(a), f), f(first(a))) } }; m([1, 2, 3], fn(x) { x / 2 != 1 })",
    "let s = fn(t, n) { if (n == 0) { t } else { s(t + \"é\", n - 1) } }; s(\"\", 20)",
    "let d = fn(x) { return x; x + 1 }; let i = 7; (1 + 2 - i * 3 / 2 < 4) == (i > 5) != (i == 7); d(fn(q) { q })",
];

/// Little of everything: a changed program may do anything.
const LIMITS: Limits = Limits {
    depth: 50,
    fuel: Some(300),
    memory: Some(100_000),
};

/// How errors are drawn.
const STYLE: Style = Style {
    color: false,
    width: 80,
};

/// What became of files.
#[derive(Debug, Default)]
struct Tally {
    damaged: u64,
    malformed: u64,
    unsound: u64,
    failed: u64,
    ended: u64,
}

/// Loads a file and runs it.
fn try_file<E: Bytecode>(engine: &E, bytes: &[u8], tally: &mut Tally) {
    let code = match engine.load(bytes) {
        Ok(code) => code,
        Err(BytecodeError::NoCode) => panic!("the engine has code of its own"),
        Err(BytecodeError::Unsound(error)) => {
            let error = error.downcast::<LoadError>().expect("a load error");
            // Whatever it says, it can say.
            assert!(!error.to_string().is_empty());
            let counted = match *error {
                LoadError::Malformed { offset, .. } if offset < 24 => &mut tally.damaged,
                LoadError::Malformed { .. } | LoadError::Engine { .. } => &mut tally.malformed,
                LoadError::Unsound(_) => &mut tally.unsound,
            };
            *counted += 1;
            return;
        }
    };
    // Whatever is shown of the code, it can be shown; and it is the code of these bytes.
    let listing = E::listing(&code, false);
    assert!(!listing.is_empty());
    let info = E::source_info(&code);
    let engine_name = Header::read(bytes, |_| Some(u32::MAX))
        .expect("it was read")
        .engine;
    let again = E::save(&code, &engine_name).expect("it was a file before");
    assert_eq!(again, bytes, "another file for the same code");
    let mut machine = engine.instantiate(&code, &LIMITS);
    let mut output = Vec::new();
    match E::execute(&mut machine, &mut Unmetered, &mut output) {
        Ok(value) => {
            drop(print::to_text(info, &value, &LIMITS));
            tally.ended += 1;
        }
        Err(error) => {
            let message = error.to_string();
            let report = Report {
                source: info.source(),
                origin: "changed.mbc",
                severity: Severity::Error,
                message: &message,
                span: error.span,
                note: None,
                help: None,
            };
            let drawn = report.render(STYLE);
            assert!(drawn.contains("changed.mbc:"), "{drawn}");
            tally.failed += 1;
        }
    }
}

/// A file, and the offsets of those of its bytes that the verifier looks at.
struct Seed {
    bytes: Vec<u8>,
    code: Vec<usize>,
}

impl Seed {
    fn new<E: Bytecode>(engine: &E, source: &str) -> Self {
        let program = syntax::parse(source).expect("the program parses");
        let code = engine.compile(&Rc::new(program));
        let bytes = E::save(&code, "stack").expect("it has code of its own");
        // With its highest bit, a byte is no opcode, and an operand is out of its range.
        let is_code = |&offset: &usize| {
            let mut changed = bytes.clone();
            changed[offset] ^= 0x80;
            bytecode::seal(&mut changed);
            let mut tally = Tally::default();
            try_file(engine, &changed, &mut tally);
            tally.unsound > 0
        };
        let code: Vec<usize> = (0..bytes.len()).filter(is_code).collect();
        assert!(code.len() > 20, "the file has code: {source}");
        Self { bytes, code }
    }
}

/// Numbers that are often at an edge of something.
fn number(random: &mut fastrand::Rng) -> u32 {
    match random.u8(..8) {
        0 => u32::MAX - random.u32(..3),
        1 => 1 << random.u32(..32),
        2 => u32::from(u16::MAX) - random.u32(..2),
        3 => random.u32(..),
        _ => random.u32(..20),
    }
}

/// Changes one thing.
fn mutate(bytes: &mut Vec<u8>, seeds: &[Seed], random: &mut fastrand::Rng) {
    let length = bytes.len();
    if length == 0 {
        return;
    }
    let at = random.usize(..length);
    match random.u8(..9) {
        0 => bytes[at] ^= 1 << random.u8(..8),
        1 => bytes[at] = random.u8(..),
        2 => bytes[at] = number(random) as u8,
        3 => bytes.truncate(at),
        4 => {
            let field = &mut bytes[at..length.min(at + 4)];
            field.copy_from_slice(&number(random).to_le_bytes()[..field.len()]);
        }
        // A number changes a little: a length, a count, a target.
        5 => bytes[at] = bytes[at].wrapping_add(random.u8(..9)).wrapping_sub(4),
        6 => {
            let end = length.min(at + random.usize(..20));
            bytes.drain(at..end);
        }
        7 => {
            let inserted: Vec<u8> = (0..random.usize(..20)).map(|_| random.u8(..)).collect();
            bytes.splice(at..at, inserted);
        }
        _ => {
            let other = &seeds[random.usize(..seeds.len())].bytes;
            let from = random.usize(..other.len());
            let piece = &other[from..other.len().min(from + random.usize(..60))];
            let end = length.min(at + random.usize(..60));
            bytes.splice(at..end, piece.iter().copied());
        }
    }
}

/// Changes a byte of the code.
fn mutate_code(bytes: &mut [u8], seed: &Seed, random: &mut fastrand::Rng) {
    let byte = &mut bytes[seed.code[random.usize(..seed.code.len())]];
    *byte = match random.u8(..8) {
        0 => random.u8(..Opcode::ALL.len() as u8),
        1 => byte.wrapping_add(random.u8(..5)).wrapping_sub(2),
        2 => *byte ^ 1 << random.u8(..8),
        // The verifier minds neither what an operation means nor the types of what it works on, so
        // that this is likely to run, if it was an instruction.
        _ => random.choice(alike(*byte)).unwrap_or(*byte),
    };
}

/// The instructions that have the same kinds of operands and the same effect on the stack as the one
/// with this number, if there is one.
fn alike(byte: u8) -> Vec<u8> {
    let effect = |opcode: Opcode| (opcode.operands(), opcode.pops(1), opcode.pushes());
    let Some(opcode) = Opcode::from_byte(byte) else {
        return Vec::new();
    };
    let all = Opcode::ALL.iter().copied();
    all.filter(|&other| effect(other) == effect(opcode))
        .map(|other| other as u8)
        .collect()
}

/// Tries so many changed files.
struct Try {
    files: u64,
    seed: u64,
}

impl Visitor for Try {
    type Output = Tally;

    fn visit<E: Bytecode + 'static>(self) -> Tally {
        let engine = E::default();
        let seeds: Vec<_> = PROGRAMS
            .iter()
            .map(|source| Seed::new(&engine, source))
            .collect();
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut tally = Tally::default();
        for _ in 0..self.files {
            let seed = &seeds[random.usize(..seeds.len())];
            let mut bytes = seed.bytes.clone();
            if random.bool() {
                for _ in 0..=random.usize(..3) {
                    mutate_code(&mut bytes, seed, &mut random);
                }
            } else {
                for _ in 0..=random.usize(..4) {
                    mutate(&mut bytes, &seeds, &mut random);
                }
            }
            // Some keep the checksum that they no longer have.
            if random.u8(..8) > 0 {
                bytecode::seal(&mut bytes);
            } else if bytes != seed.bytes {
                let before = tally.damaged;
                try_file(&engine, &bytes, &mut tally);
                assert_eq!(tally.damaged, before + 1, "damage was not seen");
                continue;
            }
            try_file(&engine, &bytes, &mut tally);
        }
        assert_eq!(runtime::memory::live(), 0, "something is left alive");
        tally
    }
}

/// The engines without checks; and, for nothing may panic either, two with.
fn engines() -> Vec<Point> {
    let unchecked = Point::built().into_iter().filter(|point| {
        point.checks == Checks::Verified && point.optimizations == Optimizations::ALL
    });
    let checked = [Optimizations::NONE, Optimizations::ALL].map(Point::documented);
    unchecked.chain(checked).collect()
}

/// The native stack, in bytes: where the compiler doesn't optimize, tail calls take some for every
/// instruction that is run. What isn't used is never there.
const NATIVE_STACK: usize = 1 << 30;

#[test]
fn changed_files_are_refused_or_run() {
    let files = std::env::var("MUTATIONS").map_or(MUTATIONS, |number| {
        number.parse().expect("MUTATIONS is a number")
    });
    let engines = engines();
    let is_unchecked = |point: &&Point| point.checks == Checks::Verified;
    let unchecked = engines.iter().filter(is_unchecked).count();
    assert!(unchecked >= 4, "{engines:?}");
    let share = files.div_ceil(unchecked as u64);
    for (seed, point) in (1..).zip(&engines) {
        let (tried, point) = (Try { files: share, seed }, *point);
        let thread = thread::Builder::new().stack_size(NATIVE_STACK);
        let thread = thread.spawn(move || visit_point(point, tried).expect("it is built"));
        let thread = thread.expect("the system has a thread");
        let tally = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        println!("{share} files on {point:?}: {tally:?}");
        // Enough of them get everywhere.
        let Tally {
            damaged,
            malformed,
            unsound,
            failed,
            ended,
        } = tally;
        for reached in [damaged, malformed, unsound, failed, ended] {
            assert!(reached >= share / 200, "{tally:?}");
        }
    }
}
