//! Engines behind one object type, so that a command can hold any of them.
//!
//! What is timed is not behind it: each timing loop is compiled for its engine, and the clock
//! stands within, so that no dynamic call is ever measured.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::hint::black_box;
use std::io::Write;
use std::ops::Deref;
use std::rc::Rc;
use std::time::{Duration, Instant};

use runtime::{Calls, Counts, Limits, RuntimeError, Unmetered, print};
use syntax::Program;

use crate::engine::{Bytecode, BytecodeError, Engine, Site};
use crate::profile::{Opcodes, Profile, Tally};

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

    /// Loads code that [`Executable::save`] gave the bytes of; they may be anything.
    ///
    /// # Errors
    /// As [`Bytecode::load`]; or the engine has no bytecode.
    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Executable>, BytecodeError>;

    /// The name of an opcode that the counts tell of.
    fn opcode_name(&self, opcode: u8) -> Option<&'static str>;

    /// The size of a value in bytes, without what it points to.
    fn value_bytes(&self) -> usize;
}

/// Code for an engine of any type, wherever it comes from.
pub trait Executable {
    /// Runs it once; `puts` prints to `output`.
    fn run(&self, limits: &Limits, output: &mut dyn Write) -> Outcome;

    /// Runs it once, counting.
    fn count(&self, limits: &Limits, output: &mut dyn Write) -> (Outcome, Counts);

    /// Runs it once, and profiles what it dispatches.
    fn profile(&self, limits: &Limits, output: &mut dyn Write) -> (Outcome, Profile);

    /// Whether the engine has bytecode: what is counted are its instructions, and not syntax nodes.
    fn has_instructions(&self) -> bool;

    /// The code in readable form, where the engine has any.
    fn listing(&self, explain: bool) -> Option<String>;

    /// A hash that code of two engines has in common if they do the very same with it: the same machine
    /// code executes equal bytecode. None if the engine has no code of its own.
    fn identity(&self) -> Option<u64>;

    /// The size of the code in bytes.
    fn code_bytes(&self) -> usize;

    /// The source text, which the places of errors are in.
    fn source(&self) -> &str;

    /// The bytes of a file with this code; `engine` is the name of the engine's variant.
    ///
    /// # Errors
    /// As [`Bytecode::save`]; or the engine has no bytecode.
    fn save(&self, engine: &str) -> Result<Vec<u8>, BytecodeError>;
}

/// A program, compiled for an engine of any type.
pub trait AnyCode {
    /// The code, wherever it comes from.
    fn executable(&self) -> &(dyn Executable + 'static);

    /// Times a phase over a number of iterations. Only the last iteration's outcome is printed,
    /// after the clock has stopped.
    fn time(&self, phase: Phase, iterations: u64, limits: &Limits) -> Timed;

    /// Runs a phase once, inside the region that instruction counters count ([`COUNTED_REGION`]),
    /// and gives its outcome, where it has one, and its output.
    fn once(&self, phase: Phase, limits: &Limits) -> (Option<Outcome>, Vec<u8>);
}

/// It can whatever code can.
impl<'c> Deref for dyn AnyCode + 'c {
    type Target = dyn Executable + 'c;

    fn deref(&self) -> &Self::Target {
        self.executable()
    }
}

/// Puts an engine behind the object type.
pub fn erase<E: Engine + 'static>() -> Box<dyn AnyEngine> {
    Box::new(Erased::<E> {
        engine: Rc::default(),
        methods: None,
    })
}

/// Puts an engine with bytecode behind the object type.
pub fn erase_bytecode<E: Bytecode + 'static>() -> Box<dyn AnyEngine> {
    Box::new(Erased::<E> {
        engine: Rc::default(),
        methods: Some(Methods::ALL),
    })
}

struct Erased<E: Engine + 'static> {
    engine: Rc<E>,
    methods: Option<&'static Methods<E>>,
}

/// What an engine with bytecode can besides, as functions: so an engine without has none of them. Nothing here
/// is timed.
struct Methods<E: Engine> {
    save: fn(&E::Code, &str) -> Result<Vec<u8>, BytecodeError>,
    load: fn(&E, &[u8]) -> Result<E::Code, BytecodeError>,
    listing: fn(&E::Code, bool) -> String,
    execution: fn() -> String,
    sites: fn(&E::Code) -> Vec<Site>,
    sequence: fn(u8) -> Option<Vec<u8>>,
}

