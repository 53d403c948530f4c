//! Code that has been saved and loaded is the code that was compiled: the same listing, bytes and
//! counts; the same value, output, error and place on every engine of its instruction set.

use std::collections::HashSet;
use std::rc::Rc;

use crate::generator;
use crate::support::{Engines, check_all, count, parse, run};
use catalog::ARCHITECTURES;
use catalog::bytecode::Bytecode;
use engine::Standing;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use runtime::{Limits, memory};
use syntax::Program;
use workloads::conformance::Expected;

/// Whether an engine is on the default place of every axis. A file says nothing of the axes but in
/// the engine's name, so that these write all the files that differ.
fn is_plain(engine: &str) -> bool {
    engine != "tree" && !engine.contains('/')
}

/// The bytes of a source that is tried with no and all optimizations only. What makes a source large
/// is one thing many times.
const LARGE: usize = 10_000;

/// Saves and loads a program with every set of optimizations, and runs it on every engine that runs
/// the file; gives what differs from the code that was compiled.
fn differences(engines: &Engines, program: &Rc<Program>, limits: &Limits) -> Vec<String> {
    let mut differences = Vec::new();
    let is_large = program.source().len() > LARGE;
    for (name, engine) in engines.iter().filter(|(name, _)| is_plain(name)) {
        if is_large && name != "stack" && name != catalog::fully_optimized().name {
            continue;
        }
        let compiled = engine.compile(program);
        let bytes = compiled.save(name).expect("it has code of its own");
        let file = Bytecode::new(bytes.clone()).expect("it is whole");
        assert_eq!(file.engine(), name);
        let (ran, counts) = count(&*compiled, limits);
        let mut differ = |engine: &str, what: &str, same: bool| {
            if !same {
                differences.push(format!("{name}, loaded for {engine}: {what}"));
            }
        };
        for variant in file.engines() {
            let loaded = match file.load(variant) {
                Ok(loaded) => loaded,
                Err(error) => {
                    differ(&variant.name, &error.to_string(), false);
                    continue;
                }
            };
            let found = if variant.name == name {
                let same_bytes = loaded.save(name).is_ok_and(|again| again == bytes);
                differ(name, "other bytes", same_bytes);
                for explain in [false, true] {
                    let same = loaded.listing(explain) == compiled.listing(explain);
                    differ(name, "another listing", same);
                }
                differ(name, "another source", loaded.source() == program.source());
                differ(
                    name,
                    "another size",
                    loaded.code_bytes() == compiled.code_bytes(),
                );
                let (found, found_counts) = count(&*loaded, limits);
                differ(name, "other counts", found_counts == counts);
                found
            } else {
                run(&*loaded, limits)
            };
            if found != ran {
                differ(&variant.name, &format!("{found:?}, not {ran:?}"), false);
            }
        }
    }
    differences
}

#[test]
fn every_instruction_set_has_engines_that_run_its_files() {
    let program = parse("1");
    let mut files = 0;
    let mut engines = 0;
    for variant in catalog::variants().iter().skip(1) {
        let bytes = variant.engine().compile(&program).save(&variant.name);
        let file = Bytecode::new(bytes.unwrap()).unwrap();
        let names: Vec<_> = file.engines().map(|engine| &engine.name).collect();
        assert!(
            names.contains(&&variant.name),
            "{}: {names:?}",
            variant.name
        );
        files += 1;
        engines += names.len();
        for other in catalog::variants() {
            let runs = file.load(other).is_ok();
            assert_eq!(runs, names.contains(&&other.name), "{}", other.name);
        }
    }
    assert!(engines > files, "no file runs on another engine");
}

#[test]
fn conformance_cases_are_the_same_from_a_file() {
    let cases = workloads::conformance().unwrap();
    check_all(Engines::telling, &cases, |engines, case| {
        if matches!(case.expected, Expected::Rejected(_)) {
            return Vec::new();
        }
        // What a case must give, `conformance` asks; here it is enough to end in the same way.
        let limits = Limits {
            depth: case.limits.depth.unwrap_or(1_000),
            fuel: Some(case.limits.fuel.unwrap_or(10_000)),
            memory: case.limits.memory,
        };
        let found = differences(engines, &parse(&case.source), &limits);
        let named = found.into_iter();
        named
            .map(|found| format!("{}: {found}", case.name))
            .collect()
    });
}

