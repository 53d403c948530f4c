//! Every variant on every workload: what it gives, what it counts, and that each optimization
//! changes the counts that its name speaks of and no others.

mod support;

use runtime::{Counts, Limits};
use stack::Optimizations;
use support::{check_all, count, parse, run};
use workloads::Workload;

fn source(workload: &Workload) -> String {
    workload.source(None).expect("a workload has its own size")
}

#[test]
fn every_variant_gives_the_expected_value_output_and_calls() {
    check_all(workloads::all(), |engines, workload| {
        let expected = workload.expected(None).unwrap();
        let lines = workload.expected_output(None).unwrap();
        let output: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let calls = workload.expected_calls(None).unwrap();
        let limits = Limits::default();
        let mut complaints = Vec::new();
        for (variant, code) in engines.compile(&parse(&source(workload))).iter() {
            let uncounted = run(code, &limits);
            let (counted, counts) = count(code, &limits);
            let (again, counts_again) = count(code, &limits);
            for (what, holds) in [
                ("value", uncounted.outcome.as_deref() == Ok(expected)),
                ("output", uncounted.output == output),
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

#[test]
fn fibonacci_of_25_is_242_785_calls_in_every_engine() {
    let fibonacci = workloads::find("fibonacci").unwrap();
    check_all(catalog::variants(), |_, variant| {
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

/// The counts of the stack engine with some optimizations.
fn counts(workload: &Workload, optimizations: Optimizations) -> Counts {
    let variant = catalog::find(&format!("stack{optimizations}")).expect("it is available");
    let code = variant.engine().compile(&parse(&source(workload)));
    count(&*code, &Limits::default()).1
}

/// Counts of every workload without and with `one`, in every company that it can have.
fn with_and_without(one: Optimizations, check: impl Fn(&str, Counts, Counts)) {
    if !Optimizations::AVAILABLE.contains(one) {
        return;
    }
    for workload in workloads::all() {
        for bits in 0..=Optimizations::ALL.bits() {
            let company = Optimizations::from_bits(bits);
            if company.contains(one) || !Optimizations::AVAILABLE.contains(company) {
                continue;
            }
            let both = company.union(one);
            let what = format!("{}: stack{company} to stack{both}", workload.name);
            check(&what, counts(workload, company), counts(workload, both));
        }
    }
}

/// The counts of `one` alone and of no optimization, summed over the workloads.
fn totals(one: Optimizations, of: impl Fn(&Counts) -> u64) -> Option<(u64, u64)> {
    Optimizations::AVAILABLE.contains(one).then(|| {
        let total = |optimizations| {
            workloads::all()
                .iter()
                .map(|workload| of(&counts(workload, optimizations)))
                .sum()
        };
        (total(Optimizations::NONE), total(one))
    })
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
            assert!(with < without, "{} saves nothing at all", one.title());
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
