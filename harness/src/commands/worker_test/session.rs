//! A conversation with the worker that is tested: each request is a step, judged by its answer.

use std::time::Duration;

use super::Step;
use crate::contenders::Engine;
use crate::protocol::{Answer, Request, decode_reply};
use crate::workers::Placement;
use crate::workers::{Process, Reply, describe, shortened};

/// A conversation.
pub(super) struct Session {
    engine: Engine,
    timeout: Duration,
    process: Option<Process>,
    pub(super) steps: Vec<Step>,
}

/// What an answer was expected to be, where it wasn't that.
pub(super) type Judgement = Result<(), String>;

impl Session {
    pub(super) fn new(engine: Engine, timeout: Duration) -> Self {
        Self {
            engine,
            timeout,
            process: None,
            steps: Vec::new(),
        }
    }

    /// Sends a request whose answer is judged by what it says and how long it took. Gives the answer, if
    /// it is one of the protocol.
    pub(super) fn ask<A: Answer>(
        &mut self,
        step: &str,
        request: &Request,
        judge: impl FnOnce(&A, Duration) -> Judgement,
    ) -> Option<A> {
        let reply = self.exchange(step, request, A::EXPECTED)?;
        match decode_reply::<A>(&reply.line) {
            Some(Ok(answer)) => {
                let judgement = judge(&answer, reply.took);
                self.note(step, request, judgement, &reply.line);
                Some(answer)
            }
            _ => {
                self.note(step, request, Err(A::EXPECTED.to_owned()), &reply.line);
                None
            }
        }
    }

    /// Sends a line that must be answered with an error.
    pub(super) fn refused(&mut self, step: &str, request: &Request) {
        let expected = "error TEXT";
        if let Some(reply) = self.exchange(step, request, expected) {
            let judgement = match decode_reply::<()>(&reply.line) {
                Some(Err(_)) => Ok(()),
                _ => Err(expected.to_owned()),
            };
            self.note(step, request, judgement, &reply.line);
        }
    }

    /// Sends a request, in a new process if there is none; notes a failure if no line answers it.
    pub(super) fn exchange(
        &mut self,
        step: &str,
        request: &Request,
        expected: &str,
    ) -> Option<Reply> {
        let started = match self.process.take() {
            Some(process) => Ok(process),
            None => Process::start(&self.engine, &Placement::default())
                .map_err(|it| format!("it can't be started: {it}")),
        };
        let reply = started.and_then(|mut process| {
            let reply = process.exchange(request, self.timeout);
            let reply = reply.map_err(|kind| kind.to_string())?;
            self.process = Some(process);
            Ok(reply)
        });
        match reply {
            Ok(reply) => Some(reply),
            Err(what) => {
                self.note(step, request, Err(expected.to_owned()), &what);
                None
            }
        }
    }

    /// Takes note of a step.
    pub(super) fn note(&mut self, step: &str, sent: &Request, judgement: Judgement, came: &str) {
        self.record(step, &sent.line(), judgement, came);
    }

    fn record(&mut self, step: &str, sent: &str, judgement: Judgement, came: &str) {
        self.steps.push(Step {
            step: step.to_owned(),
            ok: judgement.is_ok(),
            sent: shortened(sent),
            expected: judgement.err().unwrap_or_else(|| "what came".to_owned()),
            came: shortened(came),
        });
    }

    /// Ends the process, by `quit` or by the end of its input alone, which it must obey in time, with
    /// nothing more to say and leaving nothing behind.
    pub(super) fn end(&mut self, quit: bool) {
        let (step, sent) = match quit {
            true => ("it ends when told to", "quit"),
            false => ("it ends with its input", "the end of the input"),
        };
        let Some(mut process) = self.process.take() else {
            return self.record(
                step,
                sent,
                Err("a running worker".to_owned()),
                "there is none",
            );
        };
        let expected = || Err("the end of the process, and no more answers".to_owned());
        if let Some(kind) = process.unasked() {
            return self.record(step, sent, expected(), &kind.to_string());
        }
        let (judgement, came) = match process.close(quit, self.timeout) {
            (None, _) => (
                expected(),
                format!("it went on for {} s", self.timeout.as_secs_f64()),
            ),
            (Some(status), left) if left.is_empty() => {
                (Ok(()), format!("its process {}", describe(status)))
            }
            (Some(_), left) => (expected(), format!("it left {} behind", left.join(", "))),
        };
        self.record(step, sent, judgement, &came);
    }
}
