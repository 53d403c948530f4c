//! The tables of an attribution: which figures stand where.

use crate::attribution::game::Set;
use crate::attribution::{Attribution, By, Extreme, Gain, Optimization, ROUNDING, Share, Subject};
use crate::format;
use crate::table::{Column, Table, Value};

/// How tables call an optimization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// `co`, where room is scarce.
    Short,
    /// `constant operands (co)`.
    Long,
}

/// What each optimization is worth on a workload, or on all: the fair credit, that of the documented
/// order, and how far the order decides.
pub(super) fn worth(attribution: &Attribution<'_>, subject: &Subject, naming: Naming) -> Table {
    let columns = vec![
        Column::words("name"),
        Column::figures("Shapley"),
        Column::figures("in order"),
        Column::figures("alone"),
        Column::figures("left out"),
        Column::figures("least"),
        Column::words("on top of").optional(),
        Column::figures("most"),
        Column::words("on top of").optional(),
    ];
    let gain = |estimate| gain(attribution.costs.by, estimate);
    let range = |share: &Share| {
        let (smallest, largest) = (&share.smallest, &share.largest);
        let extreme = |it: &Extreme| {
            let names = match smallest.gain == largest.gain {
                true => "anything".to_owned(),
                false => names(attribution, it.on_top_of),
            };
            [Value::Step(format::exactly(it.gain)), Value::Text(names)]
        };
        [extreme(smallest), extreme(largest)].into_iter().flatten()
    };
    let row = |(player, share): (usize, &Share)| {
        let Optimization { name, title } = &attribution.optimizations()[player];
        let mut row = vec![Value::Text(match naming {
            Naming::Short => name.clone(),
            Naming::Long => format!("{title} ({name})"),
        })];
        row.extend([share.shapley, share.documented, share.alone, share.left_out].map(gain));
        row.extend(range(share));
        row
    };
    let mut rows: Vec<Vec<Value>> = subject.shares.iter().enumerate().map(row).collect();
    let mut total = vec![Value::Text("all".to_owned())];
    total.extend([subject.total; 2].map(gain));
    total.resize(columns.len(), Value::Absent);
    rows.push(total);
    Table {
        title: format!(
            "Worth on {}, by {}",
            subject.title,
            attribution.costs.by.cost()
        ),
        columns,
        rows,
        notes: Vec::new(),
    }
}

/// A gain: exact, or with an interval and what that allows to be said.
fn gain(by: By, gain: Gain) -> Value {
    match by.is_exact() {
        true => Value::Step(gain.estimate),
        false => Value::JudgedStep(gain.estimate, gain.judgement),
    }
}

/// How pairs of optimizations help or hinder each other: pairs against workloads, and all of them.
/// None if no pair does.
pub(super) fn interactions(attribution: &Attribution<'_>) -> Option<Table> {
    let subjects: Vec<&Subject> = attribution
        .workloads
        .iter()
        .chain(&attribution.suite)
        .collect();
    let index = |pair: usize| subjects.iter().map(move |it| it.interactions[pair].index);
    let interacts = |pair: &usize| {
        let exact = attribution.costs.by.is_exact();
        !exact || index(*pair).any(|it| it.estimate.median.ln().abs() > ROUNDING)
    };
    let pairs: Vec<[usize; 2]> = subjects
        .first()?
        .interactions
        .iter()
        .map(|it| it.pair)
        .collect();
    let shown: Vec<usize> = (0..pairs.len()).filter(interacts).collect();
    let name = |player: usize| attribution.optimizations()[player].name.clone();
    let row = |&pair: &usize| {
        let [one, other] = pairs[pair].map(name);
        let figures = index(pair).map(|index| gain(attribution.costs.by, index));
        [Value::Text(format!("{one} and {other}"))]
            .into_iter()
            .chain(figures)
            .collect()
    };
    let rows: Vec<Vec<Value>> = shown.iter().map(row).collect();
    let notes = match pairs.len() - shown.len() {
        0 => Vec::new(),
        _ => vec!["Other pairs don't interact.".to_owned()],
    };
    let headings = subjects.iter().map(|it| Column::figures(&*it.title));
    (!rows.is_empty()).then(|| Table {
        title: format!("Pairwise interactions, by {}", attribution.costs.by.cost()),
        columns: [Column::words("pair")]
            .into_iter()
            .chain(headings)
            .collect(),
        rows,
        notes,
    })
}

/// How to read the figures of this kind.
pub(super) fn remarks(by: By) -> Vec<&'static str> {
    let mut remarks = vec![
        "Shapley: the average gain over all orders in which the optimizations can be added; these \
         multiply to the gain of all together. in order: the gain in the documented order, top to \
         bottom.",
        "alone: the gain with no other. left out: the gain on top of all others, which is how much more \
         they cost without it.",
        "least, most: the range of its gain over all orders, and on top of which others it has that \
         gain.",
        "Interactions: above 0 %, two are worth more together than each by itself; below, they do the \
         same work, or one leaves the other less to do (Shapley interaction index).",
    ];
    if !by.is_exact() {
        remarks.push(
            "In brackets: 95 % intervals. A range goes from the worst to the best of many medians, so \
             noise widens it.",
        );
    }
    remarks
}

/// The names of a set's optimizations: `co+si`.
pub(super) fn names(attribution: &Attribution<'_>, set: Set) -> String {
    if set.is_empty() {
        return "nothing".to_owned();
    }
    let optimizations = attribution.optimizations();
    let names: Vec<&str> = set.players().map(|it| &*optimizations[it].name).collect();
    names.join("+")
}
