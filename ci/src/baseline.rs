//! The committed files: the baselines and the tolerances.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use reports::store::ReadError;
use serde::Deserialize;

use crate::project::Project;

/// The baseline of the portable layer.
pub(crate) const PORTABLE: &str = "portable";

/// `ci/gate.toml`: by how many per cent host counts may differ from their baseline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tolerances {
    default: f64,
    /// For variants, by name, instead of the default.
    #[serde(default)]
    variant: BTreeMap<String, f64>,
}

impl Tolerances {
    /// Reads the project's.
    ///
    /// # Errors
    /// If the file can't be read, or names what there is not.
    pub(crate) fn read(project: &Project) -> anyhow::Result<Self> {
        let path = project.root().join("ci/gate.toml");
        let text = std::fs::read_to_string(&path);
        let tolerances = text
            .map_err(anyhow::Error::new)
            .and_then(|text| Self::parse(&text));
        tolerances.with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let tolerances: Self = toml::from_str(text)?;
        for percent in tolerances.variant.values().chain([&tolerances.default]) {
            ensure!(
                (0.0..100.0).contains(percent),
                "a tolerance of {percent} % is none"
            );
        }
        tolerances
            .variant
            .keys()
            .try_for_each(|name| counted(name))?;
        Ok(tolerances)
    }

    /// By how many per cent a variant may differ.
    pub(crate) fn of(&self, variant: &str) -> f64 {
        self.variant.get(variant).copied().unwrap_or(self.default)
    }
}

/// Makes sure that the host layer counts a variant of this name: the tolerance of any other would be one
/// of nothing.
fn counted(name: &str) -> anyhow::Result<()> {
    let variant = match catalog::find(name) {
        Ok(variant) => variant,
        // A program without some feature has fewer engines than the file is for.
        Err(unknown) if unknown.why.is_some() => return Ok(()),
        Err(unknown) => return Err(unknown.into()),
    };
    ensure!(
        variant.name == name,
        "the engine {name} is called {}",
        variant.name
    );
    let stages = catalog::stages();
    ensure!(
        stages.iter().any(|stage| stage.name == name),
        "the engine {name} has no benches: the host layer counts the stages only"
    );
    Ok(())
}

/// A baseline, or none if there is no such file.
///
/// # Errors
/// If there is a file and it can't be used.
pub(crate) fn read<T>(
    path: &Path,
    read: impl FnOnce(&Path) -> Result<T, ReadError>,
) -> anyhow::Result<Option<T>> {
    match read(path) {
        Err(ReadError::Missing(_)) => Ok(None),
        read => Ok(Some(read?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_may_have_its_own_tolerance() {
        let text = "default = 0.1\n[variant]\ntree = 0.5\n'stack+co' = 0.0\n";
        let tolerances = Tolerances::parse(text).unwrap();
        for (variant, percent) in [("stack", 0.1), ("tree", 0.5), ("stack+co", 0.0)] {
            assert_eq!(tolerances.of(variant), percent, "{variant}");
        }
    }

    #[test]
    fn the_committed_tolerances_are_good() {
        let tolerances = Tolerances::parse(include_str!("../gate.toml")).unwrap();
        assert_eq!(tolerances.default, 0.1);
    }

    #[test]
    fn wrong_tolerances_are_refused() {
        for text in [
            "",
            "default = -1",
            "default = nan",
            "default = 0.1\ntolernce = 1",
        ] {
            assert!(Tolerances::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_that_the_host_layer_does_not_count_are_refused() {
        for (name, reason) in [
            ("stak", "no engine `stak`"),
            ("stack+all", "is called stack+"),
            ("stack/tagged", "the engine stack/tagged has no benches"),
        ] {
            let text = format!("default = 0.1\n[variant]\ntree = 1.0\n'{name}' = 1.0\n");
            let error = Tolerances::parse(&text).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
