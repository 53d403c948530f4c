//! The names of an architecture's engines as people write them:
//! `ARCHITECTURE[+OPTIMIZATION…][/VALUE…]`, where optimizations and values may stand in any order, defaults
//! included, and `+all` stands for the documented optimizations that are built.

use crate::architecture::{Architecture, Coordinates, Point, Standing};

/// How unlike a name an engine's is: the less, the nearer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unlike {
    /// How many of the values that the name says it hasn't.
    pub others: usize,
    /// How many letters its optimizations are away.
    optimizations: usize,
    /// How many letters all of it is away.
    letters: usize,
    /// Its name.
    pub name: String,
}

impl Unlike {
    /// By letters alone.
    pub fn by_letters(wanted: &str, name: &str) -> Self {
        Self {
            others: 0,
            optimizations: 0,
            letters: strsim::levenshtein(wanted, name),
            name: name.to_owned(),
        }
    }
}

impl Architecture {
    /// The canonical form of a name, if it is well formed and of this architecture; there needn't be such
    /// an engine.
    pub fn canonical(&self, name: &str) -> Option<String> {
        self.point(name).map(|point| self.name_of(&point))
    }

    /// The point that a name means.
    fn point(&self, name: &str) -> Option<Coordinates> {
        let mut axes = name.split('/');
        let mut parts = axes.next()?.split('+');
        if parts.next()? != self.name {
            return None;
        }
        let mut optimizations = Vec::new();
        for part in parts {
            match part {
                "all" if !self.optimizations.is_empty() => optimizations.extend(self.all()),
                _ => optimizations.push(self.optimizations.iter().position(|it| it.short == part)?),
            }
        }
        optimizations.sort_unstable();
        optimizations.dedup();
        let mut values = vec![None; self.axes.len()];
        for part in axes {
            let (axis, place) = self.axes.iter().enumerate().find_map(|(axis, it)| {
                let place = it.values.iter().position(|it| it.name == part)?;
                Some((axis, place))
            })?;
            // Said twice it has to be the same.
            let before = values[axis].replace(place);
            if before.is_some_and(|before| before != place) {
                return None;
            }
        }
        Some(Coordinates {
            optimizations,
            values: values.into_iter().map(Option::unwrap_or_default).collect(),
        })
    }

    /// How unlike a name that no engine has each of the architecture's engines is: nearest are those that share
    /// most of the values which it says, then those whose optimizations are spelled most alike. None if the
    /// name isn't well formed.
    pub fn unlike(&self, name: &str) -> Option<Vec<Unlike>> {
        let wanted = self.canonical(name)?;
        let said: Vec<_> = name.split('/').skip(1).collect();
        let optimized = wanted.split('/').next().unwrap_or_default();
        let unlike = |Point { coordinates, .. }: Point| {
            let values = self.axes.iter().zip(&coordinates.values);
            let values: Vec<_> = values.map(|(axis, &it)| axis.values[it].name).collect();
            let set = self.documented(&coordinates.optimizations);
            let name = self.name_of(&coordinates);
            Unlike {
                others: said.iter().filter(|one| !values.contains(one)).count(),
                optimizations: strsim::levenshtein(optimized, &set),
                letters: strsim::levenshtein(&wanted, &name),
                name,
            }
        };
        let offered = (self.points)().into_iter();
        let offered = offered.filter(|it| matches!(it.standing, Standing::Offered(_)));
        Some(offered.map(unlike).collect())
    }
}
