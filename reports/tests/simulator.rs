//! Runs whose truth is known, with the noise of real ones: whether intervals cover it as often as they
//! say, and how often a report of nothing says something.
//!
//! A simulated machine has heavy tails (the log ratios of real rounds have standard deviations of 10 to
//! 17 % at a median absolute deviation of 3 to 4 %), waves, spikes, drift and memory; each round draws
//! where code lies (3.5 %) and what a process is given (1.7 %). Times are of one round after the other, as
//! `run` takes them.

use fastrand::Rng;
use reports::stats::{CONFIDENCE, Estimate, holm, signed_rank_test};

/// Rounds of a default run.
const ROUNDS: usize = 49;

/// What the noise of a machine is made of, each a fraction of a time.
#[derive(Clone, Copy, Debug, Default)]
struct Noise {
    /// The standard deviation between layouts, and between processes.
    layout: f64,
    process: f64,
    /// The standard deviation of a sample's own noise, and how often it is five times as much.
    sample: f64,
    tail: f64,
    /// How far the machine's speed swings, within some rounds.
    wave: f64,
    /// How far it drifts over the run.
    drift: f64,
    /// How much a spike costs at most, and how often there is one.
    spike: f64,
    spikes: f64,
    /// How far its speed wanders from sample to sample.
    wander: f64,
    /// How many times as much the first variant's own noise is as the others'.
    uneven: f64,
}

/// The noise that was measured here, and the same with one part of it exaggerated.
fn noises() -> Vec<(&'static str, Noise)> {
    let measured = Noise {
        layout: 0.035,
        process: 0.017,
        sample: 0.03,
        tail: 0.1,
        wave: 0.02,
        drift: 0.05,
        spike: 0.5,
        spikes: 0.02,
        wander: 0.003,
        uneven: 1.0,
    };
    vec![
        ("as measured", measured),
        (
            "quiet",
            Noise {
                sample: 0.002,
                uneven: 1.0,
                ..Noise::default()
            },
        ),
        (
            "layouts",
            Noise {
                layout: 0.1,
                ..measured
            },
        ),
        (
            "processes",
            Noise {
                process: 0.08,
                ..measured
            },
        ),
        (
            "tails",
            Noise {
                tail: 0.3,
                sample: 0.05,
                ..measured
            },
        ),
        (
            "waves",
            Noise {
                wave: 0.2,
                ..measured
            },
        ),
        (
            "drift",
            Noise {
                drift: 0.5,
                ..measured
            },
        ),
        (
            "spikes",
            Noise {
                spikes: 0.15,
                spike: 2.0,
                ..measured
            },
        ),
        (
            "uneven",
            Noise {
                uneven: 3.0,
                ..measured
            },
        ),
        (
            "autocorrelation",
            Noise {
                wander: 0.03,
                ..measured
            },
        ),
    ]
}

/// A machine that measures.
struct Machine {
    noise: Noise,
    random: Rng,
    /// Samples so far, of how many.
    at: f64,
    of: f64,
    period: f64,
    wandered: f64,
}

impl Machine {
    fn new(noise: Noise, seed: u64, samples: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        Self {
            noise,
            period: 40.0 + 100.0 * random.f64(),
            random,
            at: 0.0,
            of: samples as f64,
            wandered: 0.0,
        }
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.random.f64()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.random.f64()).cos()
    }

    /// The logarithm of a sample's time of what truly takes 1, in a layout and a process of its own.
    fn sample(&mut self, of_first: bool) -> f64 {
        let mut noise = self.noise;
        if of_first {
            noise.layout *= noise.uneven;
            noise.sample *= noise.uneven;
        }
        self.at += 1.0;
        self.wandered = 0.97 * self.wandered + noise.wander * self.normal();
        let wave = noise.wave * (self.at / self.period * std::f64::consts::TAU).sin();
        let machine = self.wandered + wave + noise.drift * self.at / self.of;
        let tail = match self.random.f64() < noise.tail {
            true => 5.0,
            false => 1.0,
        };
        let own = noise.layout * self.normal()
            + noise.process * self.normal()
            + noise.sample * tail * self.normal();
        let spike = match self.random.f64() < noise.spikes {
            true => noise.spike * self.random.f64(),
            false => 0.0,
        };
        machine + own + spike
    }

    /// The log ratios of several variants to the first, in each round, where truly all are equal.
    fn run(&mut self, variants: usize) -> Vec<Vec<f64>> {
        let mut ratios = vec![Vec::with_capacity(ROUNDS); variants - 1];
        let mut order: Vec<usize> = (0..variants).collect();
        let mut times = vec![0.0; variants];
        for _ in 0..ROUNDS {
            self.random.shuffle(&mut order);
            for &variant in &order {
                times[variant] = self.sample(variant == 0);
            }
            for (ratios, time) in ratios.iter_mut().zip(&times[1..]) {
                ratios.push(times[0] - time);
            }
        }
        ratios
    }
}

