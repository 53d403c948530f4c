//! Checking an external engine: each program is a request of the worker protocol. What a worker can't
//! be asked, by what it said of itself, is counted and told, not passed over.

use std::time::Duration;

use workloads::CaseLimits;

use super::programs::{Behaviour, Parsed};
use super::{Disagreement, Verdict};
use crate::contenders::Contender;
use crate::progress::Progress;
use crate::protocol::{CheckLimits, Ended, Hello};
use crate::workers::{self, FaultKind, Named, Worker};

/// After so many programs without an answer in time, no more are asked: each takes the whole limit.
const MOST_HANGS: usize = 3;

/// Checks an external engine.
pub(super) fn check(
    contender: &Contender,
    programs: &[Parsed],
    timeout: Duration,
    progress: &Progress,
) -> Verdict {
    let mut verdict = Verdict::new(&contender.name);
    let mut worker = Worker::new(contender.engine.clone());
    let hello = match worker.hello(timeout) {
        Ok(hello) => hello.cloned(),
        Err(fault) => {
            verdict.disagreements.push(Disagreement {
                program: "hello".to_owned(),
                expected: "a worker that says what it is".to_owned(),
                got: fault.to_string(),
            });
            verdict.programs = 1;
            return verdict;
        }
    };
    let is_translator = hello.as_ref().is_some_and(|it| it.translated);
    let mut hangs = 0;
    for program in programs {
        progress.step();
        let unaskable = match hangs {
            MOST_HANGS => Some("it gave no answer in time too often".to_owned()),
            _ => unaskable(hello.as_ref(), program),
        };
        if let Some(reason) = unaskable {
            verdict.not_ask(&reason);
            continue;
        }
        let named = Named {
            name: &program.name,
            source: &program.source,
        };
        match worker.behaviour(named, limits(program.limits), timeout) {
            Ok(got) => verdict.judge(program, &program.expected, &got.into()),
            Err(fault) if is_translator && fault.refuses_a_program() => {
                verdict.not_ask("it has no translation of them");
            }
            Err(fault) => {
                hangs += usize::from(matches!(fault.kind, FaultKind::Hung(_)));
                verdict.programs += 1;
                verdict.disagreements.push(Disagreement {
                    program: program.name.clone(),
                    expected: program.expected.text(),
                    got: fault.to_string(),
                });
            }
        }
        for remark in worker.remarks() {
            progress.warn(&format!("{}: {remark}", contender.name));
        }
    }
    verdict
}

/// Why a program can't be asked about, if so.
fn unaskable(hello: Option<&Hello>, program: &Parsed) -> Option<String> {
    let limits = limits(program.limits);
    let mut limits = limits.named().map(|(name, _)| name);
    let Some(hello) = hello else {
        // Version 1 of the protocol has neither limits nor an answer for a program that fails.
        let can_be_asked =
            limits.next().is_none() && matches!(program.expected, Behaviour::Value { .. });
        return (!can_be_asked).then(|| "protocol 1 has values only".to_owned());
    };
    if hello.translated && program.is_case {
        return Some("it runs translations of workloads only".to_owned());
    }
    let lacking = limits.find(|limit| hello.limits.iter().all(|it| it != limit))?;
    Some(format!("it has no limit of {lacking}"))
}

/// The limits of a case, as they are sent.
fn limits(limits: CaseLimits) -> CheckLimits {
    CheckLimits {
        depth: limits.depth,
        fuel: limits.fuel,
        memory: limits.memory,
    }
}

impl From<workers::Behaviour> for Behaviour {
    fn from(behaviour: workers::Behaviour) -> Self {
        match behaviour {
            workers::Behaviour::Ended(Ended::Value(checked)) => Self::Value {
                value: checked.result,
                output: checked.output,
            },
            workers::Behaviour::Ended(Ended::Raised(error, output)) => Self::Error {
                text: error.text,
                at: error.at,
                output,
            },
            workers::Behaviour::Rejected(complaints) => {
                Self::Rejected(complaints.into_iter().map(|it| (it.text, it.at)).collect())
            }
        }
    }
}
