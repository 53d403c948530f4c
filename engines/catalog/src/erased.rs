//! Engines behind one object type, so that a command can hold any of them.
//!
//! What is timed is not behind it: each timing loop is compiled for its engine, and the clock
//! stands within, so that no dynamic call is ever measured.

use std::hint::black_box;
use std::io::Write;
use std::rc::Rc;
use std::time::{Duration, Instant};

use runtime::{Counts, Engine, Limits, RuntimeError, Unmetered, print};
use syntax::{FunctionId, Program};

/// A part of an execution that is timed on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Source text to resolved program.
    Parse,
    /// Program to code.
    Compile,
    /// Code to a fresh machine, and its disposal.
    Instantiate,
    /// Instantiate and execute: the region that the documents timed.
    Run,
    /// Source text to result: parse, compile and run.
    Total,
}

impl Phase {
    /// All of them, in the order in which they happen.
    pub const ALL: [Self; 5] = [
        Self::Parse,
        Self::Compile,
        Self::Instantiate,
        Self::Run,
        Self::Total,
    ];

    /// The name in the protocol, the results and the reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Compile => "compile",
            Self::Instantiate => "instantiate",
            Self::Run => "run",
            Self::Total => "total",
        }
    }
}

/// What a program gave: its printed value or its error.
pub type Outcome = Result<String, RuntimeError>;

/// A timed sample.
#[derive(Clone, Debug)]
pub struct Timed {
    /// The time of all iterations together.
    pub duration: Duration,
    /// What the last iteration gave, where the phase gives anything: run and total.
    pub outcome: Option<Outcome>,
    /// What the last iteration printed.
    pub output: Vec<u8>,
}

/// An engine of any type.
pub trait AnyEngine {
    /// Compiles a program.
    fn compile(&self, program: &Rc<Program>) -> Box<dyn AnyCode>;

    /// The name of an opcode that the counts tell of.
    fn opcode_name(&self, opcode: u8) -> Option<&'static str>;
}

/// A program, compiled for an engine of any type.
pub trait AnyCode {
    /// Runs it once; `puts` prints to `output`.
    fn run(&self, limits: &Limits, output: &mut dyn Write) -> Outcome;

    /// Runs it once, counting.
    fn count(&self, limits: &Limits, output: &mut dyn Write) -> (Outcome, Counts);

    /// Times a phase over a number of iterations. Only the last iteration's outcome is printed,
    /// after the clock has stopped.
    fn time(&self, phase: Phase, iterations: u64, limits: &Limits) -> Timed;

    /// The code in readable form, where the engine has any.
    fn listing(&self, explain: bool) -> Option<String>;

    /// The size of the code in bytes.
    fn code_bytes(&self) -> usize;
}

/// Puts an engine behind the object type.
pub(crate) fn erase<E: Engine + 'static>() -> Box<dyn AnyEngine> {
    Box::new(Erased(Rc::new(E::default())))
}

struct Erased<E>(Rc<E>);

impl<E: Engine + 'static> AnyEngine for Erased<E> {
    fn compile(&self, program: &Rc<Program>) -> Box<dyn AnyCode> {
        Box::new(Compiled {
            code: self.0.compile(program),
            engine: Rc::clone(&self.0),
            program: Rc::clone(program),
        })
    }

    fn opcode_name(&self, opcode: u8) -> Option<&'static str> {
        E::opcode_name(opcode)
    }
}

struct Compiled<E: Engine> {
    engine: Rc<E>,
    code: E::Code,
    program: Rc<Program>,
}

impl<E: Engine> Compiled<E> {
    /// The printed form of what an execution gave.
    fn outcome(
        &self,
        result: Result<E::Value, RuntimeError>,
        limits: &Limits,
    ) -> Result<String, RuntimeError> {
        let value = result?;
        print::to_text(&self.program, &value, limits).map_err(|raised| RuntimeError {
            kind: *raised,
            span: self.program.function(FunctionId::MAIN).span,
        })
    }

    /// One whole execution, as `run` is defined.
    #[inline(always)]
    fn run_once(&self, limits: &Limits, output: &mut Vec<u8>) -> Result<E::Value, RuntimeError> {
        output.clear();
        let mut machine = self.engine.instantiate(&self.code, limits);
        E::execute(&mut machine, &mut Unmetered, output)
    }

    /// One pass from text to result, as `total` is defined. The text is one that has parsed.
    #[inline(always)]
    fn total_once(&self, limits: &Limits, output: &mut Vec<u8>) -> Result<E::Value, RuntimeError> {
        output.clear();
        let program = match syntax::parse(black_box(self.program.source())) {
            Ok(program) => Rc::new(program),
            Err(_) => unreachable!("the same text has been parsed before"),
        };
        let code = self.engine.compile(&program);
        let mut machine = self.engine.instantiate(&code, limits);
        E::execute(&mut machine, &mut Unmetered, output)
    }
}

/// Times `iterations` calls and keeps the last one's result.
fn clock<T>(iterations: u64, mut body: impl FnMut() -> T) -> (Duration, T) {
    let start = Instant::now();
    for _ in 1..iterations {
        black_box(body());
    }
    let last = body();
    (start.elapsed(), last)
}

impl<E: Engine> AnyCode for Compiled<E> {
    fn run(&self, limits: &Limits, output: &mut dyn Write) -> Outcome {
        let mut machine = self.engine.instantiate(&self.code, limits);
        self.outcome(E::execute(&mut machine, &mut Unmetered, output), limits)
    }

    fn count(&self, limits: &Limits, output: &mut dyn Write) -> (Outcome, Counts) {
        let mut counts = Counts::default();
        let mut machine = self.engine.instantiate(&self.code, limits);
        let result = E::execute(&mut machine, &mut counts, output);
        (self.outcome(result, limits), counts)
    }

    fn time(&self, phase: Phase, iterations: u64, limits: &Limits) -> Timed {
        let mut output = Vec::new();
        let (duration, result) = match phase {
            Phase::Parse => {
                let source = self.program.source();
                let (duration, _) = clock(iterations, || syntax::parse(black_box(source)));
                (duration, None)
            }
            Phase::Compile => {
                let (duration, _) = clock(iterations, || self.engine.compile(&self.program));
                (duration, None)
            }
            Phase::Instantiate => {
                let (duration, ()) = clock(iterations, || {
                    drop(black_box(self.engine.instantiate(&self.code, limits)));
                });
                (duration, None)
            }
            Phase::Run => {
                let (duration, result) = clock(iterations, || self.run_once(limits, &mut output));
                (duration, Some(result))
            }
            Phase::Total => {
                let (duration, result) = clock(iterations, || self.total_once(limits, &mut output));
                (duration, Some(result))
            }
        };
        Timed {
            duration,
            outcome: result.map(|result| self.outcome(result, limits)),
            output,
        }
    }

    fn listing(&self, explain: bool) -> Option<String> {
        E::listing(&self.code, explain)
    }

    fn code_bytes(&self) -> usize {
        E::code_bytes(&self.code)
    }
}
