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
use crate::peak_memory;
use crate::protocol::{
    self, Answer, CheckLimits, Checked, Complaint, Counted, Ended, Hello, Loaded, Measured, Peak,
    Request, RequestError, encode_reply,
};
use crate::selection;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The engine to serve
    engine: String,
}

/// Serves until the input ends, as it does when the harness is no more.
pub(crate) fn run(arguments: Arguments) -> Outcome {
    serve(&arguments.engine)
}

/// The same for whoever knows the engine's name.
pub(crate) fn serve(engine: &str) -> Outcome {
    let variant = selection::engine(engine).map_err(Failure::usage)?;
    // A sample may be long, and the end of the input is seen only after it.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).ok();
    let mut worker = Worker {
        name: &variant.name,
        engine: variant.engine(),
        protocol: 1,
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

/// The limits that a check may be asked to keep, by name.
const LIMITS: [&str; 3] = ["depth", "fuel", "memory"];

struct Worker {
    name: &'static str,
    engine: Box<dyn AnyEngine>,
    /// The version of the protocol that the harness speaks: 1, unless it says hello.
    protocol: u32,
    programs: HashMap<String, Ready>,
}

/// A program, ready to run.
struct Ready {
    program: Rc<Program>,
    code: Box<dyn AnyCode>,
}

impl Worker {
    /// The line that answers a request.
    fn reply(&mut self, request: Request) -> String {
        match request {
            Request::Hello { version } => encode_reply(&self.greet(version)),
            Request::Program { name, source } => encode_reply(&self.load(name, &source)),
            Request::Check { name, limits } => {
                let old = self.protocol == 1;
                self.with(&name, |program| match program.check(limits) {
                    // Version 1 knows no answer for it.
                    Ended::Raised(Complaint { text, at }, _) if old => {
                        Err(format!("{}:{}: {text}", at.0, at.1))
                    }
                    ended => Ok(ended),
                })
            }
            Request::Measure {
                what,
                name,
                iterations,
            } => self.with(&name, |program| program.measure(what, iterations)),
            Request::Counts { name } => self.with(&name, Ready::count),
            Request::Memory => encode_reply(&peak_memory()),
            Request::Quit | Request::Unknown(_) => String::new(),
        }
    }

    /// Says what it is, and speaks the version that both sides know from then on.
    fn greet(&mut self, version: u32) -> Result<Hello, String> {
        self.protocol = match version {
            0 => return Err("there is no version 0 of the protocol".to_owned()),
            version => version.min(protocol::VERSION),
        };
        let phases = Measure::ALL.into_iter().filter(|&it| phase(it).is_some());
        Ok(Hello {
            protocol: self.protocol,
            engine: self.name.to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            phases: phases.map(|it| it.name().to_owned()).collect(),
            counts: true,
            memory: peak_memory::of_this_process().is_some(),
            limits: LIMITS.map(str::to_owned).into(),
            translated: false,
        })
    }

    fn load(&mut self, name: String, source: &str) -> Result<Loaded, String> {
        let program = match catalog::syntax::parse(source) {
            Ok(program) => Rc::new(program),
            Err(errors) if self.protocol == 1 => return Err(errors.to_string()),
            Err(errors) => {
                let complaints = errors.iter().map(|it| Complaint {
                    text: it.to_string(),
                    at: place(source, it.span.start),
                });
                return Ok(Loaded::Rejected(complaints.collect()));
            }
        };
        let code = self.engine.compile(&program);
        self.programs.insert(name, Ready { program, code });
        Ok(Loaded::Ready)
    }

    /// The reply of a program, or that there is none.
    fn with<A: Answer>(
        &self,
        name: &str,
        reply: impl FnOnce(&Ready) -> Result<A, String>,
    ) -> String {
        encode_reply(&match self.programs.get(name) {
            Some(program) => reply(program),
            None => Err(format!("no program {name:?}")),
        })
    }
}

/// A place in a text, as line and column.
fn place(source: &str, offset: u32) -> (u32, u32) {
    let position = position_of(source, offset);
    (position.line, position.column)
}

fn peak_memory() -> Result<Peak, String> {
    peak_memory::of_this_process()
        .and_then(NonZeroU64::new)
        .map(Peak)
        .ok_or_else(|| "the system doesn't tell".to_owned())
}

impl Ready {
    fn check(&self, limits: CheckLimits) -> Ended {
        let limits = Limits {
            depth: limits.depth.unwrap_or(Limits::default().depth),
            fuel: limits.fuel,
            memory: limits.memory,
        };
        let mut output = Vec::new();
        let outcome = self.code.run(&limits, &mut output);
        let output = String::from_utf8_lossy(&output).into_owned();
        match outcome {
            Ok(result) => Ended::Value(Checked { result, output }),
            Err(RuntimeError { kind, span, .. }) => {
                let at = place(self.program.source(), span.start);
                let text = kind.to_string();
                Ended::Raised(Complaint { text, at }, output)
            }
        }
    }

    fn measure(&self, what: Measure, iterations: NonZeroU64) -> Result<Measured, String> {
        if what == Measure::First && iterations != NonZeroU64::MIN {
            return Err("there is one first execution".to_owned());
        }
        let limits = &Limits::default();
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

    fn count(&self) -> Result<Counted, String> {
        let (outcome, counts) = self.code.count(&Limits::default(), &mut io::sink());
        outcome.map_err(|error| self.describe(&error))?;
        // An engine that has no instructions counts syntax nodes instead: another unit.
        let has_instructions = self.code.has_instructions();
        let counts = Counts {
            dispatched: has_instructions.then_some(counts.dispatched),
            calls: Some(counts.calls),
            allocations: Some(counts.allocations),
            code_bytes: has_instructions.then_some(self.code.code_bytes() as u64),
        };
        Ok(Counted {
            counts,
            unknown: Vec::new(),
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
