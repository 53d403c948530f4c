//! The parent's side of the workers: starting them, asking them, and outliving their death, hangs
//! and nonsense.
//!
//! A worker here is a role rather than a process: when its process fails, the failure is reported
//! once and the next request starts another.

mod fault;
mod group;
mod process;

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use reports::schema::{Identity, Measure};

use crate::contenders::Engine;
use crate::protocol::{
    self, Answer, CheckLimits, Checked, Complaint, Counted, Ended, Hello, Loaded, Measured, Peak,
    Request, decode_reply, word,
};

pub(crate) use fault::{Fault, FaultKind, shortened};
pub(crate) use group::kill;
pub(crate) use process::{GRACE, Process, Reply, describe, own_executable};

/// Where the code and the stack of a worker's process come to lie, and where it runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placement {
    /// The program to start in the place of the engine's own: the same one, linked in another order.
    pub(crate) executable: Option<PathBuf>,
    /// How many bytes its environment has more than this program's.
    pub(crate) padding: usize,
    /// The core that it runs on; none: whichever the system chooses.
    pub(crate) core: Option<u32>,
}

/// A worker, its process running or not.
#[derive(Debug)]
pub(crate) struct Worker {
    engine: Engine,
    placement: Placement,
    greeting: Greeting,
    process: Option<Process>,
    remarks: Vec<String>,
}

/// What is known of the version of the protocol that a worker speaks.
#[derive(Clone, Debug)]
enum Greeting {
    /// Nothing yet.
    Unknown,
    /// It knows no handshake: version 1.
    None,
    /// What it said.
    Hello(Box<Hello>),
}

/// What a program does in an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// It is run, and ends.
    Ended(Ended),
    /// It isn't run.
    Rejected(Vec<Complaint>),
}

