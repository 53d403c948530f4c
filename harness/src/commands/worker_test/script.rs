//! What is asked in which order, and what must come.

use std::num::NonZeroU64;
use std::rc::Rc;
use std::time::Duration;

use catalog::runtime::Limits;
use catalog::syntax::position_of;
use reports::schema::Measure;

use super::session::{Judgement, Session};
use crate::clocks::Clocked;
use crate::protocol::{
    self, Answer as _, CheckLimits, Checked, Complaint, Counted, Ended, Hello, Loaded, Measured,
    Peak, Request, decode_reply, word,
};

/// Small programs, under names that have to be kept apart.
const PROGRAMS: [(&str, &str, &str); 4] = [
    ("a program and its value", "answer", "40 + 2;\n"),
    (
        "a program without a line feed, and output",
        "no line feed",
        "puts(1, \"two\"); 3",
    ),
    ("an empty program", "empty", ""),
    (
        "a program of more bytes than characters",
        "non-ascii-größe",
        "let s = \"grün ✓\";\nputs(s); s + \"日本\";\n",
    ),
];

/// A program that runs into an error, after some output.
const FAILING: &str = "puts(\"a\");\n1 + \"b\";\n";

/// A text that is no program.
const REJECTED: &str = "1 +\n";

/// A program whose calls nest.
const NESTED: &str = "let down = fn(n) { if (n == 0) { 0 } else { down(n - 1) } };\ndown(50);\n";

/// A program that takes some microseconds at least, to be timed.
const TIMED: &str =
    "let fib = fn(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } };\nfib(12);\n";

/// From which length a sample is long enough to be held against another, in nanoseconds.
const LONG: u64 = 20_000_000;

/// The most iterations that a phase is tried with which takes no such time. Where there is nothing to do,
/// such as for a tree-walker that is to compile, an iteration may take a fraction of a nanosecond.
const MOST_ITERATIONS: u64 = 1 << 30;

/// Plays the whole script.
pub(super) fn play(session: &mut Session) {
    let Some(greeted) = greet(session, "it says what it is") else {
        return;
    };
    let hello = match greeted {
        Greeted::Hello(hello) => Some(hello),
        Greeted::Version1 => None,
    };
    let Some(timed) = programs(session, hello.as_ref()) else {
        return session.end(true);
    };
    let phases = match &hello {
        Some(hello) => hello.measures(),
        None => vec![Measure::Run],
    };
    for &phase in phases.iter().filter(|&&it| it != Measure::First) {
        measure(session, phase, &timed);
    }
    if !phases.contains(&Measure::Run) {
        let request = timed.measure(Measure::Run, NonZeroU64::MIN);
        session.note(
            "it times runs",
            &request,
            Err("run among its phases".to_owned()),
            "not there",
        );
    }
    if hello.as_ref().is_some_and(|it| it.counts) {
        let name = timed.word();
        session.ask(
            "it counts",
            &Request::Counts { name },
            |counted: &Counted, _| match counted.unknown.is_empty() {
                true => Ok(()),
                false => Err(format!("only the counts of {}", Counted::EXPECTED)),
            },
        );
    }
    if hello.as_ref().is_some_and(|it| it.memory) {
        session.ask(
            "it says its memory",
            &Request::Memory,
            |peak: &Peak, _| match peak.0.get() >= 1 << 16 {
                true => Ok(()),
                false => Err("bytes, of which no process has so few".to_owned()),
            },
        );
    }
    let nobody = Request::Check {
        name: "nobody".to_owned(),
        limits: CheckLimits::default(),
    };
    session.refused("a program that it hasn't got is an error", &nobody);
    let unknown = Request::Unknown("frobnicate answer 7".to_owned());
    session.refused("a request that it doesn't know is an error", &unknown);
    session.end(true);

    if phases.contains(&Measure::First)
        && greet(session, "a second process says the same").is_some()
    {
        timed.send(session, "the same program in a fresh process");
        let request = timed.measure(Measure::First, NonZeroU64::MIN);
        session.ask(
            "it times a first execution",
            &request,
            |it: &Measured, took| timed.judge(it, NonZeroU64::MIN, took, true),
        );
        session.end(true);
    }
    if greet(session, "another process says the same").is_some() {
        session.end(false);
    }
}

