//! What profiles say, as shares: of one program, and on average over several.

pub(crate) mod tables;

use std::collections::HashMap;

use catalog::Profile;
use serde::Serialize;

/// What `monkeybench profile` says.
#[derive(Debug, Serialize)]
pub(crate) struct Profiles {
    /// The engine's name.
    pub(crate) engine: String,
    pub(crate) programs: Vec<Profiled>,
    /// Of more than one program.
    pub(crate) average: Option<Average>,
}

/// The first of some rows.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Top<T> {
    pub(crate) rows: Vec<T>,
    /// How many there are altogether.
    #[serde(skip)]
    pub(crate) of: usize,
}

/// The profile of a program.
#[derive(Debug, Serialize)]
pub(crate) struct Profiled {
    pub(crate) program: String,
    /// How the program failed, if it did; what is counted is what came before.
    pub(crate) error: Option<Problem>,
    pub(crate) dispatched: u64,
    pub(crate) calls: u64,
    /// None without a call.
    pub(crate) dispatched_per_call: Option<f64>,
    pub(crate) allocations: u64,
    pub(crate) code_bytes: usize,
    pub(crate) opcodes: Top<Counted>,
    pub(crate) pairs: Top<Counted>,
    pub(crate) triples: Top<Counted>,
    /// None if the engine has no instructions.
    pub(crate) superinstructions: Option<Superinstructions>,
}

/// A run-time error.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    pub(crate) message: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Instructions that were dispatched one after the other.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Counted {
    pub(crate) sequence: Vec<&'static str>,
    pub(crate) count: u64,
    /// Of all dispatches.
    pub(crate) share: f64,
}

/// What superinstructions save, and would save.
#[derive(Debug, Serialize)]
pub(crate) struct Superinstructions {
    /// How many dispatches there would be without any superinstruction.
    pub(crate) dispatched_without: u64,
    pub(crate) present: Top<Present>,
    pub(crate) absent: Top<Absent>,
}

/// A superinstruction that there is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Present {
    pub(crate) name: &'static str,
    /// The instructions that it is made from.
    pub(crate) sequence: Vec<&'static str>,
    pub(crate) count: u64,
    pub(crate) saved: i64,
    /// What it saves of the dispatches that there would be without any superinstruction.
    pub(crate) share: f64,
}

/// A sequence that could become a superinstruction.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Absent {
    pub(crate) sequence: Vec<&'static str>,
    pub(crate) saved: u64,
    /// What it would save of all dispatches.
    pub(crate) share: f64,
}

/// Shares on average over programs, each counting the same however long it runs.
#[derive(Debug, Serialize)]
pub(crate) struct Average {
    pub(crate) opcodes: Top<Averaged>,
    pub(crate) pairs: Top<Averaged>,
    pub(crate) triples: Top<Averaged>,
    /// What superinstructions save; none if the engine has no instructions.
    pub(crate) present: Option<Top<Averaged>>,
    /// What sequences would save that could become superinstructions.
    pub(crate) absent: Option<Top<Averaged>>,
}

/// The share of one thing, be it an instruction or a sequence.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Averaged {
    pub(crate) sequence: Vec<&'static str>,
    pub(crate) share: f64,
    /// In each program, in their order.
    pub(crate) shares: Vec<f64>,
}

impl<T> Top<T> {
    fn all(rows: impl IntoIterator<Item = T>) -> Self {
        let rows: Vec<T> = rows.into_iter().collect();
        let of = rows.len();
        Self { rows, of }
    }
}

impl Profiles {
    /// Puts profiles together, cut to the first `top` rows of everything.
    pub(crate) fn new(engine: &str, mut programs: Vec<Profiled>, top: usize) -> Self {
        let mut average = (programs.len() > 1).then(|| Average::of(&programs));
        for program in &mut programs {
            program.cut(top);
        }
        if let Some(average) = &mut average {
            average.cut(top);
        }
        Self {
            engine: engine.to_owned(),
            programs,
            average,
        }
    }
}

