//! Profiles: that they count what is dispatched, and that what they say of superinstructions, those
//! there are and those there could be, is what building them gives.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::slice;

use crate::generator;
use crate::support::{are_thorough, count, limits, parse};
use bytecode::InstructionSet as _;
use catalog::{AnyCode, Executed, Frequency, Outcome, Profile};
use engine::Bytecode;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestRunner};
use runtime::Limits;
use stack::{Opcode, Optimizations, Visitor};
use syntax::Program;

const SI: Optimizations = Optimizations::SUPERINSTRUCTIONS;

/// The sets of optimizations that are built.
fn sets() -> impl Iterator<Item = Optimizations> {
    let is_telling = |set: Optimizations| {
        set.bits().count_ones() <= 1 || set == Optimizations::ALL || are_thorough()
    };
    Optimizations::ALL
        .subsets()
        .filter(move |&set| is_telling(set))
}

fn compile(program: &Rc<Program>, set: Optimizations) -> Box<dyn AnyCode> {
    let variant = catalog::find(&format!("stack{set}")).expect("it is built");
    variant.engine().compile(program)
}

fn profile(code: &dyn AnyCode, limits: &Limits) -> (Outcome, Profile) {
    code.profile(limits, &mut Vec::new())
}

/// The profile of a program on the stack engine.
fn of(source: &str, set: Optimizations) -> Profile {
    profile(&*compile(&parse(source), set), &Limits::default()).1
}

/// The five workloads.
fn workloads() -> impl Iterator<Item = (&'static str, Rc<Program>)> {
    workloads::documented().iter().map(|workload| {
        let source = workload.source(None).expect("a workload has its own size");
        (&*workload.name, parse(&source))
    })
}

