//! What the compiler was told for the engines: a binary's own record of how it was built, by which
//! counts of machine instructions are known to be of the same build, or not.

/// The settings of each crate whose machine code engines execute.
const CRATES: [(&str, &str); 5] = [
    ("catalog", ::settings::of_this_crate!()),
    ("runtime", runtime::SETTINGS),
    ("stack", stack::SETTINGS),
    ("syntax", syntax::SETTINGS),
    ("tree", tree::SETTINGS),
];

/// What the compiler was told for the engines: `opt-level=3 codegen-units=1`; by crate where it
/// differs between them.
pub fn settings() -> String {
    let (_, first) = CRATES[0];
    if CRATES.iter().all(|(_, other)| *other == first) {
        return first.to_owned();
    }
    let each = CRATES.map(|(name, settings)| format!("{name}: {settings}"));
    each.join("; ")
}
