//! Which cell of the one run is which of the other, what has no counterpart, and what the cells
//! that have one say.

use super::{
    Basis, Cell, ChangedCount, Code, CompareError, Compared, Finding, LeftOut, Series, Speedup,
    SuiteCell, Which, log_speeds, mean_by_round,
};
use crate::analysis::Analysis;
use crate::schema::{Counts, Measure, Results, VariantId, WorkloadId};
use crate::stats::{Estimate, Verdict, median};

/// The two runs, and what of them is compared.
pub(super) struct Pair<'a> {
    pub(super) old: Analysis<'a>,
    pub(super) new: Analysis<'a>,
    pub(super) basis: Basis,
    pub(super) measure: Measure,
}

/// A variant's place in the old run and in the new one.
pub(super) type Variants = (VariantId, VariantId);

/// A workload's place in the old run and in the new one.
pub(super) type Workloads = (WorkloadId, WorkloadId);

/// What both runs have.
pub(super) struct Matched {
    variants: Vec<Variants>,
    /// Those of the same program.
    workloads: Vec<Workloads>,
    /// By workload, then by variant: those with figures in both runs.
    cells: Vec<(Variants, Workloads)>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Pair<'_> {
    /// The logarithms of a cell's speeds, old and new.
    fn log_speeds(&self, variants: Variants, workloads: Workloads) -> (Series, Series) {
        let of = |analysis, variant, workload| {
            log_speeds(analysis, self.basis, self.measure, variant, workload)
        };
        (
            of(&self.old, variants.0, workloads.0),
            of(&self.new, variants.1, workloads.1),
        )
    }

    /// A typical speed as the tables give it: as a time, or as a ratio.
    fn figure(&self, log_speeds: &Series) -> Option<f64> {
        let typical = median(log_speeds.values().copied())?;
        Some(match self.basis {
            Basis::Times => (-typical).exp(),
            Basis::Ratios => typical.exp(),
        })
    }

    /// The exact counts of a cell that both runs have, by name, old and new.
    pub(super) fn counts(
        &self,
        variants: Variants,
        workloads: Workloads,
    ) -> impl Iterator<Item = (&'static str, u64, u64)> {
        let old = counts(self.old.results, variants.0, workloads.0);
        let new = counts(self.new.results, variants.1, workloads.1);
        let both = old.into_iter().zip(new);
        both.filter_map(|((count, old), (_, new))| Some((count, old?, new?)))
    }

    fn is_reference(&self, variant: VariantId) -> bool {
        self.basis == Basis::Ratios && variant == self.old.results.reference()
    }
}

impl Matched {
    /// Matches variants and workloads by name.
    ///
    /// # Errors
    /// If no cell has figures in both runs.
    pub(super) fn of(pair: &Pair<'_>) -> Result<Self, CompareError> {
        let mut matched = Self {
            variants: Vec::new(),
            workloads: Vec::new(),
            cells: Vec::new(),
            left_out: Vec::new(),
        };
        matched.match_variants(pair.old.results, pair.new.results);
        matched.match_workloads(pair.old.results, pair.new.results);
        matched.match_cells(pair);
        if matched.cells.is_empty() {
            return Err(CompareError::NoCommonCell(matched.left_out));
        }
        Ok(matched)
    }

    fn match_variants(&mut self, old: &Results, new: &Results) {
        let only_in = |which: Which, name: &str| LeftOut {
            variant: Some(name.to_owned()),
            workload: None,
            reason: format!("it is only in {which}"),
        };
        for id in old.variant_ids() {
            let name = &old.variant(id).name;
            match new.variant_named(name) {
                Some(other) => self.variants.push((id, other)),
                None => self.left_out.push(only_in(Which::Old, name)),
            }
        }
        for variant in &new.variants {
            if old.variant_named(&variant.name).is_none() {
                self.left_out.push(only_in(Which::New, &variant.name));
            }
        }
    }

    fn match_workloads(&mut self, old: &Results, new: &Results) {
        let mut leave_out = |name: &str, reason: String| {
            self.left_out.push(LeftOut {
                variant: None,
                workload: Some(name.to_owned()),
                reason,
            });
        };
        for id in old.workload_ids() {
            let workload = old.workload(id);
            match new.workload_named(&workload.name) {
                None => leave_out(&workload.name, format!("it is only in {}", Which::Old)),
                Some(other) => match other_program(old, id, new, other) {
                    None => self.workloads.push((id, other)),
                    Some(difference) => leave_out(&workload.name, difference),
                },
            }
        }
        for workload in &new.workloads {
            if old.workload_named(&workload.name).is_none() {
                leave_out(&workload.name, format!("it is only in {}", Which::New));
            }
        }
    }

