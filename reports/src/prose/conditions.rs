//! Under which conditions a run was made, and what it could see.

use crate::analysis::Analysis;
use crate::format::{self, Detail};
use crate::schema::{Layouts, Nesting, Results};
use crate::verdicts::{Judgement, Verdicts};

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
            format::small_change(&control, Detail::Full),
            format::counted(control.values, analysis.unit()),
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
            "{} on {}, {} over all cells (median){}",
            percent(effect),
            results.workload(workload).title,
            percent(overall),
            more_for(analysis, effect),
        ),
        (None, Some(overall)) => format!("{} over all cells (median)", percent(overall)),
        (_, None) => format!("unknown: too few {}s for intervals", analysis.unit()),
    }
}

/// An effect that many would like to see, as a fraction.
const SMALL: f64 = 0.005;

/// How many rounds would see a small effect, where these don't: the width of an interval goes with the
/// square root of their number.
fn more_for(analysis: &Analysis<'_>, effect: f64) -> String {
    if effect <= SMALL {
        return String::new();
    }
    let Results {
        rounds_done,
        repeats,
        nesting,
        ..
    } = *analysis.results;
    let units = match (repeats, nesting) {
        (Some(repeats), _) => repeats.complete(rounds_done),
        (None, Some(nesting)) => nesting.layouts(rounds_done),
        (None, None) => rounds_done,
    };
    let factor = (effect.ln_1p() / SMALL.ln_1p()).powi(2);
    let units = (f64::from(units) * factor).ceil();
    format!(
        "; {} % takes some {units} {}s",
        SMALL * 100.0,
        analysis.unit()
    )
}

/// Where the machine code lay, in one sentence.
pub(crate) fn layouts(results: &Results) -> String {
    match &results.layouts {
        Some(Layouts::EachRound) => {
            let nesting = results.nesting.unwrap_or(Nesting::NONE);
            let layouts = nesting.layouts(results.rounds_done) as usize;
            let each = match nesting {
                Nesting::NONE => "one for each round".to_owned(),
                Nesting { rounds, processes } => {
                    format!("each with {processes} processes of {rounds} rounds")
                }
            };
            format!(
                "{} for the variants and as many others for the control, {each}: the intervals cover \
                 layout",
                format::counted(layouts, "layout"),
            )
        }
        Some(Layouts::OwnOnly { why }) => format!(
            "one for each round of this build; the other build has one ({why}): its verdicts are within one \
             layout",
        ),
        Some(Layouts::One { why }) => format!(
            "one layout ({why}): a difference of some per cent may be where the code happens to lie"
        ),
        None => "one layout: a difference of some per cent may be where the code happens to lie"
            .to_owned(),
    }
}

/// How many verdicts there are, and what that means for each, in one sentence.
pub(crate) fn verdicts(analysis: &Analysis<'_>) -> String {
    let verdicts = analysis.verdicts();
    let count = |wanted: fn(&Judgement) -> bool| verdicts.all().filter(wanted).count();
    let family = format::counted(verdicts.family(), "comparison");
    let mut parts = Vec::new();
    if count(|it| *it == Judgement::FirstLook) > 0 {
        parts.push(format!(
            "{family}, and too few {}s to tell anything of so many, which takes at least {}: a first look",
            analysis.unit(),
            Verdicts::fewest(verdicts.family()),
        ));
    } else {
        parts.push(format!("{family}, corrected together (Holm)"));
        match count(|it| matches!(it, Judgement::Alone(_))) {
            0 => {}
            alone => parts.push(format!(
                "{alone} would be faster or slower by the interval alone"
            )),
        }
    }
    match count(|it| *it == Judgement::SameCode) {
        0 => {}
        same => parts.push(format!("{same} more of the same code, as further controls")),
    }
    parts.join("; ")
}

/// The machine and what else it did.
pub(crate) fn machine(results: &Results) -> String {
    let it = &results.environment;
    let cores = match it.core {
        Some(core) => format!("{} cores, all workers on number {core}", it.cores),
        None => format!("{} cores", it.cores),
    };
    let mut parts = vec![it.cpu.clone(), cores];
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
    parts.extend(it.load_before.map(|load| {
        let others = it.others_before_percent.map_or(String::new(), |percent| {
            format!(" (other processes {percent:.1} % just before)")
        });
        format!("load {load:.2} before{others}")
    }));
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
    let repeats = results.repeats.map_or(String::new(), |it| {
        format!(
            "{} runs of {} with pauses of {} s, ",
            it.runs,
            format::counted(it.rounds.get() as usize, "round"),
            it.pause_seconds
        )
    });
    format!(
        "{}, {:.1} s, {}{} of {}{stopped}{quick}, seed {}",
        results.started,
        results.duration_ms as f64 / 1e3,
        repeats,
        results.rounds_done,
        format::counted(results.rounds_planned as usize, "round"),
        results.seed,
    )
}
