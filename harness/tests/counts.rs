//! What every variant counts on every workload is what `ci/baselines/portable.json` says, to the
//! last instruction, call, allocation and byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use catalog::Variant;
use catalog::runtime::Limits;
use reports::counts::{Portable, PortableCell};
use reports::schema::Counts;
use workloads::Workload;

fn count(variant: &Variant, workload: &Workload) -> PortableCell {
    let source = workload.source(None).expect("the default size is allowed");
    let program = Rc::new(catalog::syntax::parse(&source).expect("a workload is a program"));
    let engine = variant.engine();
    let code = engine.compile(&program);
    let (outcome, counts) = code.count(&Limits::default(), &mut Vec::new());
    assert_eq!(outcome.as_deref().ok(), workload.expected(None));
    let name = |opcode| match engine.opcode_name(opcode) {
        Some(name) => name.to_owned(),
        None => format!("opcode {opcode}"),
    };
    let opcodes: BTreeMap<_, _> = (0..=u8::MAX)
        .zip(counts.by_opcode.iter())
        .filter(|(_, count)| **count > 0)
        .map(|(opcode, &count)| (name(opcode), count))
        .collect();
    // An engine that has no instructions counts syntax nodes instead: another unit.
    let has_instructions = code.has_instructions();
    PortableCell {
        variant: variant.name.clone(),
        workload: workload.name.clone(),
        counts: Counts {
            dispatched: has_instructions.then_some(counts.dispatched),
            calls: Some(counts.calls),
            allocations: Some(counts.allocations),
            code_bytes: has_instructions.then_some(code.code_bytes() as u64),
        },
        opcodes,
    }
}

#[test]
fn counts_are_those_of_the_baseline() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci/baselines/portable.json");
    let baseline = Portable::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let counted: Vec<PortableCell> = catalog::variants()
        .iter()
        .flat_map(|variant| {
            let cell = move |workload| count(variant, workload);
            workloads::documented().iter().map(cell)
        })
        .collect();
    let differing = counted
        .iter()
        .filter(|cell| baseline.cell(&cell.variant, &cell.workload) != Some(cell))
        .map(|cell| format!("{} on {}", cell.variant, cell.workload));
    // Where all variants are built, the baseline has no more of them.
    let is_whole = catalog::features(false).is_empty();
    let gone = baseline.cells.iter().filter(|cell| {
        let is_counted =
            |it: &&PortableCell| (&it.variant, &it.workload) == (&cell.variant, &cell.workload);
        is_whole && !counted.iter().any(|it| is_counted(&it))
    });
    let gone = gone.map(|cell| format!("{} on {}, which is gone", cell.variant, cell.workload));
    let differing: Vec<String> = differing.chain(gone).collect();
    assert!(
        differing.is_empty(),
        "these counts are not those of {}:\n  {}\n`ci/check --layer counts` explains what changed; \
         if it is meant, commit it and record it: `ci/check --update`",
        path.display(),
        differing.join("\n  "),
    );
}
