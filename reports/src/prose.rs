//! The sentences of a report: each is computed, and says no more than the intervals allow.
//!
//! Plain text, for the terminal as well as for markdown, which escapes it.

use crate::analysis::Analysis;
use crate::counts::Key;
use crate::format::{self, Detail};
use crate::phases::{BreakEven, Phases};
use crate::schema::{
    ExperimentKind, HostCounts, HostSource, MachineCode, Measure, NotOffered, Results, Variant,
    VariantId, WorkloadId,
};
use crate::stats::{Estimate, Verdict};
use crate::suites::{self, Agreement, Conclusion};
use crate::tables::baseline_pair;
use crate::validity::Invalid;

/// What the run found, in one sentence; or, if the run can't be believed, why.
pub(crate) fn headline(analysis: &Analysis<'_>, invalid: &[Invalid]) -> String {
    if invalid.is_empty() {
        return finding(analysis);
    }
    let reasons: Vec<String> = invalid.iter().map(ToString::to_string).collect();
    format!(
        "INVALID: {}. The figures below are no evidence.",
        reasons.join("; ")
    )
}

fn finding(analysis: &Analysis<'_>) -> String {
    let results = analysis.results;
    let Some(workload) = results.workload_named(&results.experiment.headline) else {
        return "The headline workload was not measured.".to_owned();
    };
    let finding = match results.experiment.kind {
        ExperimentKind::Progression => progression(analysis, workload),
        ExperimentKind::Comparison => comparison(analysis, workload),
    };
    finding.unwrap_or_else(|| {
        let title = &results.workload(workload).title;
        format!(
            "On {title} there are no times to compare {} with.",
            reference_name(results)
        )
    })
}

