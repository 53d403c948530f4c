//! Cooperative games: who deserves which part of what all achieve together. The players are
//! optimizations here, and a set of them achieves the logarithm of a speedup; nothing in this file
//! knows that.
//!
//! Every figure is a sum over all sets of players, without sampling: 32 sets are few.

use std::fmt;

/// A set of players, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Set(u32);

impl Set {
    /// Nobody.
    pub const EMPTY: Self = Self(0);

    /// All of so many players.
    pub fn all(players: usize) -> Self {
        Self((1 << players) - 1)
    }

    /// One player.
    pub fn one(player: usize) -> Self {
        Self(1 << player)
    }

    /// The first so many players.
    pub fn first(players: usize) -> Self {
        Self::all(players)
    }

    /// Every set of so many players, smaller ones first.
    pub fn every(players: usize) -> Vec<Self> {
        let mut sets: Vec<Self> = (0..1 << players).map(Self).collect();
        sets.sort_by_key(|set| (set.len(), set.0));
        sets
    }

    /// The number of its players.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it is nobody.
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Its place among the values of a game.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether a player is in it.
    pub fn has(self, player: usize) -> bool {
        self.0 >> player & 1 == 1
    }

    /// The set and this player.
    #[must_use]
    pub fn with(self, player: usize) -> Self {
        Self(self.0 | 1 << player)
    }

    /// The set without this player.
    #[must_use]
    pub fn without(self, player: usize) -> Self {
        Self(self.0 & !(1 << player))
    }

    /// Its players, in order.
    pub fn players(self) -> impl Iterator<Item = usize> {
        (0..u32::BITS as usize).filter(move |&player| self.has(player))
    }
}

impl fmt::Display for Set {
    /// Its players' numbers: `{0, 2}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.players()).finish()
    }
}

/// A game: what every set of its players achieves.
#[derive(Clone, Debug, PartialEq)]
pub struct Game {
    players: usize,
    /// By [`Set::index`]; of nobody it is zero.
    values: Vec<f64>,
}

impl Game {
    /// The most players that a game may have: 65,536 sets.
    pub const MOST_PLAYERS: usize = 16;

    /// The game in which every set achieves this much more than nobody does; none with more than
    /// [`Self::MOST_PLAYERS`].
    pub fn new(players: usize, value: impl Fn(Set) -> f64) -> Option<Self> {
        if players > Self::MOST_PLAYERS {
            return None;
        }
        let nobody = value(Set::EMPTY);
        let values = (0..1 << players).map(|bits| value(Set(bits)) - nobody);
        Some(Self {
            players,
            values: values.collect(),
        })
    }

    /// The game of speedups, v(S) = ln(cost(∅) / cost(S)): logarithms, so that what multiplies in
    /// a program adds up in the game. The costs are in the order of [`Set::index`]; none unless
    /// there is a positive one for each set.
    pub fn of_costs(costs: &[f64]) -> Option<Self> {
        let sound = costs.iter().all(|cost| cost.is_finite() && *cost > 0.0);
        if !costs.len().is_power_of_two() || !sound {
            return None;
        }
        let players = costs.len().ilog2() as usize;
        Self::new(players, |set| -costs[set.index()].ln())
    }

    /// The mean of games of the same players; none if there are no games or their players differ.
    pub fn mean(games: &[&Self]) -> Option<Self> {
        let players = games.first()?.players;
        if games.iter().any(|game| game.players != players) {
            return None;
        }
        let sum = |set| games.iter().map(|game| game.value(set)).sum::<f64>();
        Self::new(players, |set| sum(set) / games.len() as f64)
    }

    /// How many players there are.
    pub fn players(&self) -> usize {
        self.players
    }

    /// What a set achieves.
    pub fn value(&self, set: Set) -> f64 {
        self.values[set.index()]
    }

    /// What all achieve together.
    pub fn total(&self) -> f64 {
        self.value(Set::all(self.players))
    }

    /// What a player adds to a set.
    pub fn gain(&self, player: usize, to: Set) -> f64 {
        self.value(to.with(player)) - self.value(to.without(player))
    }

    /// The sets that a player can be added to, smaller ones first.
    pub fn sets_without(&self, player: usize) -> impl Iterator<Item = Set> {
        let sets = Set::every(self.players).into_iter();
        sets.filter(move |set| !set.has(player))
    }

    /// The Shapley value: what a player adds to those before it, averaged over all orders.
    ///
    /// φᵢ = Σ |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S)), over all S without i (Shapley, "A value
    /// for n-person games", *Contributions to the Theory of Games II*, 1953). The values of all
    /// players add up to [`Self::total`].
    pub fn shapley(&self, player: usize) -> f64 {
        let weight = |set: Set| 1.0 / (self.players as f64 * choices(self.players - 1, set.len()));
        self.sets_without(player)
            .map(|set| weight(set) * self.gain(player, set))
            .sum()
    }

    /// What a player adds as the only one.
    pub fn alone(&self, player: usize) -> f64 {
        self.gain(player, Set::EMPTY)
    }

    /// What all lose without a player, which is what it adds as the last one.
    pub fn left_out(&self, player: usize) -> f64 {
        self.gain(player, Set::all(self.players).without(player))
    }

    /// What a player adds in the order of the numbers.
    pub fn in_order(&self, player: usize) -> f64 {
        self.gain(player, Set::first(player))
    }

    /// The Shapley interaction index: how much more two players add together than each for itself,
    /// averaged over all orders in which the two are as one.
    ///
    /// Iᵢⱼ = Σ |S|! (n − |S| − 2)! / (n − 1)! · (v(S ∪ ij) − v(S ∪ i) − v(S ∪ j) + v(S)), over all S
    /// without i and j (Grabisch and Roubens, "An axiomatic approach to the concept of interaction
    /// among players in cooperative games", *International Journal of Game Theory* 28, 1999).
    pub fn interaction(&self, one: usize, other: usize) -> f64 {
        if one == other {
            return 0.0;
        }
        let pairs = (self.players - 1) as f64;
        let weight = |set: Set| 1.0 / (pairs * choices(self.players - 2, set.len()));
        self.sets_without(one)
            .filter(|set| !set.has(other))
            .map(|set| weight(set) * (self.gain(one, set.with(other)) - self.gain(one, set)))
            .sum()
    }
}

/// In how many ways `few` of `many` can be chosen.
fn choices(many: usize, few: usize) -> f64 {
    (0..few).fold(1.0, |ways, index| {
        ways * (many - index) as f64 / (index + 1) as f64
    })
}