/// Checks generated programs, of which many fail, in all ways but for want of memory.
fn check(property: impl Fn(&Rc<Program>, &Limits) -> Result<(), String>) {
    let mut config = ProptestConfig {
        source_file: Some(file!()),
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 40;
    }
    let strategy = (generator::programs(), 0..40_u32, 0..3_000_u64);
    let result = TestRunner::new(config).run(&strategy, |(source, depth, fuel)| {
        property(&parse(&source), &limits(depth, fuel))
            .map_err(|complaint| TestCaseError::fail(format!("{complaint}\n{source}")))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// The frequencies as text.
fn shown(frequencies: &[Frequency]) -> Vec<String> {
    frequencies
        .iter()
        .map(|it| format!("{} {}", it.count, it.sequence.join(" ")))
        .collect()
}

#[test]
fn sequences_are_counted_across_calls_and_jumps() {
    let source = "let f = fn(x) { if (x) { x } else { 2 } }; f(f(false))";
    let profile = of(source, Optimizations::NONE);
    // MakeClosure SetGlobal GetGlobal GetGlobal False Call; GetLocal JumpIfFalse Constant Return;
    // Call; GetLocal JumpIfFalse GetLocal Return; Return
    assert_eq!(
        shown(&profile.opcodes),
        [
            "3 GetLocal",
            "3 Return",
            "2 Call",
            "2 GetGlobal",
            "2 JumpIfFalse",
            "1 Constant",
            "1 False",
            "1 MakeClosure",
            "1 SetGlobal",
        ]
    );
    assert_eq!(
        shown(&profile.pairs),
        [
            "2 Call GetLocal",
            "2 GetLocal JumpIfFalse",
            "1 Constant Return",
            "1 False Call",
            "1 GetGlobal False",
            "1 GetGlobal GetGlobal",
            "1 GetLocal Return",
            "1 JumpIfFalse Constant",
            "1 JumpIfFalse GetLocal",
            "1 MakeClosure SetGlobal",
            "1 Return Call",
            "1 Return Return",
            "1 SetGlobal GetGlobal",
        ]
    );
    let triples = shown(&profile.triples);
    assert_eq!(triples[0], "2 Call GetLocal JumpIfFalse");
    assert!(
        triples.contains(&"1 Constant Return Call".into()),
        "{triples:?}"
    );
    assert_eq!(profile.counts.dispatched, 16);
    assert_eq!(profile.counts.calls, 2);
}

#[test]
fn the_tree_walker_counts_its_nodes_by_kind() {
    let engine = catalog::oracle().engine();
    let (_, profile) = profile(
        &*engine.compile(&parse("-[1, 2][0] + 3")),
        &Limits::default(),
    );
    assert_eq!(
        shown(&profile.opcodes),
        ["4 integer", "1 array", "1 index", "1 infix", "1 prefix"]
    );
    assert_eq!(
        shown(&profile.triples)[..2],
        ["2 integer integer integer", "1 array integer integer"]
    );
    assert_eq!(profile.code, []);
    assert_eq!(profile.superinstructions, []);
    assert_eq!(profile.candidates, []);
}

#[test]
fn a_profile_agrees_with_counts_and_with_itself() {
    check(|program, limits| {
        for variant in catalog::variants() {
            let code = variant.engine().compile(program);
            let (run, counts) = count(&*code, limits);
            let (outcome, profile) = profile(&*code, limits);
            let total = |frequencies: &[Frequency]| frequencies.iter().map(|it| it.count).sum();
            let in_code = profile.code.iter().map(|it| it.count).sum();
            let dispatched = counts.dispatched;
            for (what, holds) in [
                ("outcome", outcome == run.outcome),
                ("counts", profile.counts == counts),
                ("opcodes", dispatched == total(&profile.opcodes)),
                (
                    "pairs",
                    dispatched.saturating_sub(1) == total(&profile.pairs),
                ),
                (
                    "triples",
                    dispatched.saturating_sub(2) == total(&profile.triples),
                ),
                ("code", profile.code.is_empty() || dispatched == in_code),
            ] {
                if !holds {
                    return Err(format!("{}: {what}", variant.name));
                }
            }
        }
        Ok(())
    });
}

/// Where control comes from the instruction before alone, an instruction runs as often as that; less
/// often only behind one that may leave, and once less behind the one that failed.
#[test]
fn control_flows_as_the_code_says() {
    check(|program, limits| {
        for set in sets() {
            let (outcome, profile) = profile(&*compile(program, set), limits);
            let mut failed = 0;
            for pair in profile.code.windows(2) {
                let [before, after] = [pair[0], pair[1]];
                if after.site.is_entered || before.site.may_leave {
                    continue;
                }
                let lost = before.count.wrapping_sub(after.count);
                failed += lost;
                if lost > u64::from(before.site.may_fail) {
                    return Err(format!("stack{set}: {before:?}, then {after:?}"));
                }
            }
            if failed > u64::from(outcome.is_err()) {
                return Err(format!("stack{set}: {failed} failed"));
            }
        }
        Ok(())
    });
}

/// What superinstructions save on a program, by its profile and by running it without them.
fn saved(program: &Rc<Program>, with: Optimizations, limits: &Limits) -> (i64, i64) {
    let without = with.without(SI);
    let (_, profile) = profile(&*compile(program, with), limits);
    let (_, counts) = count(&*compile(program, without), limits);
    let said = profile.superinstructions.iter().map(|it| it.saved).sum();
    assert_eq!(
        profile.dispatched_without_superinstructions(),
        profile.counts.dispatched.saturating_add_signed(said)
    );
    let real = counts.dispatched.cast_signed() - profile.counts.dispatched.cast_signed();
    (said, real)
}

#[test]
fn superinstructions_save_what_is_dispatched_without_them() {
    for (workload, program) in workloads() {
        for set in sets().filter(|set| set.contains(SI)) {
            let (said, real) = saved(&program, set, &Limits::default());
            assert_eq!(said, real, "{workload} on stack{set}");
        }
    }
    check(|program, limits| {
        for set in sets().filter(|set| set.contains(SI)) {
            let (said, real) = saved(program, set, limits);
            if said != real {
                return Err(format!("stack{set}: {said} said, {real} saved"));
            }
        }
        Ok(())
    });
}

/// The constant before a comparison would be its operand but for the jump behind it.
#[test]
fn superinstructions_that_stand_in_for_constant_operands_save_nothing() {
    let with = SI.union(Optimizations::CONSTANT_OPERANDS);
    if !Optimizations::ALL.contains(with) {
        return;
    }
    for (source, saves) in [
        ("let x = 1; if (x < 2) { 3 }", 0),
        ("let x = true; if (x < 2) { 3 }", -1),
        ("let x = 1; if (x < x) { 3 }", 1),
    ] {
        let profile = of(source, with);
        let [one] = &profile.superinstructions[..] else {
            panic!("{:?}", profile.superinstructions);
        };
        assert_eq!(
            (one.name, one.count, one.saved),
            ("JumpIfNotLess", 1, saves)
        );
        assert_eq!(one.sequence, ["Less", "JumpIfFalse"]);
    }
}

/// The sequences of the superinstructions that there are, the longest first.
fn fusions() -> Vec<Vec<&'static str>> {
    struct Sequences;
    impl Visitor for Sequences {
        type Output = Vec<Vec<&'static str>>;

        fn visit<E: Bytecode + 'static>(self) -> Self::Output {
            let sequences = Opcode::ALL.iter().filter_map(|&it| E::sequence(it as u8));
            sequences
                .map(|it| it.into_iter().filter_map(E::opcode_name).collect())
                .collect()
        }
    }
    let mut fusions = stack::visit(Optimizations::NONE, Sequences).expect("it needs no feature");
    fusions.sort_by_key(|sequence| std::cmp::Reverse(sequence.len()));
    fusions
}

/// The name of an instruction.
fn name(executed: &Executed) -> &'static str {
    let opcode = Opcode::from_byte(executed.site.opcode);
    opcode.expect("it is one").name()
}