/// What a worker makes of the greeting.
enum Greeted {
    Hello(Hello),
    Version1,
}

fn greet(session: &mut Session, step: &str) -> Option<Greeted> {
    let request = Request::Hello {
        version: protocol::VERSION,
    };
    let reply = session.exchange(step, &request, Hello::EXPECTED)?;
    let (judgement, greeted) = match decode_reply::<Hello>(&reply.line) {
        Some(Ok(hello)) if hello.protocol <= protocol::VERSION => {
            (Ok(()), Some(Greeted::Hello(hello)))
        }
        Some(Ok(_)) => (Err(format!("protocol {} at most", protocol::VERSION)), None),
        Some(Err(_)) => (Ok(()), Some(Greeted::Version1)),
        None => (Err(Hello::EXPECTED.to_owned()), None),
    };
    session.note(step, &request, judgement, &reply.line);
    greeted
}

/// A program that is timed, and its value.
struct Timed {
    name: String,
    source: String,
    value: String,
}

impl Timed {
    fn word(&self) -> String {
        word(&self.name)
    }

    fn measure(&self, what: Measure, iterations: NonZeroU64) -> Request {
        Request::Measure {
            what,
            name: self.word(),
            iterations,
        }
    }

    /// Sends it; whether the worker takes it.
    fn send(&self, session: &mut Session, step: &str) -> bool {
        let loaded = session.ask(step, &program(&self.name, &self.source), |loaded, _| {
            equal(loaded, &Loaded::Ready)
        });
        loaded == Some(Loaded::Ready)
    }

    /// Whether a sample can be.
    fn judge(
        &self,
        measured: &Measured,
        iterations: NonZeroU64,
        took: Duration,
        has_value: bool,
    ) -> Judgement {
        Clocked::new(iterations, measured.nanoseconds, took)
            .fits()
            .map_err(|it| it.to_string())?;
        match &measured.result {
            Some(value) if *value == self.value => Ok(()),
            None if !has_value => Ok(()),
            _ => Err(format!("the value {:?}", self.value)),
        }
    }
}

fn program(name: &str, source: &str) -> Request {
    Request::Program {
        name: word(name),
        source: source.to_owned(),
    }
}

/// Sends programs and runs each once; gives one to be timed, if the worker takes any.
fn programs(session: &mut Session, hello: Option<&Hello>) -> Option<Timed> {
    if hello.is_some_and(|it| it.translated) {
        return translated(session);
    }
    for (step, name, source) in PROGRAMS {
        run(session, step, name, source, CheckLimits::default());
    }
    if let Some(hello) = hello {
        let none = CheckLimits::default();
        run(session, "a program that fails", "failing", FAILING, none);
        run(
            session,
            "a text that is no program",
            "rejected",
            REJECTED,
            none,
        );
        limits(session, hello);
    }
    let timed = Timed {
        name: "timed".to_owned(),
        source: TIMED.to_owned(),
        value: match oracle(TIMED, CheckLimits::default()) {
            (_, Some(Ended::Value(Checked { result, .. }))) => result,
            _ => String::new(),
        },
    };
    let is_taken = timed.send(session, "a program to be timed");
    is_taken.then_some(timed)
}

