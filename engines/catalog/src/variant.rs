//! Variants, their names, and finding one by its name.

use std::sync::LazyLock;

use runtime::Engine;
use stack::{Checks, Dispatch, Optimizations, Point, Values, Visitor};
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

/// All variants that are built: the oracle first, then the documented ones by their number of
/// optimizations, then those that differ on another axis.
static VARIANTS: LazyLock<Vec<Variant>> = LazyLock::new(|| {
    let tree = Variant {
        name: "tree".into(),
        summary: "tree-walking evaluator, variables looked up by name as it runs".into(),
        make: erase::<Tree>,
    };
    let stacks = points(true).filter_map(|point| {
        Some(Variant {
            name: format!("stack{point}"),
            summary: summary(point),
            make: stack::visit_point(point, Maker)?,
        })
    });
    std::iter::once(tree).chain(stacks).collect()
});

/// Whether calls in tail position are jumps in the engines that are compiled with this crate.
const TAIL_CALLS: bool = cfg!(tail_calls);

/// The points whose engines are offered, or those whose engines are not.
fn points(offered: bool) -> impl Iterator<Item = Point> {
    let points = Point::built().into_iter();
    points.filter(move |it| (TAIL_CALLS || !it.dispatch.needs_tail_calls()) == offered)
}

/// A variant that is not offered.
#[derive(Clone, Debug)]
pub struct NotOffered {
    /// Its name, in canonical form.
    pub name: String,
    /// Why it isn't.
    pub why: &'static str,
}

/// The engine whose language only some compilers know.
const BECOME: Point = Point {
    optimizations: Optimizations::AVAILABLE,
    values: Values::Tagged,
    dispatch: Dispatch::Become,
    checks: Checks::Verified,
};

/// The variants that would do harm where this crate was compiled, or can't be compiled there.
pub fn not_offered() -> Vec<NotOffered> {
    let variant = |point| NotOffered {
        name: format!("stack{point}"),
        why: "tail calls are not known to be jumps without optimization or on this architecture",
    };
    let harmful = points(false).map(variant);
    let unknown = NotOffered {
        name: format!("stack{BECOME}"),
        why: "`become` needs a nightly compiler and the Cargo feature `nightly`",
    };
    let unknown = (!Point::built().contains(&BECOME)).then_some(unknown);
    harmful.chain(unknown).collect()
}

/// What a stack engine is, in one line.
fn summary(point: Point) -> String {
    let titles: Vec<_> = point
        .optimizations
        .iter()
        .map(Optimizations::title)
        .collect();
    let mut summary = match titles.as_slice() {
        [] => "stack VM, unoptimized".to_owned(),
        _ => format!("stack VM with {}", titles.join(", ")),
    };
    let Point {
        values,
        dispatch,
        checks,
        ..
    } = point;
    for (differs, axis, what) in [
        (values != Values::ALL[0], Values::TITLE, values.summary()),
        (
            dispatch != Dispatch::ALL[0],
            Dispatch::TITLE,
            dispatch.summary(),
        ),
        (checks != Checks::ALL[0], Checks::TITLE, checks.summary()),
    ] {
        if differs {
            summary += &format!("; {axis}: {what}");
        }
    }
    summary
}

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

/// The documented variant with all optimizations that are built, which is the default where a user picks
/// none: `stack+all`. Variants with other values, dispatch or checks may be faster.
pub fn fully_optimized() -> &'static Variant {
    let name = format!("stack{}", Optimizations::AVAILABLE);
    let found = VARIANTS.iter().find(|variant| variant.name == name);
    found.unwrap_or(&VARIANTS[0])
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
    let canonical = canonical(name);
    let is_it = |found: &str| canonical.as_deref() == Some(found);
    let variant = VARIANTS.iter().find(|variant| is_it(&variant.name));
    variant.ok_or_else(|| UnknownVariant {
        name: name.into(),
        why: not_offered()
            .iter()
            .find(|it| is_it(&it.name))
            .map(|it| it.why)
            .or_else(|| {
                let is_point = canonical.as_deref()?.split(['+', '/']).next() == Some("stack");
                is_point.then_some("this combination is not built")
            }),
        near: nearest(name),
    })
}

/// The canonical form of a name, if it is well formed: `ARCHITECTURE[+OPTIMIZATION…][/VALUE…]`, where the
/// values on the axes may stand in any order, defaults included, and no two of one axis.
fn canonical(name: &str) -> Option<String> {
    let mut axes = name.split('/');
    let mut parts = axes.next()?.split('+');
    let architecture = parts.next()?;
    let mut optimizations = Optimizations::NONE;
    for part in parts {
        let named = match part {
            "all" => Optimizations::AVAILABLE,
            _ => *Optimizations::EACH.iter().find(|one| one.short() == part)?,
        };
        optimizations = optimizations.union(named);
    }
    let (mut values, mut dispatch, mut checks) = (None, None, None);
    for part in axes {
        // Only the stack engine has these axes.
        if architecture != "stack" {
            return None;
        }
        if let Some(&found) = Values::ALL.iter().find(|one| one.name() == part) {
            set(&mut values, found)?;
        } else if let Some(&found) = Dispatch::ALL.iter().find(|one| one.name() == part) {
            set(&mut dispatch, found)?;
        } else {
            set(
                &mut checks,
                *Checks::ALL.iter().find(|one| one.name() == part)?,
            )?;
        }
    }
    let point = Point {
        optimizations,
        values: values.unwrap_or(Values::ALL[0]),
        dispatch: dispatch.unwrap_or(Dispatch::ALL[0]),
        checks: checks.unwrap_or(Checks::ALL[0]),
    };
    Some(format!("{architecture}{point}"))
}

/// Sets the value on an axis, unless that has another one.
fn set<T: PartialEq>(axis: &mut Option<T>, value: T) -> Option<()> {
    let agree = axis.as_ref().is_none_or(|before| *before == value);
    *axis = Some(value);
    agree.then_some(())
}

/// The names that are most like a wrong one: of the points that share most of the values it names, if it
/// is well formed, else those that are fewest letters away.
fn nearest(name: &str) -> Vec<String> {
    const HOW_MANY: usize = 3;
    let mut names: Vec<_> = match canonical(name) {
        Some(point) if point.split(['+', '/']).next() == Some("stack") => {
            let said: Vec<_> = name.split('/').skip(1).collect();
            let optimized = point.split('/').next().unwrap_or_default();
            let unlike = |it: Point| {
                let values = [it.values.name(), it.dispatch.name(), it.checks.name()];
                let others = said.iter().filter(|one| !values.contains(one)).count();
                let set = format!("stack{}", it.optimizations);
                let built = format!("stack{it}");
                let letters = strsim::levenshtein(&point, &built);
                let unlike = (others, strsim::levenshtein(optimized, &set), letters);
                (unlike, built)
            };
            points(true).map(unlike).collect()
        }
        _ => VARIANTS
            .iter()
            .map(|it| ((0, 0, strsim::levenshtein(name, &it.name)), it.name.clone()))
            .collect(),
    };
    names.sort();
    let fewest = names.first().map(|((others, ..), _)| *others);
    let alike = names.into_iter();
    let alike = alike.take_while(|((others, ..), _)| Some(*others) == fewest);
    alike.map(|(_, name)| name).take(HOW_MANY).collect()
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
