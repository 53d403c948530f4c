//! Attribution: games whose values are known, the axioms that the Shapley value is defined by, and
//! the figures of a factorial as its readers see them.

mod support;

use proptest::prelude::*;
use reports::attribution::game::{Game, Set};
use reports::attribution::{Attribution, By, CostError, Costs};
use reports::schema::{Measure, Results, Sample, VariantId, WorkloadId};
use support::{check_svg, cut, progression, with_failure};

fn close(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-9, "{one} is not {other}");
}

fn shapley(game: &Game) -> Vec<f64> {
    (0..game.players()).map(|it| game.shapley(it)).collect()
}

/// All orders of so many players.
fn orders(players: usize) -> Vec<Vec<usize>> {
    let Some(last) = players.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let insert = |order: Vec<usize>| {
        (0..players).map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    };
    orders(last).into_iter().flat_map(insert).collect()
}

/// Who each adds its own share whatever the others do.
#[test]
fn in_an_additive_game_all_figures_are_one() {
    let own = [0.5, -0.25, 2.0];
    let game = Game::new(3, |set| set.players().map(|it| own[it]).sum()).unwrap();
    for (player, own) in own.into_iter().enumerate() {
        close(game.shapley(player), own);
        close(game.alone(player), own);
        close(game.left_out(player), own);
        close(game.in_order(player), own);
        for other in 0..3 {
            close(game.interaction(player, other), 0.0);
        }
    }
}

/// One has a left glove, two have a right one, and only a pair is worth anything. Of the six
/// orders, the left glove completes the pair in four, each right one in one.
#[test]
fn the_glove_game() {
    let game = Game::new(3, |set| {
        f64::from(u8::from(set.has(0) && (set.has(1) || set.has(2))))
    })
    .unwrap();
    let values = shapley(&game);
    close(values[0], 2.0 / 3.0);
    close(values[1], 1.0 / 6.0);
    close(values[2], 1.0 / 6.0);
    // Left and right: 1 on top of nobody, 0 on top of the other right one, each with weight ½.
    close(game.interaction(0, 1), 0.5);
    // The right ones: 0 on top of nobody, −1 on top of the left one.
    close(game.interaction(1, 2), -0.5);
    close(game.interaction(2, 1), -0.5);
}

/// Where everyone in a set of three is needed, each deserves a third and, in pairs, as one of two
/// that make it up, a half. Whoever isn't in the set deserves nothing.
#[test]
fn unanimity_games() {
    let needed = [0, 2, 3];
    let game = Game::new(5, |set| {
        f64::from(u8::from(needed.iter().all(|&it| set.has(it))))
    })
    .unwrap();
    for one in 0..5 {
        let is_needed = |player: usize| needed.contains(&player);
        close(
            game.shapley(one),
            if is_needed(one) { 1.0 / 3.0 } else { 0.0 },
        );
        for other in (0..5).filter(|&other| other != one) {
            let both = is_needed(one) && is_needed(other);
            close(game.interaction(one, other), if both { 0.5 } else { 0.0 });
        }
    }
}

#[test]
fn games_that_are_none() {
    assert_eq!(Game::of_costs(&[1.0, 2.0, 3.0]), None);
    assert_eq!(Game::of_costs(&[1.0, 0.0]), None);
    assert_eq!(Game::of_costs(&[1.0, f64::NAN]), None);
    assert_eq!(Game::new(17, |_| 0.0), None);
    assert_eq!(Game::mean(&[]), None);
    let alone = Game::of_costs(&[8.0, 4.0]).unwrap();
    close(alone.shapley(0), 2f64.ln());
    assert_eq!(alone.interaction(0, 0), 0.0);
    assert_eq!(Game::of_costs(&[8.0]).unwrap().total(), 0.0);
}

/// Any game of so many players.
fn any_game(players: usize) -> impl Strategy<Value = Game> {
    prop::collection::vec(-5.0..5.0_f64, 1 << players)
        .prop_map(move |values| Game::new(players, |set| values[set.index()]).unwrap())
}