/// The first workload that a worker has a translation of.
fn translated(session: &mut Session) -> Option<Timed> {
    let step = "a workload that it has a translation of";
    for workload in workloads::all() {
        let (Ok(source), Some(value)) = (workload.source(None), workload.expected(None)) else {
            continue;
        };
        let request = program(&workload.name, &source);
        let reply = session.exchange(step, &request, Loaded::EXPECTED)?;
        if decode_reply(&reply.line) != Some(Ok(Loaded::Ready)) {
            continue;
        }
        session.note(step, &request, Ok(()), &reply.line);
        let name = word(&workload.name);
        let check = Request::Check {
            name,
            limits: CheckLimits::default(),
        };
        session.ask("its value", &check, |ended: &Ended, _| match ended {
            Ended::Value(checked) if checked.result == value => Ok(()),
            _ => Err(format!("the value {value:?}")),
        });
        return Some(Timed {
            name: workload.name.clone(),
            source,
            value: value.to_owned(),
        });
    }
    let request = program("…", "");
    session.note(
        step,
        &request,
        Err("ok for one workload".to_owned()),
        "an error for each",
    );
    None
}

/// Sends a program and runs it once, and compares with the oracle.
fn run(session: &mut Session, step: &str, name: &str, source: &str, limits: CheckLimits) {
    let (loaded, ended) = oracle(source, limits);
    let sent = session.ask(step, &program(name, source), |got: &Loaded, _| {
        match (got, &loaded) {
            // How a complaint is worded is the parser's own affair; where it stands isn't.
            (Loaded::Rejected(got), Loaded::Rejected(wanted)) => {
                let places = |all: &[Complaint]| all.iter().map(|it| it.at).collect::<Vec<_>>();
                match places(got) == places(wanted) {
                    true => Ok(()),
                    false => Err(loaded.encode()),
                }
            }
            _ => equal(got, &loaded),
        }
    });
    if let (Some(Loaded::Ready), Some(ended)) = (sent, ended) {
        let name = word(name);
        let request = Request::Check { name, limits };
        session.ask(&format!("{step}: run"), &request, |got: &Ended, _| {
            equal(got, &ended)
        });
    }
}

/// The limits that a worker has. Where a limit of memory strikes is an engine's own affair.
fn limits(session: &mut Session, hello: &Hello) {
    let depth = CheckLimits {
        depth: Some(10),
        ..CheckLimits::default()
    };
    let fuel = CheckLimits {
        fuel: Some(10),
        ..CheckLimits::default()
    };
    for (name, limits) in [("depth", depth), ("fuel", fuel)] {
        if hello.limits.iter().any(|it| it == name) {
            let step = format!("a limit of {name}");
            run(session, &step, &format!("limit-{name}"), NESTED, limits);
        }
    }
}

/// What the tree-walker makes of a program: whether it is one, and how it ends.
fn oracle(source: &str, limits: CheckLimits) -> (Loaded, Option<Ended>) {
    let at = |offset| {
        let position = position_of(source, offset);
        (position.line, position.column)
    };
    let program = match catalog::syntax::parse(source) {
        Ok(program) => Rc::new(program),
        Err(errors) => {
            let complaint = |it: &catalog::syntax::Diagnostic| Complaint {
                text: it.to_string(),
                at: at(it.span.start),
            };
            return (
                Loaded::Rejected(errors.iter().map(complaint).collect()),
                None,
            );
        }
    };
    let limits = Limits {
        depth: limits.depth.unwrap_or(Limits::default().depth),
        fuel: limits.fuel,
        memory: limits.memory,
    };
    let mut output = Vec::new();
    let code = catalog::oracle().engine().compile(&program);
    let outcome = code.run(&limits, &mut output);
    let output = String::from_utf8_lossy(&output).into_owned();
    let ended = match outcome {
        Ok(result) => Ended::Value(Checked { result, output }),
        Err(error) => {
            let text = error.kind.to_string();
            let at = at(error.span.start);
            Ended::Raised(Complaint { text, at }, output)
        }
    };
    (Loaded::Ready, Some(ended))
}