/// What the first step of a progression brings, and what all further ones add.
fn progression(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<String> {
    let results = analysis.results;
    let reference = results.reference();
    let mut others = results
        .variant_ids()
        .filter(|&variant| variant != reference);
    let first = others.next()?;
    let first_speedup = analysis.speedup(Measure::Run, workload, reference, first)?;
    let step = format!(
        "On {}, {} is {} as fast as {}",
        results.workload(workload).title,
        name(results, first),
        with_interval(&first_speedup, format::ratio),
        reference_name(results),
    );
    let further = others.clone().count();
    let rest = others.last().and_then(|last| {
        let rest = analysis.speedup(Measure::Run, workload, first, last)?;
        Some((rest, results.variant(last).name.clone()))
    });
    Some(match rest {
        None => format!("{step}."),
        Some((rest, last)) => {
            format!(
                "{step}. {}, to {last}, {}.",
                format::counted(further, "further step"),
                contribution(&rest)
            )
        }
    })
}

/// What a speedup adds or costs, as far as its verdict goes.
fn contribution(speedup: &Estimate) -> String {
    let size = with_interval(speedup, format::change);
    match Verdict::of(speedup) {
        Verdict::Faster => format!("add {}", size.trim_start_matches('+')),
        Verdict::Slower => format!("cost {}", size.trim_start_matches('−')),
        Verdict::Same => format!("change it by less than 1 %: {size}"),
        Verdict::CantTell => format!("make no difference that this run can tell: {size}"),
    }
}

/// What a comparison finds: who is fastest and slowest, against the reference or, where variants
/// have counterparts, among those that share one.
fn comparison(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<String> {
    let results = analysis.results;
    let clauses: Vec<String> = results
        .variant_ids()
        .filter_map(|base| extremes(analysis, workload, base))
        .collect();
    (!clauses.is_empty()).then(|| {
        format!(
            "On {}, {}.",
            results.workload(workload).title,
            clauses.join("; ")
        )
    })
}

/// The fastest and the slowest of the variants that are judged against this one.
fn extremes(analysis: &Analysis<'_>, workload: WorkloadId, base: VariantId) -> Option<String> {
    let results = analysis.results;
    let mut judged: Vec<(VariantId, Estimate)> = results
        .variant_ids()
        .filter(|&variant| analysis.base(variant) == Some(base))
        .filter_map(|variant| {
            let speedup = analysis.speedup(Measure::Run, workload, base, variant)?;
            Some((variant, speedup))
        })
        .collect();
    judged.sort_by(|(_, one), (_, other)| other.median.total_cmp(&one.median));
    let said = |(variant, speedup): &(VariantId, Estimate)| {
        let name = results.short_name(*variant);
        format!("{name} is {}", with_interval(speedup, format::ratio))
    };
    let base = results.short_name(base);
    Some(match judged.as_slice() {
        [] => return None,
        [only] => format!("{} as fast as {base}", said(only)),
        [fastest, .., slowest] => {
            let faster = match Verdict::of(&fastest.1) {
                Verdict::Faster => "",
                Verdict::Slower => "nothing is faster than ",
                Verdict::Same | Verdict::CantTell => "nothing is known to be faster than ",
            };
            let (slowest, at) = slowest;
            let slowest = format!(
                "the slowest is {}, at {}",
                results.short_name(*slowest),
                with_interval(at, format::ratio)
            );
            match faster {
                "" => format!(
                    "{} as fast as {base} and the fastest of {}; {slowest}",
                    said(fastest),
                    judged.len() + 1,
                ),
                none => format!(
                    "{none}{base}: the fastest of the others, {} as fast; {slowest}",
                    said(fastest)
                ),
            }
        }
    })
}

/// Whether the suites lead to the same conclusions: a sentence on all of them, then one on each that
/// differs; nothing with fewer than two suites.
pub(crate) fn suites(analysis: &Analysis<'_>) -> Vec<String> {
    let conclusions = suites::conclusions(analysis);
    if conclusions.is_empty() {
        return Vec::new();
    }
    let of = |wanted: fn(&Agreement) -> bool| {
        let found = conclusions.iter().filter(|it| wanted(&it.agreement()));
        found.collect::<Vec<_>>()
    };
    let differ = of(|it| *it == Agreement::Differs);
    let open = of(|it| *it == Agreement::Open).len();
    let names: Vec<&str> = analysis.suites().iter().map(|suite| suite.name).collect();
    let names = names.join(" and ");
    let open = match open {
        0 => String::new(),
        open => format!(" Of {open}, not every suite can tell."),
    };
    let first = format!(
        "The suites {names} differ in {} of {} conclusions{}{open}",
        differ.len(),
        conclusions.len(),
        if differ.is_empty() { "." } else { ":" },
    );
    let sentence = |conclusion: &&Conclusion<'_>| {
        let told = conclusion.suites.iter().map(|(suite, speedup)| {
            let said = speedup.map_or("no times".to_owned(), |speedup| {
                format!(
                    "{} ({})",
                    Verdict::of(&speedup),
                    with_interval(&speedup, format::ratio)
                )
            });
            format!("{said} on {suite}")
        });
        format!(
            "{} against {}: {}.",
            analysis.results.short_name(conclusion.to),
            analysis.results.short_name(conclusion.from),
            told.collect::<Vec<_>>().join(", "),
        )
    };
    std::iter::once(first)
        .chain(differ.iter().map(sentence))
        .collect()
}

/// A median with its interval.
fn with_interval(estimate: &Estimate, write: impl Fn(f64) -> String) -> String {
    format::estimate(estimate, Detail::Full, write)
}

/// A variant in a sentence: "the unoptimized VM". Labels such as "+ superinstructions" name a
/// step, not a variant.
fn name(results: &Results, variant: VariantId) -> String {
    let variant = results.variant(variant);
    let mut letters = variant.label.chars();
    match letters.next() {
        Some(first) if first.is_alphabetic() => {
            let second_is_capital = letters.clone().next().is_some_and(char::is_uppercase);
            let first = if second_is_capital {
                first
            } else {
                first.to_ascii_lowercase()
            };
            format!("the {first}{}", letters.as_str())
        }
        _ => variant.name.clone(),
    }
}

fn reference_name(results: &Results) -> String {
    name(results, results.reference())
}

/// What each variant of a comparison is, for tables in which it has a shorter name.
pub(crate) fn variants(results: &Results) -> Vec<String> {
    let is_renamed = |id: &VariantId| results.short_name(*id) != results.variant(*id).name;
    let what = |id| {
        let Variant { name, summary, .. } = results.variant(id);
        format!("{}: {name}, {summary}", results.short_name(id))
    };
    results.variant_ids().filter(is_renamed).map(what).collect()
}

/// The variants that couldn't take part, each with its reason.
pub(crate) fn not_offered(results: &Results) -> Vec<String> {
    let what = |NotOffered { name, label, why }: &NotOffered| {
        let known_as = if label == name {
            String::new()
        } else {
            format!("{label}: ")
        };
        format!("{known_as}{name}: {why}")
    };
    results.not_offered.iter().map(what).collect()
}

/// The A/A control on the headline's workload, in one sentence.
pub(crate) fn control(analysis: &Analysis<'_>) -> String {
    let results = analysis.results;
    let experiment = &results.experiment;
    let workload = results.workload_named(&experiment.headline);
    match workload.and_then(|workload| Some((workload, analysis.control(workload)?))) {
        None => "not measured".to_owned(),
        Some((workload, control)) => format!(
            "{0} against {0} on {1} differs by {2} in {3}",
            results.short_name(results.reference()),
            results.workload(workload).title,
            with_interval(&control, format::small_change),
            format::counted(control.values, "round"),
        ),
    }
}

/// The smallest effect that the run could see, in one sentence.
pub(crate) fn smallest_effect(analysis: &Analysis<'_>) -> String {
    let results = analysis.results;
    let percent = |effect: f64| format!("{:.2} %", effect * 100.0);
    let workload = results.workload_named(&results.experiment.headline);
    let headline = workload.and_then(|it| Some((it, analysis.smallest_effect(it)?)));
    match (headline, analysis.smallest_effect_overall()) {
        (Some((workload, effect)), Some(overall)) => format!(
            "{} on {}, {} over all cells (median)",
            percent(effect),
            results.workload(workload).title,
            percent(overall),
        ),
        (None, Some(overall)) => format!("{} over all cells (median)", percent(overall)),
        (_, None) => "unknown: too few rounds for intervals".to_owned(),
    }
}

/// The machine and what else it did.
pub(crate) fn machine(results: &Results) -> String {
    let it = &results.environment;
    let mut parts = vec![it.cpu.clone(), format!("{} cores", it.cores)];
    parts.extend(
        it.memory_bytes
            .map(|bytes| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))),
    );
    parts.push(it.os.clone());
    parts.push(format!("kernel {}", it.kernel));
    parts.extend(
        it.hypervisor
            .as_ref()
            .map(|name| format!("hypervisor {name}")),
    );
    parts.extend(it.governor.as_ref().map(|name| format!("governor {name}")));
    parts.extend(it.clock.as_ref().map(|name| format!("clock {name}")));
    parts.join(", ")
}

