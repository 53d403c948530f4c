//! The portable layer: what engines count of themselves. It depends on the project's sources alone.

use std::collections::BTreeMap;

use anyhow::ensure;
use catalog::Variant;
use catalog::runtime;
use reports::counts::PortableCell;
use reports::schema::Counts;
use workloads::Workload;

use crate::subject::Subject;

/// What one run of a variant on a workload counts, its result checked.
///
/// # Errors
/// If the result is wrong, or nothing was counted.
pub fn count(
    variant: &'static Variant,
    workload: &'static Workload,
) -> anyhow::Result<PortableCell> {
    let subject = Subject::new(variant, workload)?;
    let mut output = Vec::new();
    let (outcome, counts) = subject.code.count(&subject.limits, &mut output);
    subject.observed(Some(outcome), output).check()?;
    let opcodes = opcodes(&subject, &counts);
    ensure!(
        counts.dispatched > 0 && opcodes.values().sum::<u64>() == counts.dispatched,
        "{} on {} counts {} dispatches, and by opcode {opcodes:?}: it measures nothing",
        variant.name,
        workload.name,
        counts.dispatched,
    );
    // An engine that has no instructions counts syntax nodes instead: another unit.
    let has_instructions = subject.code.has_instructions();
    Ok(PortableCell {
        variant: variant.name.clone(),
        workload: workload.name.clone(),
        counts: Counts {
            dispatched: has_instructions.then_some(counts.dispatched),
            calls: Some(counts.calls),
            allocations: Some(counts.allocations),
            code_bytes: has_instructions.then_some(subject.code.code_bytes() as u64),
        },
        opcodes,
    })
}

fn opcodes(subject: &Subject, counts: &runtime::Counts) -> BTreeMap<String, u64> {
    let named = (0..=u8::MAX).zip(counts.by_opcode.iter());
    named
        .filter(|(_, count)| **count > 0)
        .map(|(opcode, &count)| {
            let name = subject.engine.opcode_name(opcode);
            let name = name.map_or_else(|| format!("opcode {opcode}"), str::to_owned);
            (name, count)
        })
        .collect()
}