/// The code in pieces that control enters at the front alone.
fn pieces(code: &[Executed]) -> Vec<&[Executed]> {
    let starts = (0..code.len()).filter(|&index| code[index].site.is_entered);
    let ends = starts.clone().skip(1).chain([code.len()]);
    starts
        .zip(ends)
        .map(|(start, end)| &code[start..end])
        .collect()
}

/// What would be saved if the first of `rules` that fits were put in wherever one does.
fn saved_by(rules: &[Vec<&str>], code: &[Executed]) -> u64 {
    let mut saved = 0;
    for mut piece in pieces(code) {
        while !piece.is_empty() {
            let fits = |rule: &&Vec<&str>| {
                rule.len() <= piece.len() && rule.iter().zip(piece).all(|(it, at)| *it == name(at))
            };
            let length = rules.iter().find(fits).map_or(1, Vec::len);
            saved += piece[1..length].iter().map(|it| it.count).sum::<u64>();
            piece = &piece[length..];
        }
    }
    saved
}

/// The sequences that may become one instruction, by the letter of what [`catalog::Candidate`] says.
fn allowed(code: &[Executed]) -> BTreeSet<Vec<&'static str>> {
    let pieces = pieces(code);
    let windows = pieces
        .iter()
        .flat_map(|piece| (2..=4).flat_map(|length| piece.windows(length)));
    windows
        .filter(|window| {
            let leave = window[..window.len() - 1]
                .iter()
                .any(|it| it.site.may_leave);
            !leave && window.iter().filter(|it| it.site.may_fail).count() <= 1
        })
        .map(|window| window.iter().map(name).collect())
        .collect()
}