impl<E: Bytecode + 'static> Methods<E> {
    const ALL: &'static Self = &Self {
        save: E::save,
        load: E::load,
        listing: E::listing,
        execution: E::execution,
        sites: E::sites,
        sequence: E::sequence,
    };
}

impl<E: Engine + 'static> AnyEngine for Erased<E> {
    fn compile(&self, program: &Rc<Program>) -> Box<dyn AnyCode> {
        Box::new(Compiled {
            loaded: Loaded {
                code: self.engine.compile(program),
                engine: Rc::clone(&self.engine),
                methods: self.methods,
            },
            program: Rc::clone(program),
        })
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Executable>, BytecodeError> {
        let methods = self.methods.ok_or(BytecodeError::NoCode)?;
        Ok(Box::new(Loaded {
            code: (methods.load)(&self.engine, bytes)?,
            engine: Rc::clone(&self.engine),
            methods: self.methods,
        }))
    }

    fn opcode_name(&self, opcode: u8) -> Option<&'static str> {
        E::opcode_name(opcode)
    }

    fn value_bytes(&self) -> usize {
        size_of::<E::Value>()
    }
}

/// Code, and the engine that runs it.
struct Loaded<E: Engine + 'static> {
    engine: Rc<E>,
    code: E::Code,
    methods: Option<&'static Methods<E>>,
}

/// Code, and the program that it was compiled from.
struct Compiled<E: Engine + 'static> {
    loaded: Loaded<E>,
    program: Rc<Program>,
}

impl<E: Engine + 'static> Loaded<E> {
    /// The printed form of what an execution gave.
    fn outcome(
        &self,
        result: Result<E::Value, RuntimeError>,
        limits: &Limits,
    ) -> Result<String, RuntimeError> {
        let value = result?;
        let info = E::source_info(&self.code);
        print::to_text(info, &value, limits).map_err(|raised| RuntimeError {
            kind: *raised,
            span: info.span(),
            calls: Calls::default(),
        })
    }

    /// One whole execution, as `run` is defined.
    #[inline(always)]
    fn run_once(&self, limits: &Limits, output: &mut Vec<u8>) -> Result<E::Value, RuntimeError> {
        output.clear();
        let mut machine = self.engine.instantiate(&self.code, limits);
        E::execute(&mut machine, &mut Unmetered, output)
    }
}

impl<E: Engine + 'static> Compiled<E> {
    /// One pass from text to result, as `total` is defined. The text is one that has parsed.
    #[inline(always)]
    fn total_once(&self, limits: &Limits, output: &mut Vec<u8>) -> Result<E::Value, RuntimeError> {
        output.clear();
        let program = match syntax::parse(black_box(self.program.source())) {
            Ok(program) => Rc::new(program),
            Err(_) => unreachable!("the same text has been parsed before"),
        };
        let engine = &self.loaded.engine;
        let code = engine.compile(&program);
        let mut machine = engine.instantiate(&code, limits);
        E::execute(&mut machine, &mut Unmetered, output)
    }
}

/// How a phase is repeated and watched.
trait Watch {
    /// Runs the body at least once, and gives what it gave last.
    fn watch<T>(&mut self, body: impl FnMut() -> T) -> T;
}

/// Times a number of iterations together.
struct Clock {
    iterations: u64,
    duration: Duration,
}

impl Watch for Clock {
    #[inline(always)]
    fn watch<T>(&mut self, mut body: impl FnMut() -> T) -> T {
        let start = Instant::now();
        for _ in 1..self.iterations {
            black_box(body());
        }
        let last = body();
        self.duration = start.elapsed();
        last
    }
}

/// Runs once, within [`counted_region`].
struct Counter;

impl Watch for Counter {
    #[inline(always)]
    fn watch<T>(&mut self, body: impl FnMut() -> T) -> T {
        counted_region(body)
    }
}

/// What counters of machine instructions count: they are switched on where this function is entered
/// and off where it is left, by its name ([`COUNTED_REGION`]).
#[inline(never)]
fn counted_region<T>(mut body: impl FnMut() -> T) -> T {
    black_box(body())
}

