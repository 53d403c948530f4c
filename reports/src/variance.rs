//! Where the variance of a run comes from: from round to round within a process, from process to process
//! within a layout, from layout to layout.
//!
//! The run must be nested for it ([`Nesting`]): two rounds of one process differ by nothing but rounds, two
//! of one layout's processes by processes too, two of different layouts by all three. Each scale is the
//! median of such absolute differences, as a standard deviation of a normal distribution (divided by 0.6745), so
//! that tails don't carry it; components follow by subtraction (the nested analysis of variance, Searle,
//! Casella and McCulloch 1992, *Variance Components*, with that scale in place of sums of squares). All
//! differences are of single rounds: means of several have shorter tails, and another scale for that alone.
//! Intervals are percentiles of a bootstrap over layouts (Efron 1979).

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::analysis::Analysis;
use crate::schema::{Layouts, Nesting, WorkloadId};
use crate::stats::{CONFIDENCE, median};
use crate::table::{Column, Table, Value};

/// How often layouts are drawn again for the intervals.
const DRAWS: usize = 400;

/// The fewest layouts that say anything.
const MIN_LAYOUTS: usize = 6;

/// A component of the variance, as a standard deviation of log ratios.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Component {
    /// The estimate.
    pub deviation: f64,
    /// Its interval of [`CONFIDENCE`].
    pub interval: (f64, f64),
}

/// The components on a workload, over all variants against their bases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// Between layouts; `None` if there was one, since what groups of processes differ by then is no
    /// matter of layout.
    pub layout: Option<Component>,
    /// Between processes of one layout.
    pub process: Component,
    /// Between rounds of one process.
    pub round: Component,
}

/// The log ratios of a layout, by process and round, of each variant.
type Layout = Vec<[[f64; 2]; 2]>;

impl Components {
    /// The components on a workload; `None` unless the run is nested, with enough layouts.
    pub fn of(analysis: &Analysis<'_>, workload: WorkloadId) -> Option<Self> {
        let nesting = analysis.results.nesting?;
        let layouts = layouts(analysis, workload, nesting);
        if layouts.len() < MIN_LAYOUTS {
            return None;
        }
        let all: Vec<&Layout> = layouts.iter().collect();
        let estimate = deviations(&all);
        let mut random = Rng::with_seed(analysis.results.seed);
        let mut drawn: [Vec<f64>; 3] = Default::default();
        for _ in 0..DRAWS {
            // Pairs of neighbours stay together, which are what differences are taken of.
            let pairs = (0..all.len() / 2).flat_map(|_| {
                let pair = 2 * random.usize(..all.len() / 2);
                [all[pair], all[pair + 1]]
            });
            let sample: Vec<&Layout> = pairs.collect();
            for (values, value) in drawn.iter_mut().zip(deviations(&sample)) {
                values.push(value);
            }
        }
        let component = |index: usize| {
            let mut values = drawn[index].clone();
            values.sort_by(f64::total_cmp);
            let tail = ((1.0 - CONFIDENCE) / 2.0 * DRAWS as f64) as usize;
            Component {
                deviation: estimate[index],
                interval: (values[tail], values[DRAWS - 1 - tail]),
            }
        };
        let is_drawn = !matches!(analysis.results.layouts, None | Some(Layouts::One { .. }));
        Some(Self {
            layout: is_drawn.then(|| component(0)),
            process: component(1),
            round: component(2),
        })
    }

    /// What the largest part of the variance is of, and so what more of narrows the intervals.
    pub fn advice(&self) -> &'static str {
        let parts = [
            (self.layout.map_or(0.0, |it| it.deviation), "layouts"),
            (self.process.deviation, "processes"),
            (self.round.deviation, "rounds"),
        ];
        let largest = parts
            .into_iter()
            .max_by(|one, other| one.0.total_cmp(&other.0));
        largest.map_or("rounds", |(_, what)| what)
    }
}

/// The complete layouts, in order.
fn layouts(analysis: &Analysis<'_>, workload: WorkloadId, nesting: Nesting) -> Vec<Layout> {
    let mut layouts: BTreeMap<u32, Layout> = BTreeMap::new();
    let variants = analysis
        .results
        .variant_ids()
        .filter(|&it| analysis.base(it).is_some());
    let mut count = 0;
    for variant in variants {
        let Some(base) = analysis.base(variant) else {
            continue;
        };
        count += 1;
        let rounds = analysis.log_ratios_by_round(workload, base, variant);
        let at = |layout: u32, process: u32, round: u32| {
            let process = layout * nesting.processes.get() + process;
            rounds
                .get(&(process * nesting.rounds.get() + round))
                .copied()
        };
        let last = rounds
            .keys()
            .last()
            .map_or(0, |&round| nesting.layout_of(round) + 1);
        for layout in 0..last {
            let of_process = |process| Some([at(layout, process, 0)?, at(layout, process, 1)?]);
            if let Some(figures) = of_process(0).zip(of_process(1)) {
                layouts.entry(layout).or_default().push(figures.into());
            }
        }
    }
    // A layout that lacks a variant is not whole.
    layouts
        .into_values()
        .filter(|layout| layout.len() == count)
        .collect()
}