/// Each candidate saves what a plain walk of the code says, no candidate is left out, and that walk
/// says of the real superinstructions what they do save.
fn check_candidates(program: &Rc<Program>, limits: &Limits) -> Result<(), String> {
    let fusions = fusions();
    for set in sets() {
        let (_, profile) = profile(&*compile(program, set), limits);
        let mut allowed = allowed(&profile.code);
        allowed.retain(|sequence| saved_by(slice::from_ref(sequence), &profile.code) > 0);
        for candidate in &profile.candidates {
            let saved = saved_by(slice::from_ref(&candidate.sequence), &profile.code);
            if candidate.saved != saved || !allowed.remove(&candidate.sequence) {
                return Err(format!("stack{set}: {candidate:?}, {saved} saved"));
            }
        }
        if !allowed.is_empty() {
            return Err(format!("stack{set} leaves out {allowed:?}"));
        }

        let with = set.union(SI);
        let rewritten_twice = set.contains(Optimizations::CONSTANT_OPERANDS);
        if set == with || rewritten_twice || !Optimizations::ALL.contains(with) {
            continue;
        }
        let (_, real) = count(&*compile(program, with), limits);
        let said = saved_by(&fusions, &profile.code);
        if profile.counts.dispatched - real.dispatched != said {
            return Err(format!("stack{set}: {said} said, {} left", real.dispatched));
        }
    }
    Ok(())
}

#[test]
fn candidates_save_what_superinstructions_do() {
    for (workload, program) in workloads() {
        if let Err(complaint) = check_candidates(&program, &Limits::default()) {
            panic!("{workload}: {complaint}");
        }
    }
    check(check_candidates);
}

/// Where there is but one sequence that some superinstruction replaces, the candidate of that
/// sequence promises what the machine with superinstructions then saves.
#[test]
fn a_candidate_that_is_built_keeps_its_promise() {
    if !Optimizations::ALL.contains(SI) {
        return;
    }
    for (body, sequence) in [
        ("if (x < 3) { 7 }", "GetLocal Constant Less JumpIfFalse"),
        ("if (x > x) { 7 }", "Greater JumpIfFalse"),
        ("[x - 1, x - 2, -(x - 3)]", "GetLocal Constant Sub"),
        ("g[0]; g[1]", "GetGlobal Constant Index"),
        ("if (1 / x == x) { 7 }", "Equal JumpIfFalse"),
    ] {
        let source =
            format!("let g = [5]; let f = fn(x) {{ {body} }}; [f(1), f(2), f(5), f(true)]");
        let [plain, fused] = [Optimizations::NONE, SI].map(|set| of(&source, set));
        let text = |sequence: &[&str]| sequence.join(" ");
        let candidate = plain
            .candidates
            .iter()
            .find(|it| text(&it.sequence) == sequence);
        let promised = candidate.expect(body).saved;
        let kept = plain.counts.dispatched - fused.counts.dispatched;
        assert_eq!(promised, kept, "{body}");
        // It is no longer a candidate where it is built.
        let left = fused
            .candidates
            .iter()
            .find(|it| text(&it.sequence) == sequence);
        assert_eq!(left, None, "{body}");
    }
}

#[test]
fn sequences_that_could_not_be_one_instruction_are_no_candidates() {
    for (source, wrong) in [
        // Something jumps between.
        (
            "let f = fn(x, y) { y - if (x) { x } else { 1 } }; f(false, 5)",
            "Constant Sub",
        ),
        // Two could fail.
        ("let x = 2; x * x * x", "Mul GetGlobal Mul"),
        // Control goes elsewhere.
        ("let f = fn() { 1 }; f(); f()", "Call Constant"),
        ("if (1 < 2) { 3 }", "JumpIfFalse Constant"),
    ] {
        let profile = of(source, Optimizations::NONE);
        let texts: Vec<_> = profile
            .candidates
            .iter()
            .map(|it| it.sequence.join(" "))
            .collect();
        assert!(!texts.is_empty());
        assert!(
            !texts.iter().any(|it| it.contains(wrong)),
            "{source}: {texts:?}"
        );
        // All of it was dispatched in this order.
        let mut dispatched = profile.pairs.iter().chain(&profile.triples);
        assert!(
            dispatched.any(|it| it.sequence.join(" ") == wrong),
            "{source}"
        );
    }
}