impl Worker {
    /// A worker whose process starts with the first request.
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            placement: Placement::default(),
            greeting: Greeting::Unknown,
            process: None,
            remarks: Vec::new(),
        }
    }

    /// Another worker of the same engine, of which the same is known.
    pub(crate) fn sibling(&self) -> Self {
        Self {
            placement: self.placement.clone(),
            greeting: self.greeting.clone(),
            ..Self::new(self.engine.clone())
        }
    }

    /// The same worker, its processes on this core.
    pub(crate) fn on(mut self, core: Option<u32>) -> Self {
        self.placement.core = core;
        self
    }

    /// Where processes come to lie that are started from now on.
    pub(crate) fn place(&mut self, placement: Placement) {
        self.placement = placement;
    }

    /// Ends the process, so that the next request starts another.
    pub(crate) fn renew(&mut self) {
        if let Some(process) = self.process.take() {
            self.end(process);
        }
    }

    /// What the worker has said without being asked since its last answer. Its process is ended then.
    pub(crate) fn unasked(&mut self) -> Option<Fault> {
        let kind = self.process.as_mut()?.unasked()?;
        self.renew();
        Some(Fault::new(kind, None, &self.engine))
    }

    /// The fault that the answer to the last request is one of the protocol, but can't be right.
    pub(crate) fn wrong(&self, what: String) -> Fault {
        let asked = self.process.as_ref().and_then(Process::asked);
        Fault::about(FaultKind::Wrong(what), asked, &self.engine)
    }

    /// What was noticed that is no fault, since the last time; each a sentence about “its worker”.
    pub(crate) fn remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }

    /// What the worker says that it is; none of protocol 1. Starts it, if need be.
    ///
    /// # Errors
    /// Any [`Fault`]; so with all requests.
    pub(crate) fn hello(&mut self, limit: Duration) -> Result<Option<&Hello>, Fault> {
        if matches!(self.greeting, Greeting::Unknown) {
            self.process = Some(self.connect(limit)?);
        }
        Ok(self.greeted())
    }

    /// What it said that it is, if it was asked and knows the question.
    fn greeted(&self) -> Option<&Hello> {
        match &self.greeting {
            Greeting::Hello(hello) => Some(hello),
            Greeting::Unknown | Greeting::None => None,
        }
    }

    /// What results keep of what it is; `found` are the phases that it was found to have, should it
    /// not have said. None if it never answered.
    pub(crate) fn identity(&self, found: impl FnOnce() -> Vec<Measure>) -> Option<Identity> {
        match &self.greeting {
            Greeting::Unknown => None,
            Greeting::None => Some(Identity {
                protocol: 1,
                engine: None,
                version: None,
                phases: found(),
            }),
            Greeting::Hello(hello) => Some(hello.identity()),
        }
    }

    /// Whether it may have a phase: as it said, or, of protocol 1, as that knows it. For one that
    /// hasn't been asked yet, that is as much as nothing.
    pub(crate) fn may_time(&self, what: Measure) -> bool {
        match &self.greeting {
            Greeting::Unknown => false,
            Greeting::None => !matches!(what, Measure::First | Measure::Warm),
            Greeting::Hello(hello) => hello.measures().contains(&what),
        }
    }

    /// Runs a program once, which must have a value.
    pub(crate) fn check(&mut self, program: Named<'_>, limit: Duration) -> Result<Checked, Fault> {
        let limits = CheckLimits::default();
        let complaint = match self.behaviour(program, limits, limit)? {
            Behaviour::Ended(Ended::Value(checked)) => return Ok(checked),
            Behaviour::Ended(Ended::Raised(error, _)) => error,
            Behaviour::Rejected(mut complaints) => complaints.remove(0),
        };
        let Complaint { text, at } = complaint;
        let kind = FaultKind::Refused(format!("{}:{}: {text}", at.0, at.1));
        let name = word(program.name);
        let request = Request::Check { name, limits };
        Err(Fault::new(kind, Some(&request), &self.engine))
    }

    /// Runs a program once, whatever comes of it.
    pub(crate) fn behaviour(
        &mut self,
        program: Named<'_>,
        limits: CheckLimits,
        limit: Duration,
    ) -> Result<Behaviour, Fault> {
        match self.load(program, limit)? {
            Loaded::Rejected(complaints) => Ok(Behaviour::Rejected(complaints)),
            Loaded::Ready => {
                let name = word(program.name);
                let request = Request::Check { name, limits };
                Ok(Behaviour::Ended(self.ask(&request, limit)?.0))
            }
        }
    }

    /// Times something; gives too how long the request took by this side's clock. No worker is asked
    /// for `run` that doesn't say it has that, which every engine needs.
    pub(crate) fn measure(
        &mut self,
        program: Named<'_>,
        what: Measure,
        iterations: NonZeroU64,
        limit: Duration,
    ) -> Result<(Measured, Duration), Fault> {
        self.load(program, limit)?;
        let request = Request::Measure {
            what,
            name: word(program.name),
            iterations,
        };
        if what == Measure::Run && !self.may_time(what) {
            let kind = FaultKind::Wrong(
                "its worker says that it has no phase `run`, which is needed".to_owned(),
            );
            let version = protocol::VERSION;
            let hello = Request::Hello { version };
            return Err(Fault::new(kind, Some(&hello), &self.engine));
        }
        self.ask(&request, limit)
    }

    /// Runs a program once, counting; none if the worker doesn't count.
    pub(crate) fn counts(
        &mut self,
        program: Named<'_>,
        limit: Duration,
    ) -> Result<Option<Counted>, Fault> {
        if self.greeted().is_some_and(|hello| !hello.counts) {
            return Ok(None);
        }
        self.load(program, limit)?;
        let name = word(program.name);
        match self.ask(&Request::Counts { name }, limit) {
            Ok((counted, _)) => Ok(Some(counted)),
            // It needn't count, and of protocol 1 it couldn't say so before.
            Err(fault) if fault.refusal().is_some() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The most memory that the process has held so far, in bytes; none if the worker can't say.
    pub(crate) fn peak_memory(&mut self, limit: Duration) -> Result<Option<u64>, Fault> {
        if !self.greeted().is_some_and(|hello| hello.memory) {
            return Ok(None);
        }
        match self.ask(&Request::Memory, limit) {
            Ok((Peak(bytes), _)) => Ok(Some(bytes.get())),
            // What isn't known of it says nothing against its times.
            Err(fault) if fault.refusal().is_some() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Sends a program, if the process hasn't got it yet.
    fn load(&mut self, program: Named<'_>, limit: Duration) -> Result<Loaded, Fault> {
        let known = self.process.as_ref();
        if let Some(loaded) = known.and_then(|it| it.programs.get(program.name)) {
            return Ok(loaded.clone());
        }
        let request = Request::Program {
            name: word(program.name),
            source: program.source.to_owned(),
        };
        let (loaded, _) = self.ask::<Loaded>(&request, limit)?;
        if let Some(process) = &mut self.process {
            let name = program.name.to_owned();
            process.programs.insert(name, loaded.clone());
        }
        Ok(loaded)
    }

    /// Sends a request and waits for its answer; gives too how long that took. After any fault but a
    /// refusal the process is no more: nobody could say which request its next line would answer.
    fn ask<A: Answer>(
        &mut self,
        request: &Request,
        limit: Duration,
    ) -> Result<(A, Duration), Fault> {
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.connect(limit)?,
        };
        let kind = match process.exchange(request, limit) {
            Ok(reply) => match decode_reply(&reply.line) {
                Some(Ok(answer)) => {
                    self.process = Some(process);
                    return Ok((answer, reply.took));
                }
                Some(Err(text)) => {
                    self.process = Some(process);
                    let kind = FaultKind::Refused(shortened(text));
                    return Err(Fault::new(kind, Some(request), &self.engine));
                }
                None => FaultKind::Unexpected {
                    expected: A::EXPECTED,
                    got: reply.line,
                },
            },
            Err(kind) => kind,
        };
        self.end(process);
        Err(Fault::new(kind, Some(request), &self.engine))
    }

    /// Starts a process and greets it.
    fn connect(&mut self, limit: Duration) -> Result<Process, Fault> {
        let mut process = self.start()?;
        if matches!(self.greeting, Greeting::None) {
            return Ok(process);
        }
        let request = Request::Hello {
            version: protocol::VERSION,
        };
        let kind = match process.exchange(&request, limit) {
            Ok(reply) => match decode_reply::<Hello>(&reply.line) {
                Some(Ok(hello)) => match self.greet(hello) {
                    Ok(()) => return Ok(process),
                    Err(kind) => kind,
                },
                _ if self.greeted().is_some() || reply.line.starts_with("ok") => {
                    FaultKind::Unexpected {
                        expected: Hello::EXPECTED,
                        got: reply.line,
                    }
                }
                // What protocol 1 says of a request that it doesn't know.
                Some(Err(_)) => {
                    self.greeting = Greeting::None;
                    return Ok(process);
                }
                None => return self.without_greeting(process),
            },
            Err(kind @ FaultKind::Unasked { .. }) => kind,
            Err(kind) if self.greeted().is_some() => kind,
            // A worker of protocol 1 may die of such a request, or pass over it.
            Err(_) => return self.without_greeting(process),
        };
        self.end(process);
        Err(Fault::new(kind, Some(&request), &self.engine))
    }

    /// Starts over with a worker that knows no greeting.
    fn without_greeting(&mut self, process: Process) -> Result<Process, Fault> {
        self.end(process);
        self.greeting = Greeting::None;
        self.start()
    }

    fn start(&self) -> Result<Process, Fault> {
        Process::start(&self.engine, &self.placement)
            .map_err(|error| Fault::new(FaultKind::Start(error), None, &self.engine))
    }

    /// Takes note of what a worker says that it is, which must be the same each time.
    fn greet(&mut self, hello: Hello) -> Result<(), FaultKind> {
        if hello.protocol > protocol::VERSION {
            return Err(FaultKind::Version(hello.protocol));
        }
        match &self.greeting {
            Greeting::Hello(before) if **before != hello => Err(FaultKind::Changed {
                before: before.clone(),
                now: Box::new(hello),
            }),
            _ => {
                self.greeting = Greeting::Hello(Box::new(hello));
                Ok(())
            }
        }
    }

    /// Ends a process, and takes note of what it leaves behind.
    fn end(&mut self, mut process: Process) {
        let left = process.end();
        if !left.is_empty() {
            let left = left.join(", ");
            self.remarks
                .push(format!("its worker left {left} behind, which was ended"));
        }
    }
}

/// A program under the name by which it is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'p> {
    /// The name.
    pub(crate) name: &'p str,
    /// The text.
    pub(crate) source: &'p str,
}
