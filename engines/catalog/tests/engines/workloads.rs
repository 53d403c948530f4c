//! Every variant on every workload: what it gives, what it counts, and that each optimization
//! changes the counts that its name speaks of and no others. Workloads that take long have a small
//! size for that.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::support::{Engines, Run, check_all, count, parse, run};
use runtime::{Counts, Limits};
use stack::Optimizations;
use workloads::Workload;

fn source(workload: &Workload) -> String {
    workload
        .source(workload.small())
        .expect("a size of its own")
}

/// What a run of the workload must be, at a size where that is known.
fn expected(workload: &Workload, size: Option<u64>) -> Run {
    let lines = workload.expected_output(size).unwrap().iter();
    Run {
        outcome: Ok(workload.expected(size).unwrap().to_owned()),
        output: lines.map(|line| format!("{line}\n")).collect(),
    }
}

#[test]
fn every_variant_gives_the_expected_value_output_and_calls() {
    check_all(Engines::every, workloads::all(), |engines, workload| {
        let expected = expected(workload, workload.small());
        let calls = workload.expected_calls(workload.small()).unwrap();
        let limits = Limits::default();
        let mut complaints = Vec::new();
        for (variant, code) in engines.compile(&parse(&source(workload))).iter() {
            let uncounted = run(code, &limits);
            let (counted, counts) = count(code, &limits);
            let (again, counts_again) = count(code, &limits);
            for (what, holds) in [
                ("value", uncounted.outcome == expected.outcome),
                ("output", uncounted.output == expected.output),
                ("calls", counts.calls == calls),
                ("counted run", counted == uncounted && again == uncounted),
                ("second count", counts == counts_again),
                (
                    "sum of opcodes",
                    counts.by_opcode.iter().sum::<u64>() == counts.dispatched,
                ),
            ] {
                if !holds {
                    complaints.push(format!("{}: {variant}: {what}", workload.name));
                }
            }
        }
        complaints
    });
}

/// What an engine without optimizations gives at the default size, with as many nested calls as
/// every engine promises. (`monkeybench check` asks all variants, in a release build.)
#[test]
fn ten_thousand_nested_calls_suffice_at_the_default_sizes() {
    check_all(Engines::every, workloads::all(), |_, workload| {
        let stack = catalog::find("stack").expect("it is always built");
        let program = parse(&workload.source(None).unwrap());
        let limits = Limits {
            depth: 10_000,
            ..Limits::default()
        };
        let found = run(&*stack.engine().compile(&program), &limits);
        if found == expected(workload, None) {
            Vec::new()
        } else {
            vec![format!("{}: {found:?}", workload.name)]
        }
    });
}

#[test]
fn fibonacci_of_25_is_242_785_calls_in_every_engine() {
    let fibonacci = workloads::find("fibonacci").unwrap();
    check_all(Engines::every, catalog::variants(), |_, variant| {
        let code = variant.engine().compile(&parse(&source(fibonacci)));
        let (run, counts) = count(&*code, &Limits::default());
        let expected = (Ok("75025".to_owned()), 242_785);
        if (run.outcome.clone(), counts.calls) == expected {
            Vec::new()
        } else {
            vec![format!("{}: {run:?}, {} calls", variant.name, counts.calls)]
        }
    });
}

/// The counts of the stack engine by its set of optimizations, as far as these are built.
type BySet = HashMap<Optimizations, Counts>;

/// The counts of every workload, with its name.
static COUNTS: LazyLock<Vec<(&str, BySet)>> = LazyLock::new(|| {
    let of = |workload: &Workload, optimizations: Optimizations| {
        let variant = catalog::find(&format!("stack{optimizations}")).expect("it is built");
        let code = variant.engine().compile(&parse(&source(workload)));
        count(&*code, &Limits::default()).1
    };
    let sets = || Optimizations::ALL.subsets();
    workloads::all()
        .iter()
        .map(|workload| {
            let by_set = sets().map(|set| (set, of(workload, set))).collect();
            (workload.name.as_str(), by_set)
        })
        .collect()
});

/// Compares the counts of every workload without and with `one`, in every company that it can have.
fn with_and_without(one: Optimizations, check: impl Fn(&str, &Counts, &Counts)) {
    for (workload, by_set) in &*COUNTS {
        for company in Optimizations::ALL.subsets() {
            let both = company.union(one);
            let counts = |set: Optimizations| by_set.get(&set);
            if let (false, Some(without), Some(with)) =
                (company.contains(one), counts(company), counts(both))
            {
                let what = format!("{workload}: stack{company} to stack{both}");
                check(&what, without, with);
            }
        }
    }
}

/// A count without any optimization and with `one` alone, summed over the workloads.
fn totals(one: Optimizations, of: impl Fn(&Counts) -> u64) -> Option<(u64, u64)> {
    let total = |set: Optimizations| -> Option<u64> {
        let counts = COUNTS.iter().map(|(_, by_set)| by_set.get(&set));
        counts.map(|counts| counts.map(&of)).sum()
    };
    total(Optimizations::NONE).zip(total(one))
}

#[test]
fn fewer_instructions_are_dispatched_or_as_many_never_more() {
    for one in [
        Optimizations::CONSTANT_OPERANDS,
        Optimizations::SUPERINSTRUCTIONS,
        Optimizations::CONSTANT_FOLDING,
    ] {
        with_and_without(one, |what, without, with| {
            assert!(with.dispatched <= without.dispatched, "{what}");
            assert!(with.allocations <= without.allocations, "{what}");
            assert_eq!(with.calls, without.calls, "{what}");
        });
        if let Some((without, with)) = totals(one, |counts| counts.dispatched) {
            assert!(with < without, "stack{one} saves nothing at all");
        }
    }
}

#[test]
fn the_integer_cache_saves_allocations_and_changes_nothing_else() {
    let one = Optimizations::INTEGER_CACHE;
    with_and_without(one, |what, without, with| {
        assert!(with.allocations <= without.allocations, "{what}");
        assert_eq!(with.calls, without.calls, "{what}");
        assert_eq!(with.by_opcode, without.by_opcode, "{what}");
    });
    if let Some((without, with)) = totals(one, |counts| counts.allocations) {
        assert!(with < without, "the cache saves nothing at all");
    }
}

#[test]
fn type_specialization_changes_instructions_but_not_their_number() {
    let one = Optimizations::TYPE_SPECIALIZATION;
    with_and_without(one, |what, without, with| {
        assert_eq!(with.dispatched, without.dispatched, "{what}");
        assert_eq!(with.allocations, without.allocations, "{what}");
        assert_eq!(with.calls, without.calls, "{what}");
    });
    let specialized = |counts: &Counts| {
        stack::Opcode::ALL
            .iter()
            .filter(|opcode| opcode.needs().contains(one))
            .map(|&opcode| counts.by_opcode[opcode as usize])
            .sum()
    };
    if let Some((without, with)) = totals(one, specialized) {
        assert!(without == 0 && with > 0, "{without} {with}");
    }
}