    fn match_cells(&mut self, pair: &Pair<'_>) {
        let variants = self.variants.iter().copied();
        let compared: Vec<Variants> = variants
            .filter(|variants| !pair.is_reference(variants.0))
            .collect();
        // Some measures are taken of the reference alone: of the others a line each is enough.
        let is_untimed = |variants: &Variants| {
            let mut all = self.workloads.iter();
            all.all(|&workloads| matches!(lack(pair, *variants, workloads), Lack::Everywhere))
        };
        let untimed: Vec<Variants> = match self.workloads.is_empty() {
            true => Vec::new(),
            false => compared.iter().copied().filter(is_untimed).collect(),
        };
        let neither = format!("neither run timed its {}", pair.measure);
        let leave_out = |variants: Variants, workloads: Option<Workloads>, reason| LeftOut {
            variant: Some(pair.old.results.variant(variants.0).name.clone()),
            workload: workloads.map(|it| pair.old.results.workload(it.0).name.clone()),
            reason,
        };
        for &workloads in &self.workloads {
            for &variants in compared.iter().filter(|it| !untimed.contains(it)) {
                let reason = match lack(pair, variants, workloads) {
                    Lack::Nothing => {
                        self.cells.push((variants, workloads));
                        continue;
                    }
                    Lack::Everywhere => neither.clone(),
                    Lack::Somewhere(reason) => reason,
                };
                let lacking = leave_out(variants, Some(workloads), reason);
                self.left_out.push(lacking);
            }
        }
        let untimed = untimed.into_iter();
        self.left_out
            .extend(untimed.map(|variants| leave_out(variants, None, neither.clone())));
    }

    /// The cells' figures and speedups.
    pub(super) fn cells(&self, pair: &Pair<'_>) -> Vec<Cell> {
        let cell = |&(variants, workloads): &(Variants, Workloads)| {
            let (old, new) = pair.log_speeds(variants, workloads);
            Some(Cell {
                workload: pair.old.results.workload(workloads.0).name.clone(),
                title: pair.old.results.workload(workloads.0).title.clone(),
                variant: pair.old.results.variant(variants.0).name.clone(),
                compared: compare(pair, &old, &new, Code::of(pair, variants, workloads))?,
            })
        };
        self.cells.iter().filter_map(cell).collect()
    }

    /// The geometric means over the suite, or nothing if they would only repeat a workload's figures.
    ///
    /// A round's geometric mean is one value, whose logarithm is the mean of the workloads'
    /// logarithms; the means of all rounds are a sample like a cell's times.
    pub(super) fn suite(&self, pair: &Pair<'_>) -> Vec<SuiteCell> {
        if self.workloads.len() < 2 {
            return Vec::new();
        }
        let variants = self.variants.iter().copied();
        let cell = |variants: Variants| {
            let complete = self
                .workloads
                .iter()
                .all(|&workloads| self.cells.contains(&(variants, workloads)));
            let all = self.workloads.iter();
            let series = all.map(|&workloads| pair.log_speeds(variants, workloads));
            let (old, new): (Vec<_>, Vec<_>) = series.unzip();
            let (old, new) = (
                mean_by_round(old.into_iter()),
                mean_by_round(new.into_iter()),
            );
            // The whole is known as well as its least known part.
            let all = self.workloads.iter();
            let code = all
                .map(|&workloads| Code::of(pair, variants, workloads))
                .min();
            let code = code.unwrap_or(Code::Unknown);
            let compared = || compare(pair, &old, &new, code);
            SuiteCell {
                variant: pair.old.results.variant(variants.0).name.clone(),
                compared: complete.then(compared).flatten(),
            }
        };
        variants
            .filter(|variants| !pair.is_reference(variants.0))
            .filter(|variants| self.cells.iter().any(|cell| cell.0 == *variants))
            .map(cell)
            .collect()
    }

    pub(super) fn suite_workloads(&self, pair: &Pair<'_>) -> Vec<String> {
        let name = |workloads: &Workloads| pair.old.results.workload(workloads.0).name.clone();
        self.workloads.iter().map(name).collect()
    }