#[test]
fn workloads_are_the_same_from_a_file() {
    check_all(Engines::telling, workloads::all(), |engines, workload| {
        let source = workload.source(workload.small()).unwrap();
        let limits = Limits::default();
        let found = differences(engines, &parse(&source), &limits);
        let named = found.into_iter();
        named
            .map(|found| format!("{}: {found}", workload.name))
            .collect()
    });
}

/// What is more than enough for most generated programs.
const AMPLE: Limits = Limits {
    depth: 300,
    fuel: Some(5_000),
    memory: None,
};

/// `PROPTEST_CASES` sets the number of cases.
fn config(cases: u32) -> ProptestConfig {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig { cases, ..config },
    }
}

#[test]
fn generated_programs_are_the_same_from_a_file() {
    let engines = Engines::telling();
    let property = |source: String| {
        let found = differences(&engines, &parse(&source), &AMPLE);
        prop_assert!(found.is_empty(), "{}\n{}", found.join("\n"), source);
        Ok(())
    };
    let result = TestRunner::new(config(100)).run(&generator::programs(), property);
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// Constants whose numbers need four bytes.
#[test]
fn programs_with_many_constants_are_the_same_from_a_file() {
    let constants: Vec<_> = (0..70_000).map(|i| (1_000_000 + i).to_string()).collect();
    let source = format!(
        "let a = [{}]; [first(a), last(a), 1 / 0]",
        constants.join(", ")
    );
    let program = parse(&source);
    for name in ["stack", "stack+all"] {
        let variant = catalog::find(name).unwrap();
        let compiled = variant.engine().compile(&program);
        let bytes = compiled.save(name).unwrap();
        let loaded = Bytecode::new(bytes.clone()).unwrap().load(variant).unwrap();
        assert_eq!(run(&*loaded, &AMPLE), run(&*compiled, &AMPLE));
        assert!(loaded.listing(false) == compiled.listing(false), "{name}");
        assert!(loaded.save(name).unwrap() == bytes, "{name}");
    }
}

#[test]
fn loaded_code_leaves_nothing_alive() {
    let before = memory::live();
    let program = parse("let f = fn(s) { s + \"!\" }; puts(f); f(\"a string\")");
    for variant in catalog::variants().iter().skip(1) {
        let bytes = variant.engine().compile(&program).save(&variant.name);
        let file = Bytecode::new(bytes.unwrap()).unwrap();
        let loaded = file.load(variant).unwrap();
        let found = run(&*loaded, &AMPLE);
        assert_eq!(found.output, "fn(s)\n", "{}", variant.name);
        assert_eq!(
            found.outcome.as_deref(),
            Ok("a string!"),
            "{}",
            variant.name
        );
        drop(loaded);
        assert_eq!(memory::live(), before, "{}", variant.name);
    }
}

/// By the number of its instruction set an architecture knows its own files, and no other takes them for its own.
#[test]
fn architectures_with_bytecode_have_numbers_of_their_own() {
    let program = parse("1");
    let mut numbers = HashSet::new();
    for architecture in ARCHITECTURES {
        let number = architecture.instruction_set.map(|it| it());
        for point in (architecture.points)() {
            if let Standing::Offered(make) = point.standing {
                let code = make().compile(&program);
                assert_eq!(
                    code.has_instructions(),
                    number.is_some(),
                    "{}",
                    architecture.name
                );
                assert_eq!(
                    code.save("x").is_ok(),
                    number.is_some(),
                    "{}",
                    architecture.name
                );
            }
        }
        assert!(
            number.is_none_or(|it| numbers.insert(it)),
            "{}",
            architecture.name
        );
    }
    assert!(!numbers.is_empty());
}