impl Profiled {
    /// The shares of a profile.
    pub(crate) fn new(
        program: String,
        profile: Profile,
        code_bytes: usize,
        error: Option<Problem>,
    ) -> Self {
        let counts = &profile.counts;
        let counted = |frequencies: &[catalog::Frequency]| {
            Top::all(frequencies.iter().map(|it| Counted {
                sequence: it.sequence.clone(),
                count: it.count,
                share: share(it.count as f64, counts.dispatched),
            }))
        };
        Self {
            error,
            dispatched: counts.dispatched,
            calls: counts.calls,
            dispatched_per_call: (counts.calls > 0)
                .then(|| counts.dispatched as f64 / counts.calls as f64),
            allocations: counts.allocations,
            code_bytes,
            opcodes: counted(&profile.opcodes),
            pairs: counted(&profile.pairs),
            triples: counted(&profile.triples),
            superinstructions: (!profile.code.is_empty()).then(|| Superinstructions::new(&profile)),
            program,
        }
    }

    fn cut(&mut self, top: usize) {
        for sequences in [&mut self.opcodes, &mut self.pairs, &mut self.triples] {
            sequences.rows.truncate(top);
        }
        if let Some(superinstructions) = &mut self.superinstructions {
            superinstructions.present.rows.truncate(top);
            superinstructions.absent.rows.truncate(top);
        }
    }
}

impl Superinstructions {
    fn new(profile: &Profile) -> Self {
        let dispatched_without = profile.dispatched_without_superinstructions();
        let present = profile.superinstructions.iter().map(|it| Present {
            name: it.name,
            sequence: it.sequence.clone(),
            count: it.count,
            saved: it.saved,
            share: share(it.saved as f64, dispatched_without),
        });
        let absent = profile.candidates.iter().map(|it| Absent {
            sequence: it.sequence.clone(),
            saved: it.saved,
            share: share(it.saved as f64, profile.counts.dispatched),
        });
        Self {
            dispatched_without,
            present: Top::all(present),
            absent: Top::all(absent),
        }
    }
}

impl Average {
    /// The average of whole profiles: what is cut off could be frequent elsewhere.
    fn of(programs: &[Profiled]) -> Self {
        let counted = |of: fn(&Profiled) -> &Top<Counted>| {
            averages(programs.iter().map(|program| {
                let rows = of(program).rows.iter();
                rows.map(|it| (it.sequence.clone(), it.share)).collect()
            }))
        };
        let fused = |of: fn(&Superinstructions) -> Shares| {
            let fused = programs.iter().map(|it| it.superinstructions.as_ref());
            let shares: Option<Vec<_>> = fused.map(|it| it.map(of)).collect();
            shares.map(averages)
        };
        Self {
            opcodes: counted(|it| &it.opcodes),
            pairs: counted(|it| &it.pairs),
            triples: counted(|it| &it.triples),
            present: fused(|it| {
                let rows = it.present.rows.iter();
                rows.map(|it| (vec![it.name], it.share)).collect()
            }),
            absent: fused(|it| {
                let rows = it.absent.rows.iter();
                rows.map(|it| (it.sequence.clone(), it.share)).collect()
            }),
        }
    }

    fn cut(&mut self, top: usize) {
        let counted = [&mut self.opcodes, &mut self.pairs, &mut self.triples];
        let fused = self.present.iter_mut().chain(&mut self.absent);
        for shares in counted.into_iter().chain(fused) {
            shares.rows.truncate(top);
        }
    }
}

/// The share that each sequence has in a program.
type Shares = Vec<(Vec<&'static str>, f64)>;

/// The average shares, the largest first. What a program lacks has no share in it.
fn averages(programs: impl IntoIterator<Item = Shares>) -> Top<Averaged> {
    let programs: Vec<Shares> = programs.into_iter().collect();
    let count = programs.len();
    let mut shares: HashMap<Vec<&'static str>, Vec<f64>> = HashMap::new();
    for (index, program) in programs.into_iter().enumerate() {
        for (sequence, share) in program {
            shares.entry(sequence).or_insert_with(|| vec![0.0; count])[index] = share;
        }
    }
    let averaged = shares.into_iter().map(|(sequence, shares)| Averaged {
        sequence,
        share: shares.iter().sum::<f64>() / count as f64,
        shares,
    });
    let mut averaged = Top::all(averaged);
    averaged.rows.sort_by(|one, other| {
        let by_share = other.share.total_cmp(&one.share);
        by_share.then_with(|| {
            (one.sequence.len(), &one.sequence).cmp(&(other.sequence.len(), &other.sequence))
        })
    });
    averaged
}

/// A part of all; of nothing it is nothing.
fn share(part: f64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { part / all as f64 }
}
