//! `monkeybench worker ENGINE`: the child's side of a measurement. Holds one engine and does what
//! the protocol asks; knows no expected value, no schedule and no statistics.
//!
//! It has one thread only: an allocator may take locks as soon as there are two, and that would
//! be measured.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::num::NonZeroU64;
use std::rc::Rc;

use catalog::runtime::{Limits, RuntimeError};
use catalog::syntax::{Program, position_of};
use catalog::{AnyCode, AnyEngine, Phase};
use reports::schema::{Counts, Measure};

use crate::failure::{Failure, Outcome, Status};
use crate::protocol::{Answer, Checked, Measured, Request, RequestError, encode_reply};
use crate::selection;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The engine to serve
    engine: String,
}

/// Serves until the input ends, as it does when the harness is no more.
pub(crate) fn run(arguments: Arguments) -> Outcome {
    let variant = selection::engine(&arguments.engine).map_err(Failure::usage)?;
    // A sample may be long, and the end of the input is seen only after it.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).ok();
    let mut worker = Worker {
        engine: variant.engine(),
        limits: Limits::default(),
        programs: HashMap::new(),
    };
    let mut input = io::stdin().lock();
    loop {
        let reply = match Request::read(&mut input) {
            Ok(None | Some(Request::Quit)) => return Ok(Status::Good),
            Ok(Some(request)) => worker.reply(request),
            Err(RequestError::Malformed(what)) => encode_reply::<()>(&Err(what)),
            Err(RequestError::Io(error)) => return Err(error.into()),
        };
        let mut output = io::stdout().lock();
        output
            .write_all(reply.as_bytes())
            .and_then(|()| output.flush())
            .map_err(Failure::stdout)?;
    }
}

struct Worker {
    engine: Box<dyn AnyEngine>,
    limits: Limits,
    programs: HashMap<String, Loaded>,
}

/// A program, ready to run.
struct Loaded {
    program: Rc<Program>,
    code: Box<dyn AnyCode>,
}

impl Worker {
    /// The line that answers a request.
    fn reply(&mut self, request: Request) -> String {
        match request {
            Request::Program { name, source } => encode_reply(&self.load(name, &source)),
            Request::Check { name } => self.with(&name, |loaded, limits| loaded.check(limits)),
            Request::Measure {
                what,
                name,
                iterations,
            } => self.with(&name, |loaded, limits| {
                loaded.measure(what, iterations, limits)
            }),
            Request::Counts { name } => self.with(&name, |loaded, limits| loaded.count(limits)),
            Request::Quit => String::new(),
        }
    }

    fn load(&mut self, name: String, source: &str) -> Result<(), String> {
        let program = catalog::syntax::parse(source).map_err(|errors| errors.to_string())?;
        let program = Rc::new(program);
        let code = self.engine.compile(&program);
        self.programs.insert(name, Loaded { program, code });
        Ok(())
    }

    /// The reply of a program, or that there is none.
    fn with<A: Answer>(
        &self,
        name: &str,
        reply: impl FnOnce(&Loaded, &Limits) -> Result<A, String>,
    ) -> String {
        encode_reply(&match self.programs.get(name) {
            Some(loaded) => reply(loaded, &self.limits),
            None => Err(format!("no program {name:?}")),
        })
    }
}

impl Loaded {
    fn check(&self, limits: &Limits) -> Result<Checked, String> {
        let mut output = Vec::new();
        let outcome = self.code.run(limits, &mut output);
        Ok(Checked {
            result: outcome.map_err(|error| self.describe(&error))?,
            output: String::from_utf8_lossy(&output).into_owned(),
        })
    }

    fn measure(
        &self,
        what: Measure,
        iterations: NonZeroU64,
        limits: &Limits,
    ) -> Result<Measured, String> {
        let phase = phase(what).ok_or("a machine of this engine executes once")?;
        // Untimed: what ran before in this process has left the caches and the allocator as
        // that needed them.
        if what != Measure::First {
            self.code.time(phase, 1, limits);
        }
        let timed = self.code.time(phase, iterations.get(), limits);
        let nanoseconds = u64::try_from(timed.duration.as_nanos()).unwrap_or(u64::MAX);
        Ok(Measured {
            nanoseconds: NonZeroU64::new(nanoseconds).unwrap_or(NonZeroU64::MIN),
            result: timed
                .outcome
                .transpose()
                .map_err(|error| self.describe(&error))?,
        })
    }

    fn count(&self, limits: &Limits) -> Result<Counts, String> {
        let (outcome, counts) = self.code.count(limits, &mut io::sink());
        outcome.map_err(|error| self.describe(&error))?;
        // An engine that has no instructions counts syntax nodes instead: another unit.
        let has_instructions = self.code.listing(false).is_some();
        Ok(Counts {
            dispatched: has_instructions.then_some(counts.dispatched),
            calls: Some(counts.calls),
            allocations: Some(counts.allocations),
            code_bytes: has_instructions.then_some(self.code.code_bytes() as u64),
        })
    }

    fn describe(&self, error: &RuntimeError) -> String {
        let position = position_of(self.program.source(), error.span.start);
        format!("{position}: {error}")
    }
}

/// The phase that a measure times; none if no engine of the catalog has it.
fn phase(measure: Measure) -> Option<Phase> {
    Some(match measure {
        Measure::Parse => Phase::Parse,
        Measure::Compile => Phase::Compile,
        Measure::Instantiate => Phase::Instantiate,
        Measure::Run | Measure::First => Phase::Run,
        Measure::Total => Phase::Total,
        Measure::Warm => return None,
    })
}