/// Times a phase once, then so often that it can be told whether iterations count, and twice that.
fn measure(session: &mut Session, phase: Measure, timed: &Timed) {
    let has_value = matches!(phase, Measure::Run | Measure::Total | Measure::Warm);
    let mut iterations = NonZeroU64::MIN;
    let mut taken: Option<(NonZeroU64, u64)> = None;
    loop {
        let step = format!("it times {phase}");
        let request = timed.measure(phase, iterations);
        let mut is_possible = false;
        let measured = session.ask(&step, &request, |it: &Measured, took| {
            timed.judge(it, iterations, took, has_value)?;
            let clocked = Clocked::new(iterations, it.nanoseconds, took);
            if clocked.is_out_of_proportion() && took > Duration::from_millis(250) {
                return Err("more than a thousandth of what the request took".to_owned());
            }
            is_possible = true;
            Ok(())
        });
        // Times in another unit would ask for a thousand times as many iterations as are wanted.
        let (Some(measured), true) = (measured, is_possible) else {
            return;
        };
        let nanoseconds = measured.nanoseconds.get();
        let factor = longer(iterations, nanoseconds);
        let (None, Some(factor)) = (taken, factor) else {
            break scales(session, phase, &request, taken, iterations, &measured);
        };
        if nanoseconds >= LONG {
            taken = Some((iterations, nanoseconds));
        }
        iterations = iterations.saturating_mul(factor);
    }
}

/// How many times as many iterations are tried next: eight times where these took long enough to be held
/// against that, else as many as should. None where so many iterations can't take so little.
fn longer(iterations: NonZeroU64, nanoseconds: u64) -> Option<NonZeroU64> {
    let factor = match nanoseconds {
        LONG.. => 8,
        _ if iterations.get() >= MOST_ITERATIONS => return None,
        _ => (LONG / nanoseconds.max(1)).clamp(2, 64),
    };
    NonZeroU64::new(factor)
}

/// Judges whether eight times as many iterations take about eight times as long: on a busy machine,
/// from twice as long on.
fn scales(
    session: &mut Session,
    phase: Measure,
    request: &Request,
    before: Option<(NonZeroU64, u64)>,
    iterations: NonZeroU64,
    measured: &Measured,
) {
    let step = format!("the time of {phase} grows with the iterations");
    let (judgement, came) = match before {
        None => (
            Err(format!("a time that {iterations} iterations could take")),
            format!("{} ns", measured.nanoseconds),
        ),
        Some((few, time)) => {
            let came = format!(
                "{time} ns for {few} iterations, {} ns for {iterations}",
                measured.nanoseconds
            );
            let is_more = measured.nanoseconds.get() / 2 >= time;
            let wanted = "a time at least twice as long".to_owned();
            (is_more.then_some(()).ok_or(wanted), came)
        }
    };
    session.note(&step, request, judgement, &came);
}

fn equal<A: protocol::Answer + PartialEq>(got: &A, wanted: &A) -> Judgement {
    match got == wanted {
        true => Ok(()),
        false => Err(wanted.encode()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last number of iterations that is tried of a phase whose iterations take so many picoseconds each,
    /// and whether it is held against eight times as many.
    fn tried(picoseconds: u64) -> (u64, bool) {
        let mut iterations = NonZeroU64::MIN;
        loop {
            let nanoseconds = iterations.get() * picoseconds / 1_000;
            match longer(iterations, nanoseconds) {
                Some(factor) if nanoseconds < LONG => {
                    iterations = iterations.saturating_mul(factor);
                }
                factor => return (iterations.get(), factor.is_some()),
            }
        }
    }

    #[test]
    fn a_phase_of_next_to_nothing_is_timed_and_one_of_nothing_is_not() {
        for picoseconds in [50, 300, 1_700, 4_000, 130_000, 50_000_000_000] {
            let (iterations, is_held) = tried(picoseconds);
            assert!(is_held, "{picoseconds} ps, {iterations} iterations");
        }
        assert_eq!(tried(0), (MOST_ITERATIONS, false));
    }
}
