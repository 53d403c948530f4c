//! Synthetic results: what a run of the progression might have measured, from a fixed seed.

#![allow(dead_code, reason = "each test binary uses its own part")]

use reports::counts::Key;
use reports::schema::*;

const VARIANTS: [(&str, &str, f64); 7] = [
    ("tree", "Tree-walking evaluator", 1.0),
    ("stack", "Unoptimized VM", 0.21),
    ("stack+co", "+ constant operands", 0.19),
    ("stack+co+si", "+ superinstructions", 0.16),
    ("stack+co+si+cf", "+ constant folding", 0.16),
    ("stack+co+si+cf+ic", "+ integer cache", 0.13),
    ("stack+co+si+cf+ic+ts", "+ type specialization", 0.121),
];

/// Name, title, and the reference's nanoseconds.
type WorkloadRow = (&'static str, &'static str, f64);

const WORKLOADS: [WorkloadRow; 5] = [
    ("fibonacci", "fibonacci(25)", 80e6),
    ("hash-access", "hash-access(100)", 210e3),
    ("nested-loops", "nested-loops(500)", 150e3),
    ("string-concatenation", "string-concatenation(100)", 42e3),
    ("integer-arithmetic", "integer-arithmetic", 1.9e3),
];

/// A whole run with this many rounds, and half as many of the phases.
pub(crate) fn progression(rounds: u32) -> Results {
    let mut results = Results {
        format: Format::Results,
        schema: SCHEMA_VERSION,
        tool: tool(),
        command: "monkeybench run progression --seed 7".to_owned(),
        experiment: Experiment {
            name: "progression".to_owned(),
            question: "What does each step from a tree-walking evaluator to an optimized stack VM \
                       buy?"
                .to_owned(),
            kind: ExperimentKind::Progression,
            reference: "tree".to_owned(),
            headline: "fibonacci".to_owned(),
        },
        started: "2026-11-20T18:34:39Z".to_owned(),
        duration_ms: 48_211,
        seed: 7,
        rounds_planned: rounds,
        rounds_done: rounds,
        repeats: None,
        nesting: None,
        interrupted: false,
        resumed: false,
        quick: false,
        environment: environment(),
        variants: (0..VARIANTS.len()).map(variant).collect(),
        not_offered: Vec::new(),
        workloads: WORKLOADS.iter().map(workload).collect(),
        host_counts: None,
        layouts: None,
        machine_code: None,
        cells: Vec::new(),
        samples: Vec::new(),
    };
    results.cells = cells();
    results.samples = samples(rounds);
    results
}

/// The run with only the first variants and workloads, and what belongs to them.
pub(crate) fn cut(mut results: Results, variants: usize, workloads: usize) -> Results {
    results.variants.truncate(variants);
    results.workloads.truncate(workloads);
    let within = |variant: VariantId, workload: WorkloadId| {
        variant.index() < variants && workload.index() < workloads
    };
    results
        .cells
        .retain(|cell| within(cell.variant, cell.workload));
    results
        .samples
        .retain(|sample| within(sample.variant, sample.workload));
    results
}

/// The run with host instructions, as a baseline has them: each stage has some, and the last but one
/// has as many as the one before it, to within the tolerance. One cell lacks them.
pub(crate) fn with_host_counts(mut results: Results) -> Results {
    let key = Key {
        target: "x86_64-unknown-linux-gnu".to_owned(),
        rustc: "1.95.0".to_owned(),
        valgrind: "3.19.0".to_owned(),
        libc: "glibc-2.36".to_owned(),
        profile: "release".to_owned(),
    };
    results.host_counts = Some(HostCounts::Found {
        key,
        source: HostSource::Baseline,
        lacking: vec!["nested-loops(500), counted at its size 100 only".to_owned()],
    });
    const SHARES: [u64; 7] = [100_000, 30_000, 28_000, 25_000, 25_400, 25_390, 20_000];
    for cell in &mut results.cells {
        let tree = 9_000_000 / (u64::from(cell.workload.0) + 1);
        let instructions = tree * SHARES[cell.variant.index()] / 1_000;
        cell.host_instructions = (cell.workload.0 != 2).then_some(instructions);
    }
    results
}