    /// How many exact counts both runs have, and those that differ. Counts are of no machine.
    pub(super) fn counts(&self, pair: &Pair<'_>) -> (usize, Vec<ChangedCount>) {
        let mut compared = 0;
        let mut changed = Vec::new();
        for &workloads in &self.workloads {
            for &variants in &self.variants {
                for (count, old, new) in pair.counts(variants, workloads) {
                    compared += 1;
                    if old == new {
                        continue;
                    }
                    let ratio = (old > 0).then(|| new as f64 / old as f64);
                    changed.push(ChangedCount {
                        workload: pair.old.results.workload(workloads.0).name.clone(),
                        variant: pair.old.results.variant(variants.0).name.clone(),
                        count,
                        old,
                        new,
                        change_percent: ratio.map(|ratio| (ratio - 1.0) * 100.0),
                    });
                }
            }
        }
        (compared, changed)
    }
}

/// Old against new, where both have rounds.
fn compare(pair: &Pair<'_>, old: &Series, new: &Series, code: Code) -> Option<Compared> {
    let shift = Estimate::of_shift(new.values().copied(), old.values().copied())?;
    let speedup = shift.map(f64::exp);
    Some(Compared {
        old: pair.figure(old)?,
        new: pair.figure(new)?,
        speedup: Speedup(speedup),
        code,
        within_runs: Verdict::of(&speedup),
        verdict: Finding::of(&speedup, code),
        log_speeds: [old, new].map(|it| it.values().copied().collect()),
    })
}

fn counts(
    results: &Results,
    variant: VariantId,
    workload: WorkloadId,
) -> [(&'static str, Option<u64>); 4] {
    let counts = results.cell(variant, workload).and_then(|cell| cell.counts);
    let of = |count: fn(Counts) -> Option<u64>| counts.and_then(count);
    [
        ("dispatched", of(|it| it.dispatched)),
        ("calls", of(|it| it.calls)),
        ("allocations", of(|it| it.allocations)),
        ("code bytes", of(|it| it.code_bytes)),
    ]
}

/// In what two workloads of one name differ; `None`: they are the same program.
fn other_program(
    old: &Results,
    old_id: WorkloadId,
    new: &Results,
    new_id: WorkloadId,
) -> Option<String> {
    let (before, after) = (old.workload(old_id), new.workload(new_id));
    let (old, new) = (Which::Old, Which::New);
    if before.size != after.size {
        let size = |size: Option<u64>| size.map_or("no size".to_owned(), |it| format!("size {it}"));
        let (before, after) = (size(before.size), size(after.size));
        return Some(format!("it has {before} in {old}, {after} in {new}"));
    }
    if before.value != after.value {
        let (before, after) = (&before.value, &after.value);
        return Some(format!(
            "its value is {before} in {old}, {after} in {new}, so it is another program"
        ));
    }
    // Older files don't tell, and then an equal value must do.
    let (before, after) = (before.program.as_ref()?, after.program.as_ref()?);
    (before != after).then(|| format!("its text in {old} is not that in {new}: another program"))
}

/// What a cell of both runs lacks to be compared.
enum Lack {
    Nothing,
    /// Neither run has figures of it, though it failed in none.
    Everywhere,
    /// One of them has none, or it failed.
    Somewhere(String),
}

fn lack(pair: &Pair<'_>, variants: Variants, workloads: Workloads) -> Lack {
    let sides = [
        (Which::Old, &pair.old, variants.0, workloads.0),
        (Which::New, &pair.new, variants.1, workloads.1),
    ];
    let failures: Vec<String> = sides
        .iter()
        .filter_map(|&(which, analysis, variant, workload)| {
            failure(pair.basis, which, analysis.results, variant, workload)
        })
        .collect();
    if !failures.is_empty() {
        return Lack::Somewhere(failures.join("; "));
    }
    let (old, new) = pair.log_speeds(variants, workloads);
    let untimed = |which| {
        let measure = pair.measure;
        Lack::Somewhere(match pair.basis {
            Basis::Times => format!("{which} did not time its {measure}"),
            Basis::Ratios => {
                format!("{which} has no round that timed its {measure} and the reference's")
            }
        })
    };
    match (old.is_empty(), new.is_empty()) {
        (false, false) => Lack::Nothing,
        (true, true) => Lack::Everywhere,
        (true, false) => untimed(Which::Old),
        (false, true) => untimed(Which::New),
    }
}

/// Why a run gave up a cell, or the reference that its ratios need.
fn failure(
    basis: Basis,
    which: Which,
    results: &Results,
    variant: VariantId,
    workload: WorkloadId,
) -> Option<String> {
    let of = |variant| results.cell(variant, workload)?.failure.as_ref();
    if let Some(failure) = of(variant) {
        return Some(format!(
            "failed in {which}: {}: {}",
            failure.phase, failure.reason
        ));
    }
    let reference = of(results.reference()).filter(|_| basis == Basis::Ratios)?;
    Some(format!(
        "the reference failed in {which}: {}: {}",
        reference.phase, reference.reason
    ))
}
