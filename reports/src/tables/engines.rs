//! What took part, in its own words, and the memory that it took.

use super::{label, per_workload};
use crate::schema::{Identity, Measure, Results};
use crate::table::{Column, Table, Value};

/// What each variant's worker said that it is; `None` where nothing is known of any.
pub fn engines(results: &Results) -> Option<Table> {
    results
        .variants
        .iter()
        .find_map(|it| it.identity.as_ref())?;
    let text = |text: Option<&String>| Value::or_absent(text.cloned(), Value::Text);
    let phases = |identity: &Identity| {
        let names: Vec<&str> = identity
            .phases
            .iter()
            .map(|it| Measure::name(*it))
            .collect();
        names.join(", ")
    };
    let row = |id| {
        let identity = results.variant(id).identity.as_ref();
        vec![
            label(results, id),
            text(identity.and_then(|it| it.engine.as_ref())),
            text(identity.and_then(|it| it.version.as_ref())),
            Value::or_absent(identity.map(|it| u64::from(it.protocol)), Value::Count),
            Value::or_absent(identity.map(phases), Value::Text),
        ]
    };
    let is_old = |identity: &Identity| identity.protocol == 1;
    let mut identities = results
        .variants
        .iter()
        .filter_map(|it| it.identity.as_ref());
    Some(Table {
        title: "Engines".to_owned(),
        columns: vec![
            super::subject(results),
            Column::words("engine"),
            Column::words("version"),
            Column::figures("protocol"),
            Column::words("phases"),
        ],
        rows: results.variant_ids().map(row).collect(),
        notes: identities
            .any(is_old)
            .then(|| {
                "Workers of protocol 1 don't say what they are; their phases were found by asking."
                    .to_owned()
            })
            .into_iter()
            .collect(),
    })
}

/// The most memory that a worker's process held, by variant and workload; `None` where no worker said.
pub fn peak_memory(results: &Results) -> Option<Table> {
    results.cells.iter().find_map(|it| it.peak_memory_bytes)?;
    let table = per_workload(
        results,
        "Peak memory",
        vec![Column::figures("MiB")],
        |variant, workload| {
            if results.has_failed(variant, workload) {
                return vec![Value::Failed];
            }
            let bytes = results
                .cell(variant, workload)
                .and_then(|it| it.peak_memory_bytes);
            let mebibytes = bytes.map(|bytes| bytes as f64 / f64::from(1 << 20));
            vec![Value::or_absent(mebibytes, |it| {
                Value::Text(format!("{it:.1}"))
            })]
        },
    );
    Some(Table {
        notes: vec![
            "The most that a fresh process held at once, which ran the workload once: the whole \
             process, with engine, program and what its language brings along, as the worker itself \
             is told by the system."
                .to_owned(),
        ],
        ..table
    })
}
