//! What the compiler was told for the engines: recorded, and free of what differs from machine to
//! machine.

#[test]
fn the_compilers_settings_are_recorded() {
    let settings = catalog::settings();
    assert!(settings.contains("opt-level="), "{settings}");
    assert!(!settings.contains('/'), "it names a folder: {settings}");
}
