//! Compiles and runs programs with sets of optimizations, as far as these are built.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of this"
)]

use std::rc::Rc;

use engine::Bytecode;
use runtime::{Counts, Limits, RuntimeError, print};
use stack::{Optimizations, Visitor, visit};

/// What is seen of a program under one set of optimizations.
#[derive(Debug)]
pub struct Seen {
    /// The listing, without explanations.
    pub listing: String,
    /// The listing, with explanations.
    pub explained: String,
    /// The value's text or the error, and the text that the error points to.
    pub outcome: Result<String, (String, String)>,
    /// What `puts` printed.
    pub output: String,
    /// What was counted.
    pub counts: Counts,
}

/// Compiles and runs a program; none if the features of the optimizations are off.
pub fn see(source: &str, optimizations: Optimizations) -> Option<Seen> {
    visit(optimizations, Look(source))
}

struct Look<'s>(&'s str);

impl Visitor for Look<'_> {
    type Output = Seen;

    fn visit<E: Bytecode + 'static>(self) -> Seen {
        let program = match syntax::parse(self.0) {
            Ok(program) => Rc::new(program),
            Err(errors) => panic!("{errors}: {}", self.0),
        };
        let limits = Limits {
            depth: 1_000,
            fuel: Some(100_000),
            ..Limits::default()
        };
        let engine = E::default();
        let code = engine.compile(&program);
        let listing = |explain| E::listing(&code, explain);
        let (listing, explained) = (listing(false), listing(true));
        let mut counts = Counts::default();
        let mut output = Vec::new();
        let mut machine = engine.instantiate(&code, &limits);
        let outcome = match E::execute(&mut machine, &mut counts, &mut output) {
            Ok(value) => Ok(print::to_text(&*program, &value, &limits).expect("the value prints")),
            Err(RuntimeError { kind, span, .. }) => {
                Err((kind.to_string(), program.text(span).to_owned()))
            }
        };
        Seen {
            listing,
            explained,
            outcome,
            output: String::from_utf8(output).expect("output is UTF-8"),
            counts,
        }
    }
}

impl Seen {
    /// The instructions of all functions, by opcode, operands and what these stand for; offsets
    /// left out.
    pub fn instructions(&self) -> Vec<String> {
        self.listing.lines().filter_map(instruction).collect()
    }

    /// The opcodes of all functions, in order.
    pub fn opcodes(&self) -> Vec<String> {
        let instructions = self.instructions().into_iter();
        instructions
            .filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
            .collect()
    }

    /// Whether an opcode occurs.
    pub fn has(&self, opcode: &str) -> bool {
        self.opcodes().iter().any(|found| found == opcode)
    }
}

/// A listing's line without its offset, if it is that of an instruction.
fn instruction(line: &str) -> Option<String> {
    let rest = line.strip_prefix("    ")?;
    let (offset, rest) = rest.split_once("  ")?;
    offset.parse::<usize>().ok()?;
    let words: Vec<_> = rest.split_whitespace().collect();
    Some(words.join(" "))
}

/// All sets of optimizations that are built.
pub fn sets() -> impl Iterator<Item = Optimizations> {
    Optimizations::ALL.subsets()
}

/// The outcome that a program has under every set of optimizations.
pub fn outcome(source: &str) -> Result<String, (String, String)> {
    let plain = see(source, Optimizations::NONE).expect("it needs no feature");
    for set in sets() {
        let seen = see(source, set).expect("it is built");
        assert_eq!(seen.outcome, plain.outcome, "stack{set} on {source}");
        assert_eq!(seen.output, plain.output, "stack{set} on {source}");
    }
    plain.outcome
}