proptest! {
    /// Efficiency.
    #[test]
    fn shapley_values_add_up_to_the_total(game in (1..6_usize).prop_flat_map(any_game)) {
        close(shapley(&game).iter().sum(), game.total());
    }

    /// By the definition over orders, in place of the sum over sets.
    #[test]
    fn a_shapley_value_is_the_mean_gain_over_all_orders(game in any_game(4)) {
        let orders = orders(4);
        prop_assert_eq!(orders.len(), 24);
        for player in 0..4 {
            let gain = |order: &Vec<usize>| {
                let before = order.iter().take_while(|&&it| it != player);
                game.gain(player, before.fold(Set::EMPTY, |set, &it| set.with(it)))
            };
            let sum: f64 = orders.iter().map(gain).sum();
            close(game.shapley(player), sum / 24.0);
        }
    }

    /// The index of two is what each gains in value if the other is sure to take part, as against
    /// sure not to: another definition of Grabisch and Roubens's.
    #[test]
    fn an_interaction_is_a_difference_of_shapley_values(game in any_game(4)) {
        let (one, other) = (1, 3);
        // Players 0, 1 and 2 remain; 3 is always or never there.
        let present = Game::new(3, |set| game.value(set.with(other))).unwrap();
        let absent = Game::new(3, |set| game.value(set)).unwrap();
        close(game.interaction(one, other), present.shapley(one) - absent.shapley(one));
        close(game.interaction(one, other), game.interaction(other, one));
    }

    /// Symmetry: where only the number counts, all deserve the same.
    #[test]
    fn equals_are_treated_equally(by_number in prop::collection::vec(-5.0..5.0_f64, 6)) {
        let game = Game::new(5, |set| by_number[set.len()]).unwrap();
        for value in shapley(&game) {
            close(value, game.total() / 5.0);
        }
    }

    /// A player that never changes anything deserves nothing, and interacts with nobody.
    #[test]
    fn a_dummy_gets_nothing(game in any_game(4), dummy in 0..4_usize) {
        let with_dummy = Game::new(4, |set| game.value(set.without(dummy))).unwrap();
        close(with_dummy.shapley(dummy), 0.0);
        for other in 0..4 {
            close(with_dummy.interaction(dummy, other), 0.0);
        }
    }

    /// Additivity: the mean of games has the mean of their values.
    #[test]
    fn means_of_games_have_the_means_of_values(games in prop::collection::vec(any_game(3), 1..5)) {
        let mean = Game::mean(&games.iter().collect::<Vec<_>>()).unwrap();
        for player in 0..3 {
            let sum: f64 = games.iter().map(|game| game.shapley(player)).sum();
            close(mean.shapley(player), sum / games.len() as f64);
        }
    }
}

const NAMES: [(&str, &str); 3] = [
    ("co", "constant operands"),
    ("si", "superinstructions"),
    ("ic", "integer cache"),
];

/// The set of optimizations in a variant's name, as bits.
fn bits(name: &str) -> usize {
    let has = |short: &str| name.split('+').any(|part| part == short);
    (0..NAMES.len())
        .filter(|&it| has(NAMES[it].0))
        .map(|it| 1 << it)
        .sum()
}

/// What a variant costs, in the order of the bits. Constant operands and superinstructions do the
/// same work in part; the cache helps superinstructions, and is a loss alone.
const COSTS: [u64; 8] = [
    1_000_000, 800_000, 700_000, 650_000, 1_050_000, 840_000, 630_000, 600_000,
];

fn cost(name: &str, workload: WorkloadId) -> u64 {
    COSTS[bits(name)] / (workload.0 as u64 + 1)
}

/// A run of the full factorial over [`NAMES`], with noise of less than a percent.
fn factorial(rounds: u32) -> Results {
    let mut results = cut(progression(rounds), 7, 2);
    let template = results.variants[1].clone();
    let measured = results.cells[0].clone();
    let mut sets: Vec<usize> = (0..8).collect();
    // As the catalog lists them: not in the order of the bits.
    sets.sort_by_key(|set: &usize| (set.count_ones(), *set));
    let names = sets.into_iter().map(|set| {
        let parts = (0..3).filter(|it| set >> it & 1 == 1);
        let name = parts.fold("stack".to_owned(), |name, it| name + "+" + NAMES[it].0);
        let label = match set.is_power_of_two() {
            true => NAMES[set.ilog2() as usize].1.to_owned(),
            false => name.clone(),
        };
        (name, label)
    });
    results.variants = names
        .map(|(name, label)| reports::schema::Variant {
            name,
            label,
            ..template.clone()
        })
        .collect();
    results.experiment.name = "attribution".to_owned();
    results.experiment.kind = reports::schema::ExperimentKind::Comparison;
    results.experiment.reference = "stack".to_owned();
    results.command = "monkeybench attribute --by time --seed 7".to_owned();
    results.cells = results
        .workload_ids()
        .flat_map(|workload| {
            results
                .variant_ids()
                .map(move |variant| (variant, workload))
        })
        .map(|(variant, workload)| reports::schema::Cell {
            variant,
            workload,
            counts: Some(reports::schema::Counts {
                dispatched: Some(cost(&results.variant(variant).name, workload)),
                calls: None,
                allocations: None,
                code_bytes: None,
            }),
            ..measured.clone()
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(5);
    results.samples.clear();
    for round in 0..rounds {
        for cell in results.cells.clone() {
            let time = cost(&results.variant(cell.variant).name, cell.workload) as f64;
            for control in [false, true] {
                if control && cell.variant != results.reference() {
                    continue;
                }
                let noise = 1.0 + (random.f64() - 0.5) * 0.01;
                results.samples.push(Sample {
                    round,
                    workload: cell.workload,
                    variant: cell.variant,
                    control,
                    measure: Measure::Run,
                    iterations: 10,
                    nanoseconds: (time * noise * 10.0) as u64,
                });
            }
        }
    }
    results
}

fn counted(results: &Results) -> Attribution<'_> {
    Attribution::new(results, Costs::dispatched(results).unwrap(), None)
}

fn timed(results: &Results) -> Attribution<'_> {
    Attribution::new(results, Costs::timed(results).unwrap(), None)
}