/// Matches the symbol of the function within which a counter of machine instructions counts, as
/// valgrind's `--toggle-collect` takes it. Without symbols in the executable it matches nothing.
pub const COUNTED_REGION: &str = "engine::erased::counted_region*";

impl<E: Engine + 'static> Compiled<E> {
    /// Runs a phase under watch: what the last iteration gave, where it gives anything, and what
    /// it printed.
    #[inline(always)]
    fn perform(
        &self,
        phase: Phase,
        limits: &Limits,
        watch: &mut impl Watch,
    ) -> (Option<Outcome>, Vec<u8>) {
        let mut output = Vec::new();
        let Loaded { engine, code, .. } = &self.loaded;
        let result = match phase {
            Phase::Parse => {
                let source = self.program.source();
                drop(watch.watch(|| syntax::parse(black_box(source))));
                None
            }
            Phase::Compile => {
                drop(watch.watch(|| engine.compile(&self.program)));
                None
            }
            Phase::Instantiate => {
                watch.watch(|| drop(black_box(engine.instantiate(code, limits))));
                None
            }
            Phase::Run => Some(watch.watch(|| self.loaded.run_once(limits, &mut output))),
            Phase::Total => Some(watch.watch(|| self.total_once(limits, &mut output))),
        };
        let outcome = result.map(|result| self.loaded.outcome(result, limits));
        (outcome, output)
    }
}

impl<E: Engine + 'static> Executable for Loaded<E> {
    fn run(&self, limits: &Limits, output: &mut dyn Write) -> Outcome {
        let mut machine = self.engine.instantiate(&self.code, limits);
        self.outcome(E::execute(&mut machine, &mut Unmetered, output), limits)
    }

    fn count(&self, limits: &Limits, output: &mut dyn Write) -> (Outcome, Counts) {
        let mut tally = Tally::default();
        let mut machine = self.engine.instantiate(&self.code, limits);
        let result = E::execute(&mut machine, &mut tally, output);
        (self.outcome(result, limits), tally.counts)
    }

    fn profile(&self, limits: &Limits, output: &mut dyn Write) -> (Outcome, Profile) {
        let mut tally = Tally::tracing();
        let mut machine = self.engine.instantiate(&self.code, limits);
        let result = E::execute(&mut machine, &mut tally, output);
        let profile = Profile::new(
            Opcodes {
                name: E::opcode_name,
                sequence: self.methods.map_or(|_| None, |it| it.sequence),
            },
            self.methods
                .map_or_else(Vec::new, |it| (it.sites)(&self.code)),
            tally,
            result.is_err(),
        );
        (self.outcome(result, limits), profile)
    }

    fn has_instructions(&self) -> bool {
        self.methods.is_some()
    }

    fn listing(&self, explain: bool) -> Option<String> {
        Some((self.methods?.listing)(&self.code, explain))
    }

    fn identity(&self) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        (self.methods?.execution)().hash(&mut hasher);
        self.listing(false)?.hash(&mut hasher);
        Some(hasher.finish())
    }

    fn code_bytes(&self) -> usize {
        E::code_bytes(&self.code)
    }

    fn source(&self) -> &str {
        E::source_info(&self.code).source()
    }

    fn save(&self, engine: &str) -> Result<Vec<u8>, BytecodeError> {
        let methods = self.methods.ok_or(BytecodeError::NoCode)?;
        (methods.save)(&self.code, engine)
    }
}

impl<E: Engine + 'static> AnyCode for Compiled<E> {
    fn executable(&self) -> &(dyn Executable + 'static) {
        &self.loaded
    }

    fn time(&self, phase: Phase, iterations: u64, limits: &Limits) -> Timed {
        let mut clock = Clock {
            iterations,
            duration: Duration::ZERO,
        };
        let (outcome, output) = self.perform(phase, limits, &mut clock);
        Timed {
            duration: clock.duration,
            outcome,
            output,
        }
    }

    fn once(&self, phase: Phase, limits: &Limits) -> (Option<Outcome>, Vec<u8>) {
        self.perform(phase, limits, &mut Counter)
    }
}
