//! Older versions of the schema: the one place that knows how a file of such a version says what one of
//! today says. Everyone else sees today's types only.

use serde_json::{Map, Value};

use super::SCHEMA_VERSION;

/// The oldest version that is still read.
pub(crate) const OLDEST: u32 = 1;

/// Makes a file of today's version out of one of an older version, from [`OLDEST`] on. What isn't as
/// the older version has it is left for the types to complain of.
pub(crate) fn upgrade(file: &mut Value, version: u32) {
    let Some(file) = file.as_object_mut() else {
        return;
    };
    if version < 2 {
        to_2(file);
    }
    file.insert("schema".to_owned(), SCHEMA_VERSION.into());
}

/// Version 2 says which variants are built in. Version 1 knew the size of their values alone. It also held
/// what others had published, which is no result of a run: [`crate::claims`] has it now.
fn to_2(file: &mut Map<String, Value>) {
    for variant in elements(file, "variants") {
        let builtin = variant.get("value_bytes").is_some_and(Value::is_u64);
        variant.insert("builtin".to_owned(), builtin.into());
        variant.remove("published");
    }
    for workload in elements(file, "workloads") {
        workload.remove("published");
    }
    if let Some(experiment) = file.get_mut("experiment").and_then(Value::as_object_mut) {
        experiment.remove("baseline");
    }
}

/// The objects in a list of the file.
fn elements<'f>(
    file: &'f mut Map<String, Value>,
    list: &str,
) -> impl Iterator<Item = &'f mut Map<String, Value>> {
    file.get_mut(list)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}
