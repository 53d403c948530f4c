//! What results say of variants and cells besides their times.

use std::rc::Rc;

use reports::schema::{Cell, Measure, Results, VariantId, WorkloadId};

use super::Bench;
use crate::contenders::Engine;

impl Bench<'_> {
    /// Ends the workers, and fills in what is known of variants and cells besides the times.
    pub(crate) fn finish(mut self, results: &mut Results) {
        (0..self.workers.len()).for_each(|place| self.renew(place));
        for (index, variant) in results.variants.iter_mut().enumerate() {
            let timed = |measure: &Measure| {
                let mut known = self.calibrations.keys();
                known.any(|(of, _, what)| (of.index(), what) == (index, measure))
            };
            let found = || Measure::ALL.into_iter().filter(timed).collect();
            variant.identity = self.workers[index].identity(found);
        }
        let cell = |(variant, workload)| Cell {
            variant,
            workload,
            counts: self.counts.get(&(variant, workload)).copied(),
            host_instructions: None,
            jumps: Vec::new(),
            code: self.code(variant, workload),
            peak_memory_bytes: self.peak_memory.get(&(variant, workload)).copied(),
            failure: self.failures.get(&(variant, workload)).cloned(),
        };
        results.cells = self.cells().into_iter().map(cell).collect();
    }

    /// What tells whether two variants do the very same with a program.
    fn code(&self, variant: VariantId, workload: WorkloadId) -> Option<String> {
        let Engine::Builtin(name) = self.contenders[variant.index()].engine else {
            return None;
        };
        let program = catalog::syntax::parse(&self.tasks[workload.index()].source).ok()?;
        let engine = catalog::find(name).ok()?.engine();
        let identity = engine.compile(&Rc::new(program)).identity()?;
        Some(format!("{identity:016x}"))
    }
}