#[test]
fn counts_are_attributed_exactly() {
    let results = factorial(0);
    let attribution = counted(&results);
    assert!(attribution.invalid.is_empty());
    let titles: Vec<&str> = attribution
        .optimizations()
        .iter()
        .map(|it| &*it.title)
        .collect();
    assert_eq!(titles, NAMES.map(|(_, title)| title));

    let fibonacci = &attribution.workloads[0];
    close(fibonacci.total.estimate.median, 10.0 / 6.0);
    // The documented order credits the ratios of neighbouring stages.
    for (share, [before, after]) in fibonacci.shares.iter().zip([[0, 1], [1, 3], [3, 7]]) {
        close(
            share.documented.estimate.median,
            COSTS[before] as f64 / COSTS[after] as f64,
        );
    }
    let cache = &fibonacci.shares[2];
    close(cache.alone.estimate.median, 1000.0 / 1050.0);
    close(cache.left_out.estimate.median, 650.0 / 600.0);
    // Worst where constant operands are alone, though equally bad on top of nothing; best on top
    // of superinstructions.
    close(cache.smallest.gain, 1000.0 / 1050.0);
    assert_eq!(cache.smallest.on_top_of, Set::EMPTY);
    close(cache.largest.gain, 700.0 / 630.0);
    assert_eq!(cache.largest.on_top_of, Set::one(1));

    let product: f64 = fibonacci
        .shares
        .iter()
        .map(|it| it.shapley.estimate.median)
        .product();
    close(product, fibonacci.total.estimate.median);
    // The second workload's costs are the halves of the first's.
    let suite = attribution.suite.as_ref().unwrap();
    close(suite.total.estimate.median, fibonacci.total.estimate.median);
    assert_eq!(suite.shares[0].shapley.estimate.interval, None);
    let interaction = |pair| {
        let found = suite.interactions.iter().find(|it| it.pair == pair);
        found.unwrap().index.estimate.median
    };
    assert!(interaction([0, 1]) < 1.0 && interaction([1, 2]) > 1.0);
}

#[test]
fn times_are_attributed_with_intervals() {
    let results = factorial(25);
    let attribution = timed(&results);
    let exact = counted(&results);
    for (timed, exact) in attribution.subjects().zip(exact.subjects()) {
        for (timed, exact) in timed.shares.iter().zip(&exact.shares) {
            let interval = timed.shapley.estimate.interval.unwrap();
            assert_eq!(timed.shapley.estimate.values, 25);
            assert!(
                (timed.shapley.estimate.median / exact.shapley.estimate.median - 1.0).abs() < 0.005
            );
            assert!(interval.low < interval.high);
        }
    }
    assert!(timed(&factorial(5)).invalid.len() == 1, "too few rounds");
    assert_eq!(timed(&factorial(0)).workloads, []);
}

#[test]
fn a_workload_on_which_a_variant_failed_is_left_out_and_said() {
    let results = with_failure(factorial(8), 3, 1);
    let attribution = timed(&results);
    assert_eq!(attribution.workloads.len(), 1);
    assert_eq!(attribution.workloads[0].title, "fibonacci(25)");
    assert_eq!(attribution.suite, None);
    assert!(attribution.failures()[0].starts_with("stack+ic on hash-access(100)"));
    assert!(
        attribution
            .terminal(100, false)
            .contains("Failed cells\nstack+ic")
    );
}