/// The run with a cell that failed in mid-run.
pub(crate) fn with_failure(mut results: Results, variant: u32, workload: u32) -> Results {
    let at = (VariantId(variant), WorkloadId(workload));
    for cell in results
        .cells
        .iter_mut()
        .filter(|cell| (cell.variant, cell.workload) == at)
    {
        cell.counts = None;
        cell.failure = Some(Failure {
            phase: FailurePhase::Sampling,
            reason: "the worker was killed by signal 9 | <b>".to_owned(),
        });
    }
    results
}

fn tool() -> Tool {
    Tool {
        version: "0.1.0".to_owned(),
        commit: Some("df8b084".to_owned()),
        dirty: false,
        rustc: "rustc 1.95.0".to_owned(),
        target: "x86_64-unknown-linux-gnu".to_owned(),
        profile: "release".to_owned(),
        features: vec![
            "constant-operands".to_owned(),
            "superinstructions".to_owned(),
        ],
        settings: String::new(),
        executable: None,
    }
}

fn environment() -> Environment {
    Environment {
        cpu: "Example CPU @ 2.80GHz".to_owned(),
        cores: 2,
        kernel: "6.1.0".to_owned(),
        os: "Debian GNU/Linux 12".to_owned(),
        governor: None,
        hypervisor: Some("KVM".to_owned()),
        clock: Some("tsc".to_owned()),
        memory_bytes: Some(8 << 30),
        load_before: Some(0.31),
        core: None,
        others_before_percent: None,
        load_after: Some(1.12),
        steal_percent: Some(0.2),
        others_percent: Some(1.4),
    }
}

fn variant(index: usize) -> Variant {
    let (name, label, _) = VARIANTS[index];
    Variant {
        name: name.to_owned(),
        label: label.to_owned(),
        summary: label.to_owned(),
        counterpart: None,
        builtin: true,
        identity: None,
        value_bytes: None,
    }
}

fn workload(&(name, title, _): &WorkloadRow) -> Workload {
    Workload {
        name: name.to_owned(),
        title: title.to_owned(),
        why: "calls and dispatch".to_owned(),
        suite: None,
        size: size_in(title),
        program: None,
        file: None,
        value: "75025".to_owned(),
    }
}

fn cells() -> Vec<Cell> {
    let cell = |variant: usize, workload: usize| {
        let is_vm = variant > 0;
        let counts = Counts {
            dispatched: is_vm
                .then_some(3_800_000 / (workload as u64 + 1) - 90_000 * variant as u64),
            calls: Some([242_785, 301, 501, 101, 0][workload]),
            allocations: Some(700_000 / (workload as u64 + 1)),
            code_bytes: is_vm.then_some(64 - 3 * variant as u64),
        };
        Cell {
            variant: VariantId(variant as u32),
            workload: WorkloadId(workload as u32),
            counts: Some(counts),
            host_instructions: None,
            jumps: Vec::new(),
            peak_memory_bytes: None,
            code: None,
            failure: None,
        }
    };
    (0..WORKLOADS.len())
        .flat_map(|workload| (0..VARIANTS.len()).map(move |variant| cell(variant, workload)))
        .collect()
}

