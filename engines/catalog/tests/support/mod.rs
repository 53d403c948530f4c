//! All engine variants side by side: runs a program on each and tells who disagrees.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of this"
)]

use std::env;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use catalog::{AnyCode, AnyEngine, Executable, Outcome};
use runtime::{Counts, Limits};
use stack::Dispatch;
use syntax::{Program, position_of};

/// What a user sees of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The printed value, or the error with its place.
    pub outcome: Outcome,
    /// What `puts` printed.
    pub output: String,
}

/// Runs compiled code.
pub fn run(code: &dyn Executable, limits: &Limits) -> Run {
    let mut output = Vec::new();
    let outcome = code.run(limits, &mut output);
    Run {
        outcome,
        output: text(output),
    }
}

/// Runs compiled code, counting.
pub fn count(code: &dyn Executable, limits: &Limits) -> (Run, Counts) {
    let mut output = Vec::new();
    let (outcome, counts) = code.count(limits, &mut output);
    let run = Run {
        outcome,
        output: text(output),
    };
    (run, counts)
}

fn text(output: Vec<u8>) -> String {
    String::from_utf8(output).expect("all strings are UTF-8")
}

/// A program that has to parse.
pub fn parse(source: &str) -> Rc<Program> {
    match syntax::parse(source) {
        Ok(program) => Rc::new(program),
        Err(errors) => panic!("{errors} in {source:.2000}"),
    }
}

/// One engine of each variant, the oracle first.
pub struct Engines(Vec<(&'static str, Box<dyn AnyEngine>)>);

/// A program, compiled for every variant, the oracle first.
pub struct Compiled(Vec<(&'static str, Box<dyn AnyCode>)>);

/// Whether tests take the time that everything takes, as `MONKEYBENCH_TESTS=all` asks.
pub fn are_thorough() -> bool {
    env::var_os("MONKEYBENCH_TESTS").is_some_and(|tests| tests == "all")
}

/// Whether an engine is one of those that tell most: no optimization, one alone or all, or off the
/// documented path. What the other sets combine, each of these has.
fn is_telling(variant: &str) -> bool {
    let optimizations = variant.matches('+').count();
    optimizations <= 1 || variant.contains('/') || variant == catalog::fully_optimized().name
}

impl Engines {
    /// All engines.
    pub fn every() -> Self {
        Self::those(|_| true)
    }

    /// The engines that tell most; all of them where tests are thorough. What takes long on each
    /// engine, and differs little between them, is tried on these.
    pub fn telling() -> Self {
        let are_thorough = are_thorough();
        Self::those(|variant| are_thorough || is_telling(variant))
    }

    /// One engine for each way to hold values and frames, whatever the optimizations and the dispatch;
    /// all of them where tests are thorough. Structures as deep as calls nest are tried on these.
    pub fn of_each_kind() -> Self {
        let are_thorough = are_thorough();
        let all = &*catalog::fully_optimized().name;
        let is_kind = |variant: &str| {
            let (documented, others) = variant.split_once('/').unwrap_or((variant, ""));
            let dispatch = Dispatch::ALL.iter().skip(1).map(|it| it.name());
            (!documented.contains('+') || documented == all)
                && !dispatch
                    .into_iter()
                    .any(|it| others.split('/').any(|other| other == it))
        };
        Self::those(move |variant| are_thorough || is_kind(variant))
    }

    /// The engines of these names.
    pub fn those(are_meant: impl Fn(&str) -> bool) -> Self {
        let variants = catalog::variants().iter();
        Self(
            variants
                .map(|variant| (variant.name.as_str(), variant))
                .filter(|(name, _)| are_meant(name))
                .map(|(name, variant)| (name, variant.engine()))
                .collect(),
        )
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &dyn AnyEngine)> {
        self.0.iter().map(|(name, engine)| (*name, &**engine))
    }

    pub fn compile(&self, program: &Rc<Program>) -> Compiled {
        let engines = self.iter();
        Compiled(
            engines
                .map(|(name, engine)| (name, engine.compile(program)))
                .collect(),
        )
    }

    /// The oracle's run, if every variant's is the same.
    ///
    /// # Errors
    /// Who differs, and how.
    pub fn agree(&self, program: &Rc<Program>, limits: &Limits) -> Result<Run, String> {
        self.compile(program).agree(limits)
    }
}

impl Compiled {
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &dyn AnyCode)> {
        self.0.iter().map(|(name, code)| (*name, &**code))
    }

    /// As [`Engines::agree`].
    pub fn agree(&self, limits: &Limits) -> Result<Run, String> {
        let (_, oracle) = &self.0[0];
        let expected = run(&**oracle, limits);
        for (name, code) in &self.0[1..] {
            let found = run(&**code, limits);
            if found != expected {
                return Err(format!(
                    "{name} differs from the oracle under {limits:?}\n\
                     {name}: {found:?}\noracle: {expected:?}"
                ));
            }
        }
        Ok(expected)
    }
}

/// Limits on depth and fuel.
pub fn limits(depth: u32, fuel: u64) -> Limits {
    Limits {
        depth,
        fuel: Some(fuel),
        memory: None,
    }
}

/// An outcome as one line: the value, or the error with line and column.
pub fn shown(source: &str, outcome: &Outcome) -> String {
    match outcome {
        Ok(value) => format!("value {value}"),
        Err(error) => format!("error {error} at {}", position_of(source, error.span.start)),
    }
}

/// Checks `items` on all cores, each thread with such engines of its own, and fails with every
/// complaint, in the order of the items.
pub fn check_all<T: Sync>(
    engines: fn() -> Engines,
    items: &[T],
    check: impl Fn(&Engines, &T) -> Vec<String> + Sync,
) {
    let next = AtomicUsize::new(0);
    let work = || {
        let engines = engines();
        let mut complaints = Vec::new();
        while let Some((index, item)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        } {
            let found = check(&engines, item);
            complaints.extend(found.into_iter().map(|complaint| (index, complaint)));
        }
        complaints
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut complaints: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a check doesn't panic"))
            .collect()
    });
    complaints.sort();
    let texts: Vec<_> = complaints.into_iter().map(|(_, text)| text).collect();
    assert!(
        texts.is_empty(),
        "{} complaints:\n{}",
        texts.len(),
        texts.join("\n")
    );
}
