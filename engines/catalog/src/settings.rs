//! What the compiler was told for the engines: a binary's own record of how it was built, by which
//! counts of machine instructions are known to be of the same build, or not.

use crate::ARCHITECTURES;

/// What the compiler was told for the engines: `opt-level=3 codegen-units=1`; by crate where it
/// differs between them.
pub fn settings() -> String {
    let mut crates = vec![
        ("analysis", analysis::SETTINGS),
        ("bytecode", ::bytecode::SETTINGS),
        ("catalog", ::settings::of_this_crate!()),
        ("engine", engine::SETTINGS),
        ("runtime", runtime::SETTINGS),
        ("syntax", syntax::SETTINGS),
    ];
    crates.extend(ARCHITECTURES.iter().map(|it| (it.name, it.settings)));
    crates.sort_unstable();
    let (_, first) = crates[0];
    if crates.iter().all(|(_, other)| *other == first) {
        return first.to_owned();
    }
    let each = crates
        .iter()
        .map(|(name, settings)| format!("{name}: {settings}"));
    each.collect::<Vec<_>>().join("; ")
}