/// How busy the machine was.
pub(crate) fn disturbance(results: &Results) -> String {
    let it = &results.environment;
    let mut parts = Vec::new();
    parts.extend(it.load_before.map(|load| format!("load {load:.2} before")));
    parts.extend(it.load_after.map(|load| format!("load {load:.2} after")));
    parts.extend(
        it.others_percent
            .map(|percent| format!("other processes {percent:.1} %")),
    );
    parts.extend(
        it.steal_percent
            .map(|percent| format!("steal {percent:.1} %")),
    );
    if parts.is_empty() {
        "unknown".to_owned()
    } else if results.resumed {
        format!(
            "{} (since the run was resumed; before that unknown)",
            parts.join(", ")
        )
    } else {
        parts.join(", ")
    }
}

/// The program and its build.
pub(crate) fn tool(results: &Results) -> String {
    let tool = &results.tool;
    let commit = match (&tool.commit, tool.dirty) {
        (Some(commit), false) => format!(" (commit {commit})"),
        (Some(commit), true) => format!(" (commit {commit} with changes)"),
        (None, _) => String::new(),
    };
    let features = if tool.features.is_empty() {
        "none".to_owned()
    } else {
        tool.features.join(", ")
    };
    format!(
        "monkeybench {}{commit}, {}, {}, profile {}, features: {features}",
        tool.version, tool.rustc, tool.target, tool.profile,
    )
}

/// When the run was, and how much of it was done.
pub(crate) fn run(results: &Results) -> String {
    let stopped = if results.interrupted {
        ", interrupted"
    } else {
        ""
    };
    let quick = if results.quick { ", quick" } else { "" };
    format!(
        "{}, {:.1} s, {} of {}{stopped}{quick}, seed {}",
        results.started,
        results.duration_ms as f64 / 1e3,
        results.rounds_done,
        format::counted(results.rounds_planned as usize, "round"),
        results.seed,
    )
}