fn samples(rounds: u32) -> Vec<Sample> {
    let mut random = fastrand::Rng::with_seed(11);
    // Noise of about 1 %, slow drift that whole rounds share, and the odd interrupted sample.
    let mut noise = |round: u32| {
        let drift = 1.0 + 0.05 * f64::from(round % 17) / 17.0;
        let hiccup = if random.u8(..) == 0 { 1.5 } else { 1.0 };
        let jitter: f64 = (0..4).map(|_| random.f64() - 0.5).sum::<f64>() * 0.01;
        drift * hiccup * (1.0 + jitter)
    };
    let mut samples = Vec::new();
    let mut push = |round, workload, variant, control, measure, time: f64| {
        let iterations = (10e6 / time).max(1.0) as u64;
        samples.push(Sample {
            round,
            workload: WorkloadId(workload as u32),
            variant: VariantId(variant as u32),
            control,
            measure,
            iterations,
            nanoseconds: (time * iterations as f64) as u64,
        });
    };
    for round in 0..rounds {
        for workload in 0..WORKLOADS.len() {
            push(
                round,
                workload,
                0,
                true,
                Measure::Run,
                run_time(0, workload) * noise(round),
            );
            for variant in 0..VARIANTS.len() {
                let time = run_time(variant, workload) * noise(round);
                push(round, workload, variant, false, Measure::Run, time);
            }
        }
    }
    for round in 0..rounds / 2 {
        for workload in 0..WORKLOADS.len() {
            for variant in 0..VARIANTS.len() {
                let (parse, compile, instantiate) = fixed_times(variant, workload);
                let total = parse + compile + run_time(variant, workload);
                let times = [
                    (Measure::Parse, parse),
                    (Measure::Compile, compile),
                    (Measure::Instantiate, instantiate),
                    (Measure::Total, total),
                ];
                for (measure, time) in times {
                    push(
                        round,
                        workload,
                        variant,
                        false,
                        measure,
                        time * noise(round),
                    );
                }
            }
        }
    }
    samples
}

/// The small programs gain less, and the smallest pays more for its machine than it gains.
fn run_time(variant: usize, workload: usize) -> f64 {
    let share = VARIANTS[variant]
        .2
        .powf([1.0, 0.4, 0.8, 0.25, 0.6][workload]);
    let (_, _, instantiate) = fixed_times(variant, workload);
    WORKLOADS[workload].2 * share + instantiate
}

fn fixed_times(variant: usize, workload: usize) -> (f64, f64, f64) {
    let parse = 2_400.0 + 300.0 * workload as f64;
    if variant == 0 {
        return (parse, 45.0, 120.0);
    }
    (parse, 1_500.0 + 100.0 * variant as f64, 900.0)
}

/// Well-formed, with every label inside the picture: a viewer's font may be wide, so a character
/// counts 0.62 of its size.
pub(crate) fn check_svg(svg: &str, name: &str) {
    let document =
        roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{name}: {error}"));
    let root = document.root_element();
    let size = |attribute| root.attribute(attribute).unwrap().parse::<f64>().unwrap();
    let (width, height) = (size("width"), size("height"));
    assert_eq!(
        root.attribute("viewBox"),
        Some(format!("0 0 {width} {height}").as_str())
    );
    assert!(svg.contains("prefers-color-scheme: dark"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
    let mut texts: Vec<(f64, f64, f64, String)> = Vec::new();
    for text in document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
    {
        let number = |name| text.attribute(name).unwrap().parse::<f64>().unwrap();
        let label = text.text().unwrap().trim();
        let length = label.chars().count() as f64 * number("font-size") * 0.62;
        let left = match text.attribute("text-anchor") {
            Some("middle") => number("x") - length / 2.0,
            Some("end") => number("x") - length,
            _ => number("x"),
        };
        assert!(
            left >= 0.0 && left + length <= width,
            "{name}: {label:?} from {left}, {length} wide"
        );
        assert!(
            (6.0..=height - 6.0).contains(&number("y")),
            "{name}: {label:?}"
        );
        for (other_left, other_right, y, other) in &texts {
            let is_beside = left + length <= *other_left || *other_right <= left;
            let is_apart = (number("y") - y).abs() >= 10.0;
            assert!(
                is_beside || is_apart,
                "{name}: {label:?} touches {other:?}: {left} to {}, {other_left} to {other_right}",
                left + length
            );
        }
        texts.push((left, left + length, number("y"), label.to_owned()));
    }
}

/// The 25 of `fibonacci(25)`.
fn size_in(title: &str) -> Option<u64> {
    let (_, size) = title.strip_suffix(')')?.split_once('(')?;
    size.parse().ok()
}

/// The width of a text on a terminal, but for addresses, which have a line of their own and are never broken.
pub(crate) fn widest(text: &str) -> usize {
    let lines = text.lines().filter(|line| !line.starts_with("https://"));
    lines.map(|line| line.chars().count()).max().unwrap_or(0)
}
