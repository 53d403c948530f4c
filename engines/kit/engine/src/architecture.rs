//! An architecture: engines that work alike, as points of a space whose axes are optimizations, of which
//! a point has any, and others, of which it has one value each.
//!
//! An architecture declares itself once, in its own crate; lists, names and explanations come of that.

use std::fmt;

use crate::erased::AnyEngine;

/// A way to execute programs, and all engines that do it.
#[derive(Debug)]
pub struct Architecture {
    /// Its name, with which the names of its engines begin.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// What an engine of it is called in a sentence: `stack VM`.
    pub title: &'static str,
    /// The optimizations, in the order of their bits, the documented ones first; none: its engines aren't told apart by them.
    pub optimizations: &'static [Optimization],
    /// The other axes, in the order in which names have them.
    pub axes: &'static [Axis],
    /// Its points, in the order of lists. Those with the default on every axis are the documented ones.
    pub points: fn() -> Vec<Point>,
    /// The number of its instruction set, by which bytecode files are known to be its; none if it has no bytecode.
    pub instruction_set: Option<fn() -> u32>,
    /// Whether a function of its engines may dispatch instructions, by its symbol as people read it.
    /// An indirect jump elsewhere is a matter of a builtin function, of the allocator or of the library.
    pub may_dispatch: fn(&str) -> bool,
    /// What the compiler was told for its crate.
    pub settings: &'static str,
}

/// An optimization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Optimization {
    /// Its short name, as variants' names have it.
    pub short: &'static str,
    /// What it is called in text.
    pub title: &'static str,
    /// Its Cargo feature, in every crate that passes it on.
    pub feature: &'static str,
    /// Whether it is one of those that `+all` stands for.
    pub is_documented: bool,
    /// Whether its feature is on.
    pub is_built: bool,
}

/// An axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// What it is called.
    pub title: &'static str,
    /// Its values, the default first.
    pub values: &'static [AxisValue],
}

/// A value on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AxisValue {
    /// Its name, as variants' names have it.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
}

/// A point: an engine, or the reason why there is none.
#[derive(Clone, Debug)]
pub struct Point {
    /// Where it is.
    pub coordinates: Coordinates,
    /// Whether it is offered.
    pub standing: Standing,
}

/// Where a point is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coordinates {
    /// Which of the architecture's optimizations are on, by their places.
    pub optimizations: Vec<usize>,
    /// The place of its value on each of the architecture's axes.
    pub values: Vec<usize>,
}

/// Whether an engine is offered.
#[derive(Clone, Copy)]
pub enum Standing {
    /// It is, and is made so.
    Offered(fn() -> Box<dyn AnyEngine>),
    /// It would do harm where its crate was compiled, or can't be compiled there: why.
    Refused(&'static str),
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offered(_) => "Offered",
            Self::Refused(why) => why,
        })
    }
}

impl Architecture {
    /// The name of a point, in canonical form; defaults are left out.
    pub fn name_of(&self, point: &Coordinates) -> String {
        let mut name = self.name.to_owned();
        for &place in &point.optimizations {
            name.push('+');
            name += self.optimizations[place].short;
        }
        for (axis, &place) in self.axes.iter().zip(&point.values) {
            if place > 0 {
                name.push('/');
                name += axis.values[place].name;
            }
        }
        name
    }

    /// What an engine is, in one line.
    pub fn summary_of(&self, point: &Coordinates) -> String {
        let on = point.optimizations.iter();
        let titles: Vec<_> = on.map(|&place| self.optimizations[place].title).collect();
        let mut summary = match titles.as_slice() {
            [] if self.optimizations.is_empty() => self.title.to_owned(),
            [] => format!("{}, unoptimized", self.title),
            _ => format!("{} with {}", self.title, titles.join(", ")),
        };
        for (axis, &place) in self.axes.iter().zip(&point.values) {
            if place > 0 {
                summary += &format!("; {}: {}", axis.title, axis.values[place].summary);
            }
        }
        summary
    }

    /// The places of the optimizations that `+all` stands for: the documented ones that are built.
    pub fn all(&self) -> Vec<usize> {
        let all = self.optimizations.iter().enumerate();
        let all = all.filter(|(_, it)| it.is_documented && it.is_built);
        all.map(|(place, _)| place).collect()
    }

    /// The name of the documented engine with all of those.
    pub fn fully_optimized(&self) -> String {
        self.documented(&self.all())
    }

    /// The name of the documented engine with these optimizations.
    pub fn documented(&self, optimizations: &[usize]) -> String {
        self.name_of(&Coordinates {
            optimizations: optimizations.to_vec(),
            values: vec![0; self.axes.len()],
        })
    }
}