/// What the phases say of the documents' explanation, a sentence or two per workload that is a loss in the
/// documents or here; empty without phases.
pub(crate) fn phase_remarks(analysis: &Analysis<'_>) -> Vec<String> {
    let results = analysis.results;
    let Some((evaluator, vm)) = baseline_pair(results) else {
        return Vec::new();
    };
    let remark = |workload: WorkloadId| {
        let from = Phases::of(analysis, workload, evaluator)?;
        let to = Phases::of(analysis, workload, vm)?;
        let total = analysis.speedup(Measure::Total, workload, evaluator, vm)?;
        let run = analysis.speedup(Measure::Run, workload, evaluator, vm)?;
        let published = results
            .workload(workload)
            .published
            .as_ref()
            .map(|it| it.speedup);
        let loss = published.is_some_and(|it| it < 1.0) || total.median < 1.0 || run.median < 1.0;
        loss.then(|| {
            let published = published.map_or(String::new(), |it| format!(" (published: {it:.2}×)"));
            format!(
                "{}{published}: the run is {} as fast, text to result {}. Against {}, {} pays {} to \
                 compile and {} to instantiate, and executes in {} instead of {}. {}",
                results.workload(workload).title,
                with_interval(&run, format::ratio),
                with_interval(&total, format::ratio),
                results.variant(evaluator).name,
                results.variant(vm).name,
                format::signed_time(to.compile - from.compile),
                format::signed_time(to.instantiate - from.instantiate),
                format::time(to.execute),
                format::time(from.execute),
                break_even(BreakEven::between(&from, &to)),
            )
        })
    };
    results.workload_ids().filter_map(remark).collect()
}

fn break_even(break_even: BreakEven) -> String {
    match break_even {
        BreakEven::Always => "Programs like it gain at any size.".to_owned(),
        BreakEven::After(time) => format!(
            "Programs like it gain once the evaluator would execute them for {}.",
            format::time(time)
        ),
        BreakEven::Never => "Programs like it gain at no size.".to_owned(),
    }
}

/// Whose the host instructions are, or why there are none and what would count them.
pub(crate) fn host_counts(results: &Results) -> String {
    match &results.host_counts {
        Some(HostCounts::Found {
            key,
            source,
            lacking,
        }) => {
            let from = match source {
                HostSource::Baseline => "the committed baseline",
                HostSource::Check => "the last ci/check",
                HostSource::File => "the file that --host-counts named",
                HostSource::Run => "this run, of the same program",
            };
            let without = if lacking.is_empty() {
                String::new()
            } else {
                format!("; but not for {}", lacking.join("; nor for "))
            };
            format!("exact for {}, from {from}{without}.", host_key(key))
        }
        Some(HostCounts::Absent {
            reason,
            by_run: true,
        }) => format!("none, because {reason}. {TWO_WAY}"),
        Some(HostCounts::Absent {
            reason,
            by_run: false,
        }) => {
            format!("none, because {reason}. {TWO_WAY} {CHECK_COUNTS}")
        }
        None => {
            format!(
                "none, because the results file is older than they are. {TWO_WAY} {CHECK_COUNTS}"
            )
        }
    }
}

/// What read the machine code, or why nothing did; `None` where it wasn't asked for.
pub(crate) fn machine_code(results: &Results) -> Option<String> {
    Some(match results.machine_code.as_ref()? {
        MachineCode::Read { disassembler, .. } => format!(
            "read by {disassembler}, of the program that measured; valgrind tells which jumps were \
             taken. Jumps through the linker's slots, whose target is always the same, are left out."
        ),
        MachineCode::Absent { reason } => format!("not read, because {reason}."),
    })
}

/// What the lack of host instructions means.
const TWO_WAY: &str = "The verdicts on work and time are on dispatches and time alone.";

/// What helps, where the stages are compared: nothing else is counted there.
const CHECK_COUNTS: &str =
    "On a clean tree ci/check counts them, and then a run of the same sources has them.";

/// A key's parts: as one word it would be wider than a narrow terminal.
fn host_key(key: &Key) -> String {
    let Key {
        target,
        rustc,
        valgrind,
        libc,
        profile,
    } = key;
    format!("{target}, rustc {rustc}, valgrind {valgrind}, {libc}, profile {profile}")
}

/// The cells that were given up, each with its reason.
pub(crate) fn failures(results: &Results) -> Vec<String> {
    let failure = |cell: &crate::schema::Cell| {
        let failure = cell.failure.as_ref()?;
        Some(format!(
            "{} on {}: {}: {}",
            results.variant(cell.variant).name,
            results.workload(cell.workload).title,
            failure.phase,
            failure.reason,
        ))
    };
    results.cells.iter().filter_map(failure).collect()
}