/// So many runs of each noise: 4,000 where there is time for them (`MONKEYBENCH_TESTS=all`).
fn runs() -> u64 {
    match std::env::var_os("MONKEYBENCH_TESTS").is_some_and(|it| it == "all") {
        true => 4_000,
        false => 400,
    }
}

/// Three standard errors of a share of 5 % in so many runs.
fn three_errors(runs: u64) -> f64 {
    3.0 * (0.05 * 0.95 / runs as f64).sqrt()
}

#[test]
fn intervals_cover_what_is_true() {
    for (name, noise) in noises() {
        let covered = (0..runs())
            .filter(|&seed| {
                // A ratio that isn't 1 only moves everything.
                let truth = 0.02;
                let ratios = Machine::new(noise, seed, 2 * ROUNDS).run(2).swap_remove(0);
                let estimate =
                    Estimate::of_symmetric(ratios.into_iter().map(|it| it + truth)).unwrap();
                let interval = estimate.interval.unwrap();
                (interval.low..=interval.high).contains(&truth)
            })
            .count();
        let share = covered as f64 / runs() as f64;
        // The bounds of 4,000 runs; of fewer, a few more are off by chance.
        let chance = three_errors(runs()) - three_errors(4_000);
        let bounds = 0.93 - chance..=(0.985 + chance).min(1.0);
        assert!(bounds.contains(&share), "{name}: {share}");
    }
}

/// Nothing is true of any variant, and in at most one report of twenty anything is said.
#[test]
fn a_report_of_nothing_says_something_as_seldom_as_promised() {
    const VARIANTS: usize = 8;
    let runs = runs();
    for (name, noise) in noises() {
        let (mut uncorrected, mut corrected) = (0, 0);
        for seed in 0..runs {
            let ratios = Machine::new(noise, seed, VARIANTS * ROUNDS).run(VARIANTS);
            let p: Vec<f64> = ratios
                .iter()
                .map(|it| signed_rank_test(it).unwrap().p)
                .collect();
            let rejects = |p: &[f64]| p.iter().any(|&p| p <= 1.0 - CONFIDENCE);
            uncorrected += u64::from(rejects(&p));
            corrected += u64::from(rejects(&holm(&p)));
        }
        let share = |count: u64| count as f64 / runs as f64;
        let most = 0.05 + three_errors(runs);
        assert!(share(corrected) <= most, "{name}: {}", share(corrected));
        assert!(share(uncorrected) > 0.08, "{name}: {}", share(uncorrected));
    }
}

/// Ranks know more than signs do, but where much of the noise is in spikes.
#[test]
fn ranks_give_narrower_intervals_than_order_statistics() {
    for (name, noise) in noises() {
        let (mut ranks, mut signs) = (0.0, 0.0);
        for seed in 0..100 {
            let ratios = Machine::new(noise, seed, 2 * ROUNDS).run(2).swap_remove(0);
            let width = |estimate: Option<Estimate>| estimate.unwrap().half_width().unwrap();
            ranks += width(Estimate::of_symmetric(ratios.iter().copied()));
            signs += width(Estimate::of(ratios));
        }
        match name {
            "spikes" => assert!(signs < ranks, "{name}: {ranks} {signs}"),
            "as measured" => assert!(ranks < 0.9 * signs, "{name}: {ranks} {signs}"),
            _ => assert!(ranks < signs, "{name}: {ranks} {signs}"),
        }
    }
}
