//! Variants, their names, and finding one by its name.

use std::sync::LazyLock;

use runtime::Engine;
use stack::{Optimizations, Visitor};
use tree::Tree;

use crate::erased::{AnyEngine, erase};

/// An engine variant.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name, in canonical form.
    pub name: String,
    /// What it is, in one line.
    pub summary: String,
    make: fn() -> Box<dyn AnyEngine>,
}

impl Variant {
    /// Makes the engine.
    pub fn engine(&self) -> Box<dyn AnyEngine> {
        (self.make)()
    }
}

/// All variants that are built: the oracle first, then by their number of optimizations.
static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let tree = Variant {
        name: "tree".into(),
        summary: "tree-walking evaluator, variables looked up by name as it runs".into(),
        make: erase::<Tree>,
    };
    let mut sets: Vec<_> = (0..=Optimizations::ALL.bits())
        .map(Optimizations::from_bits)
        .collect();
    sets.sort_by_key(|set| (set.iter().count(), set.bits()));
    let stacks = sets.into_iter().filter_map(|optimizations| {
        let make = stack::visit(optimizations, Maker)?;
        let titles: Vec<_> = optimizations.iter().map(Optimizations::title).collect();
        let summary = if titles.is_empty() {
            "stack VM, unoptimized".into()
        } else {
            format!("stack VM with {}", titles.join(", "))
        };
        Some(Variant {
            name: format!("stack{optimizations}"),
            summary,
            make,
        })
    });
    std::iter::once(tree).chain(stacks).collect()
});

/// Gives the function that makes an engine of the type that it is shown.
struct Maker;

impl Visitor for Maker {
    type Output = fn() -> Box<dyn AnyEngine>;

    fn visit<E: Engine + 'static>(self) -> Self::Output {
        erase::<E>
    }
}

/// Every variant that the enabled Cargo features allow.
pub fn variants() -> &'static [Variant] {
    &VARIANTS
}

/// The tree-walker, which says what is right.
pub fn oracle() -> &'static Variant {
    &VARIANTS[0]
}

/// The variant with all optimizations that are built.
pub fn fastest() -> &'static Variant {
    VARIANTS.last().unwrap_or(&VARIANTS[0])
}

/// The stages of the progression: the tree-walker, the unoptimized stack VM, then one optimization
/// more each time, in the documented order, as far as they are built.
pub fn stages() -> Vec<&'static Variant> {
    let mut set = Optimizations::NONE;
    let mut names = vec![VARIANTS[0].name.clone(), format!("stack{set}")];
    for &optimization in Optimizations::EACH {
        if Optimizations::AVAILABLE.contains(optimization) {
            set = set.union(optimization);
            names.push(format!("stack{set}"));
        }
    }
    VARIANTS
        .iter()
        .filter(|variant| names.contains(&variant.name))
        .collect()
}

/// Finds a variant by its name. The optimizations may stand in any order, and `+all` stands for all
/// that are built.
///
/// # Errors
/// If there is no such variant; the error names those that are nearest.
pub fn find(name: &str) -> Result<&'static Variant, UnknownVariant> {
    canonical(name)
        .and_then(|canonical| VARIANTS.iter().find(|variant| variant.name == canonical))
        .ok_or_else(|| UnknownVariant {
            name: name.into(),
            near: nearest(name),
        })
}

/// The canonical form of a name, if it is well formed.
fn canonical(name: &str) -> Option<String> {
    let mut parts = name.split('+');
    let architecture = parts.next()?;
    let mut set = Optimizations::NONE;
    for part in parts {
        let named = match part {
            "all" => Optimizations::AVAILABLE,
            _ => *Optimizations::EACH.iter().find(|one| one.short() == part)?,
        };
        set = set.union(named);
    }
    Some(format!("{architecture}{set}"))
}

/// The names that are most like a wrong one.
fn nearest(name: &str) -> Vec<String> {
    const HOW_MANY: usize = 3;
    let mut names: Vec<_> = VARIANTS
        .iter()
        .map(|variant| (strsim::levenshtein(name, &variant.name), &variant.name))
        .collect();
    names.sort();
    names
        .into_iter()
        .take(HOW_MANY)
        .map(|(_, name)| name.clone())
        .collect()
}

/// A name that no variant has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariant {
    /// The name.
    pub name: String,
    /// Names that are like it.
    pub near: Vec<String>,
}

impl std::fmt::Display for UnknownVariant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "no engine `{}`; near it: {}",
            self.name,
            self.near.join(", ")
        )
    }
}

impl std::error::Error for UnknownVariant {}