/// The deviations between layouts, processes and rounds.
fn deviations(layouts: &[&Layout]) -> [f64; 3] {
    let cells = || layouts.iter().flat_map(|layout| layout.iter());
    let of_rounds = cells().flatten().map(|[one, other]| one - other);
    let of_processes = cells().flat_map(|[one, other]| all_differences(one, other));
    let of_layouts = layouts.chunks_exact(2).flat_map(|pair| {
        let cells = pair[0].iter().zip(pair[1]);
        cells.flat_map(|(one, other)| all_differences(one.as_flattened(), other.as_flattened()))
    });
    let [round, process, layout] = [scale(of_rounds), scale(of_processes), scale(of_layouts)];
    let component = |with: f64, without: f64| ((with - without).max(0.0) / 2.0).sqrt();
    [
        component(layout, process),
        component(process, round),
        component(round, 0.0),
    ]
}

/// Each of some values less each of others.
fn all_differences<'v>(ones: &'v [f64], others: &'v [f64]) -> impl Iterator<Item = f64> + 'v {
    ones.iter()
        .flat_map(move |one| others.iter().map(move |other| one - other))
}

/// The variance of differences around 0, by their median.
fn scale(differences: impl Iterator<Item = f64>) -> f64 {
    /// The third quartile of the standard normal distribution.
    const QUARTILE: f64 = 0.674_489_750_196_081_7;
    (median(differences.map(f64::abs)).unwrap_or(0.0) / QUARTILE).powi(2)
}

/// The components on every workload; `None` unless the run is nested.
pub fn table(analysis: &Analysis<'_>) -> Option<Table> {
    let results = analysis.results;
    results.nesting?;
    let percent = |deviation: f64| format!("{:.2}", deviation.exp_m1() * 100.0);
    let figure = |component: Component| {
        let (low, high) = component.interval;
        Value::Text(format!(
            "{} % [{}, {}]",
            percent(component.deviation),
            percent(low),
            percent(high)
        ))
    };
    let row = |id: WorkloadId| {
        let mut row = vec![Value::Text(results.workload(id).title.clone())];
        match Components::of(analysis, id) {
            Some(components) => row.extend([
                Value::or_absent(components.layout, figure),
                figure(components.process),
                figure(components.round),
                Value::Text(components.advice().to_owned()),
            ]),
            None => row.extend([Value::Absent, Value::Absent, Value::Absent, Value::Absent]),
        }
        row
    };
    Some(Table {
        title: "Where the variance comes from".to_owned(),
        columns: vec![
            Column::words("workload"),
            Column::figures("between layouts"),
            Column::figures("between processes"),
            Column::figures("between rounds"),
            Column::words("sample more"),
        ],
        rows: results.workload_ids().map(row).collect(),
        notes: vec![
            "Standard deviations of a log ratio, over all variants against their bases, with 95 % intervals (a \
             bootstrap over layouts). By default each round has a layout and processes of its own, so it samples all \
             three."
                .to_owned(),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Layouts whose components are known.
    fn simulated(layouts: usize, [layout, process, round]: [f64; 3]) -> Vec<Layout> {
        let mut random = Rng::with_seed(9);
        let mut normal = || {
            let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
            radius * (std::f64::consts::TAU * random.f64()).cos()
        };
        (0..layouts)
            .map(|_| {
                let of_layout = layout * normal();
                let mut figures = [[0.0; 2]; 2];
                for of_process in &mut figures {
                    let process = of_layout + process * normal();
                    for figure in of_process {
                        *figure = process + round * normal();
                    }
                }
                vec![figures]
            })
            .collect()
    }

    #[test]
    fn components_are_those_that_went_in() {
        for wanted in [[0.03, 0.01, 0.02], [0.0, 0.02, 0.01], [0.05, 0.0, 0.0]] {
            let layouts = simulated(4_000, wanted);
            let found = deviations(&layouts.iter().collect::<Vec<_>>());
            for (found, wanted) in found.into_iter().zip(wanted) {
                assert!((found - wanted).abs() < 0.004, "{found} {wanted}");
            }
        }
    }

    /// One round in ten is disturbed five times as much as the others, as rounds are.
    #[test]
    fn tails_of_rounds_are_no_matter_of_processes_or_layouts() {
        let mut random = Rng::with_seed(3);
        let mut layouts = simulated(4_000, [0.0, 0.0, 0.01]);
        let figures = layouts.iter_mut().flatten().flatten().flatten();
        figures.for_each(|figure| *figure *= if random.f64() < 0.1 { 5.0 } else { 1.0 });
        let [layout, process, round] = deviations(&layouts.iter().collect::<Vec<_>>());
        assert!(layout < 0.003 && process < 0.003, "{layout} {process}");
        assert!((0.01..0.015).contains(&round), "{round}");
    }
}
