//! Variants, and finding one by its name.

use std::sync::LazyLock;

use engine::{AnyEngine, Architecture, Point, Standing, Unlike};

use crate::{ARCHITECTURES, documented};

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

/// All variants that are built: the oracle first, then by architecture the documented ones by their number
/// of optimizations and those that differ on another axis.
static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let variants = points().filter_map(|(architecture, point)| match point.standing {
        Standing::Offered(make) => Some(Variant {
            name: architecture.name_of(&point.coordinates),
            summary: architecture.summary_of(&point.coordinates),
            make,
        }),
        Standing::Refused(_) => None,
    });
    variants.collect()
});

/// The points of all architectures.
fn points() -> impl Iterator<Item = (&'static Architecture, Point)> {
    ARCHITECTURES.into_iter().flat_map(|architecture| {
        let points = (architecture.points)().into_iter();
        points.map(move |point| (architecture, point))
    })
}

/// A variant that is not offered.
#[derive(Clone, Debug)]
pub struct NotOffered {
    /// Its name, in canonical form.
    pub name: String,
    /// Why it isn't.
    pub why: &'static str,
}

/// The variants that would do harm where they were compiled, or can't be compiled there.
pub fn not_offered() -> Vec<NotOffered> {
    let refused = points().filter_map(|(architecture, point)| match point.standing {
        Standing::Offered(_) => None,
        Standing::Refused(why) => Some(NotOffered {
            name: architecture.name_of(&point.coordinates),
            why,
        }),
    });
    refused.collect()
}

/// Every variant that the enabled Cargo features allow.
pub fn variants() -> &'static [Variant] {
    &VARIANTS
}

/// The tree-walker, which says what is right.
pub fn oracle() -> &'static Variant {
    &VARIANTS[0]
}

/// The documented variant with all optimizations that are built, which is the default where a user picks
/// none: `stack+all`. Variants with other values, dispatch or checks may be faster.
pub fn fully_optimized() -> &'static Variant {
    let name = documented().fully_optimized();
    let found = VARIANTS.iter().find(|variant| variant.name == name);
    found.unwrap_or(&VARIANTS[0])
}

/// The stages of the progression: the tree-walker, the unoptimized stack VM, then one optimization
/// more each time, in the documented order, as far as they are built.
pub fn stages() -> Vec<&'static Variant> {
    let all = documented().all();
    let stages = (0..=all.len()).map(|on| documented().documented(&all[..on]));
    let names: Vec<_> = std::iter::once(VARIANTS[0].name.clone())
        .chain(stages)
        .collect();
    VARIANTS
        .iter()
        .filter(|variant| names.contains(&variant.name))
        .collect()
}

/// Finds a variant by its name. The optimizations may stand in any order, and `+all` stands for all
/// documented ones that are built.
///
/// # Errors
/// If there is no such variant; the error names those that are nearest.
pub fn find(name: &str) -> Result<&'static Variant, UnknownVariant> {
    let canonical = ARCHITECTURES.iter().find_map(|it| it.canonical(name));
    let is_it = |found: &str| canonical.as_deref() == Some(found);
    let variant = VARIANTS.iter().find(|variant| is_it(&variant.name));
    variant.ok_or_else(|| {
        let refused = not_offered();
        let refused = refused.iter().find(|it| is_it(&it.name));
        let well_formed = canonical.as_ref().map(|_| "this combination is not built");
        UnknownVariant {
            name: name.into(),
            why: refused.map(|it| it.why).or(well_formed),
            near: nearest(name),
        }
    })
}

/// The names that are most like a wrong one: of the points that share most of the values it names, if it
/// is well formed, else those that are fewest letters away.
fn nearest(name: &str) -> Vec<String> {
    const HOW_MANY: usize = 3;
    let by_letters = || {
        let names = VARIANTS.iter().map(|it| &it.name);
        names.map(|it| Unlike::by_letters(name, it)).collect()
    };
    let by_values = ARCHITECTURES.iter().find_map(|it| it.unlike(name));
    let mut names: Vec<_> = by_values.unwrap_or_else(by_letters);
    names.sort();
    let fewest = names.first().map(|it| it.others);
    let alike = names.into_iter();
    let alike = alike.take_while(|it| Some(it.others) == fewest);
    alike.map(|it| it.name).take(HOW_MANY).collect()
}

/// A name that no variant has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariant {
    /// The name.
    pub name: String,
    /// Why it isn't offered, if that is all.
    pub why: Option<&'static str>,
    /// Names that are like it.
    pub near: Vec<String>,
}

impl std::fmt::Display for UnknownVariant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no engine `{}`", self.name)?;
        if let Some(why) = self.why {
            write!(f, ": {why}")?;
        }
        write!(f, "; near it: {}", self.near.join(", "))
    }
}

impl std::error::Error for UnknownVariant {}