#[test]
fn what_is_no_full_factorial_is_refused() {
    let error = |results: &Results| Costs::dispatched(results).unwrap_err().to_string();
    let whole = factorial(0);
    let mut missing = whole.clone();
    missing.variants.swap_remove(4);
    missing.cells.clear();
    assert_eq!(
        error(&missing),
        "not every combination was measured: stack+co+si is missing"
    );
    // The stages of a progression are no factorial, and neither is one engine.
    let stages = progression(0);
    assert!(error(&stages).contains("no variant is tree with an optimization"));
    let mut uncounted = whole.clone();
    uncounted.cells[3].counts = None;
    assert_eq!(
        error(&uncounted),
        "stack+ic on fibonacci: no dispatched instructions"
    );
    let zero = Costs::counted(&whole, By::HostInstructions, |variant, _| {
        Some(u64::from(variant != VariantId(5)))
    });
    assert!(matches!(zero, Err(CostError::Zero { variant, .. }) if variant == "stack+co+ic"));
}

#[test]
fn host_instructions_of_a_debug_build_are_no_evidence() {
    let mut results = factorial(0);
    let costs = Costs::counted(&results, By::HostInstructions, |_, _| Some(7)).unwrap();
    let counter = || Some("valgrind 3.19.0".to_owned());
    assert!(
        Attribution::new(&results, costs.clone(), counter())
            .invalid
            .is_empty()
    );
    results.tool.profile = "debug".to_owned();
    let attribution = Attribution::new(&results, costs, counter());
    let text = attribution.terminal(100, false);
    assert!(
        text.starts_with("INVALID: the engines were built"),
        "{text}"
    );
    assert!(counted(&results).invalid.is_empty());
}

/// The files of an attribution, by name.
fn files(attribution: &Attribution<'_>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let written = attribution.write(&folder.path().join("out")).unwrap();
    let read = |path| std::fs::read_to_string(path).unwrap();
    written.files.into_iter().map(read).collect()
}

#[test]
fn an_attribution_as_its_readers_see_it() {
    let results = factorial(25);
    for (name, attribution) in [("counted", counted(&results)), ("timed", timed(&results))] {
        let [markdown, json, svg] = files(&attribution).try_into().unwrap();
        check_svg(&svg, name);
        insta::assert_snapshot!(format!("{name}.md"), markdown);
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(document["by"], attribution.costs.by.name());
        assert_eq!(document["workloads"].as_array().unwrap().len(), 2);
        assert_eq!(document["suite"]["optimizations"][1]["optimization"], "si");
        for width in [60, 100, 160] {
            let text = attribution.terminal(width, false);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= usize::from(width), "{widest} > {width}:\n{text}");
            if width == 100 {
                insta::assert_snapshot!(format!("{name}-100"), text);
            }
        }
        assert_eq!(
            files(&attribution)[0],
            markdown,
            "a function of its results"
        );
    }
}

#[test]
fn the_json_of_counts_has_whole_numbers() {
    let results = factorial(0);
    let json = serde_json::to_value(counted(&results).json()).unwrap();
    let fibonacci = &json["workloads"][0];
    assert_eq!(fibonacci["costs"]["stack+co+si"], 650_000);
    assert_eq!(
        fibonacci["optimizations"][2]["largest"]["on_top_of"],
        "stack+si"
    );
    assert_eq!(json["environment"], serde_json::Value::Null);
}

/// Whatever a results file says, tables and chart hold together.
#[test]
fn every_shape_has_a_report() {
    let mut extreme = factorial(8);
    for (index, sample) in extreme.samples.iter_mut().enumerate() {
        if index % 3 == 0 {
            (sample.nanoseconds, sample.iterations) = (u64::MAX, 1);
        } else if index % 3 == 1 {
            (sample.nanoseconds, sample.iterations) = (1, u64::MAX);
        }
    }
    let mut hostile = factorial(8);
    hostile.variants[1].label = "</text><script>&\"'\u{1b}[2J|`*_\n".repeat(20);
    hostile.workloads[0].title = "</style>\u{0}<!-- monkeybench:begin x -->".to_owned();
    let mut one = factorial(8);
    one.workloads.truncate(1);
    one.cells.retain(|cell| cell.workload.0 == 0);
    one.samples.retain(|sample| sample.workload.0 == 0);
    for results in [extreme, hostile, one, factorial(0), factorial(1)] {
        let attribution = timed(&results);
        for content in files(&attribution) {
            assert!(!content.contains('\u{1b}') && !content.contains('\u{0}'));
            if content.starts_with("<svg") {
                check_svg(&content, "attribution.svg");
            }
        }
        let text = attribution.terminal(60, false);
        assert!(!text.contains('\u{1b}') && !text.contains("NaN"), "{text}");
    }
}
