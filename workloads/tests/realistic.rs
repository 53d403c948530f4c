//! The realistic workloads: complete, fixed, and with the results that other means compute: none
//! here runs Monkey, and where there is another algorithm or a formula, it is that.

mod support;

use support::{assert_folder_is_suite, fingerprints, source};
use workloads::{Suite, Workload, find};

/// The programs, by name and FNV-1a hash of their text. If this fails because a program was
/// changed, give the changed program a new name: results under the old one are about the old text.
const FIXED: [(&str, u64); 10] = [
    ("merge-sort", 0xe0f8_9ab7_059c_e14f),
    ("queens", 0x8e62_40d6_5ff1_bbb2),
    ("prime-sieve", 0xbb72_798a_a4db_8449),
    ("tokenizer", 0x5a07_8357_899c_1d76),
    ("word-count", 0xd0de_07fb_3284_049b),
    ("church-numerals", 0xed1b_9fe9_6620_99a8),
    ("binary-trees", 0x304f_c797_b003_4498),
    ("tak", 0x1ada_fd7d_8ba4_6fb8),
    ("interpreter", 0x83f2_b469_b308_bbc8),
    ("mandelbrot", 0x1bd8_9875_7657_6c86),
];

#[test]
fn programs_are_those_of_their_names() {
    assert_eq!(fingerprints(Suite::Realistic), FIXED);
}

#[test]
fn every_file_of_the_folder_is_a_workload() {
    assert_folder_is_suite(Suite::Realistic);
}

#[test]
fn every_workload_has_a_small_size_with_results_of_its_own() {
    for workload in Suite::Realistic.workloads() {
        let name = &workload.name;
        let small = workload.small();
        assert!(small.is_some(), "{name}");
        let few = workload.expected_calls(small).expect("known");
        let many = workload.expected_calls(None).expect("known");
        assert!(0 < few && few < 10_000 && 10 * few < many, "{name}");
        assert_ne!(workload.expected(small), workload.expected(None), "{name}");
    }
}

/// What a program gives: its value as printed, and the lines of its output.
type Results = (String, Vec<String>);

/// Makes sure that a workload gives what `results` of the size says, at both known sizes.
fn assert_gives(name: &str, results: impl Fn(u64) -> Results) {
    let workload = find(name).expect("the workload");
    let default = workload.size.as_ref().expect("a size").default;
    for size in [default, workload.small().expect("a small size")] {
        let known = known(workload, size);
        assert_eq!(known, results(size), "{name} at {size}");
    }
}

fn known(workload: &Workload, size: u64) -> Results {
    let value = workload.expected(Some(size)).expect("a known value");
    let output = workload.expected_output(Some(size)).expect("known output");
    (value.to_owned(), output.to_vec())
}

/// A value without output.
fn silent(value: impl ToString) -> Results {
    (value.to_string(), Vec::new())
}

/// The next number of Park and Miller's minimal standard generator.
fn next(number: u64) -> u64 {
    number * 16_807 % 2_147_483_647
}

#[test]
fn the_generator_is_park_and_millers() {
    // The check of their paper, "Random number generators: good ones are hard to find" (1988).
    assert_eq!((0..10_000).fold(1, |number, _| next(number)), 1_043_618_065);
}

#[test]
fn merge_sort_gives_what_sorting_gives() {
    assert_gives("merge-sort", |size| {
        let random = std::iter::successors(Some(1), |&number| Some(next(number)));
        let mut numbers: Vec<_> = random.take(size as usize).collect();
        numbers.sort_unstable();
        let weighed: u64 = (0..)
            .zip(&numbers)
            .map(|(index, number)| index * number)
            .sum();
        let (least, most) = (numbers[0], numbers[numbers.len() - 1]);
        silent(format!(
            "[{least}, {}, {most}, {weighed}]",
            numbers[numbers.len() / 2]
        ))
    });
}

#[test]
fn queens_gives_the_known_numbers_of_solutions() {
    // OEIS A000170.
    const SOLUTIONS: [u64; 11] = [1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724];
    assert_gives("queens", |size| silent(SOLUTIONS[size as usize]));
}

#[test]
fn prime_sieve_gives_what_division_gives() {
    assert_gives("prime-sieve", |size| {
        let is_prime = |n: &u64| {
            (2..)
                .take_while(|d| d * d <= *n)
                .all(|d| !n.is_multiple_of(d))
        };
        let primes: Vec<_> = (2..size).filter(is_prime).collect();
        silent(format!(
            "[{}, {}]",
            primes.len(),
            primes.iter().sum::<u64>()
        ))
    });
}

#[test]
fn tokenizer_prints_its_lines_and_counts_their_tokens() {
    let tokenizer = find("tokenizer").expect("the workload");
    assert_gives("tokenizer", |size| {
        let (_, output) = known(tokenizer, size);
        let tokens: Vec<_> = output
            .iter()
            .flat_map(|line| line.split(' ').skip(1))
            .collect();
        let count = |kind: &str| {
            let of_kind = tokens.iter().filter(|token| kind_of(token) == kind);
            of_kind.count() as u64 * size
        };
        let kinds = [
            "keyword",
            "name",
            "number",
            "operator",
            "bracket",
            "separator",
        ];
        let counts: Vec<_> = kinds.map(|it| format!("{it}: {}", count(it))).to_vec();
        (format!("{{{}}}", counts.join(", ")), output)
    });
    // The output, without what it was split by, is what the program says that the lines are.
    let text = source(tokenizer, None);
    let start = text.find("let lines = [").expect("the lines");
    let end = text.find("];").expect("their end");
    let lines: String = text[start..end]
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|character| *character != " ")
        .collect();
    let (_, output) = known(tokenizer, 2);
    let printed: String = output
        .iter()
        .map(|line| line.strip_prefix("> ").expect("a line begins so"))
        .flat_map(|line| line.split(' '))
        .collect();
    assert_eq!(lines, printed);
}

fn kind_of(token: &str) -> &'static str {
    match token {
        "let" | "fn" | "if" | "return" => "keyword",
        "=" | "==" | "!=" | "-" | "*" | "/" => "operator",
        "(" | ")" | "{" | "}" => "bracket",
        "," | ";" => "separator",
        _ if token.bytes().all(|byte| byte.is_ascii_digit()) => "number",
        _ if token.bytes().all(|byte| byte.is_ascii_lowercase()) => "name",
        _ => panic!("{token} is no token of the lines"),
    }
}

#[test]
fn word_count_gives_what_counting_gives() {
    assert_gives("word-count", |size| {
        let mut counts = [[0_u64; 4]; 5];
        for page in 1..=size {
            let mut number = next(page);
            for _ in 0..500 {
                let second = next(number);
                let stem = (number / 1000 % 5) as usize;
                let ending = (second / 1000 % 4) as usize;
                counts[stem][ending] += 1;
                number = next(second);
            }
        }
        let mut entries = Vec::new();
        for (stem, counts) in ["walk", "talk", "jump", "look"].iter().zip(counts) {
            for (ending, count) in ["", "s", "ed", "ing"].iter().zip(counts) {
                entries.push(format!("{stem}{ending}: {count}"));
            }
        }
        let other: u64 = counts[4].iter().sum();
        silent(format!("{{{}, other: {other}}}", entries.join(", ")))
    });
}

#[test]
fn church_numerals_gives_a_factorial() {
    assert_gives("church-numerals", |size| {
        silent((1..=size).product::<u64>())
    });
}

#[test]
fn binary_trees_gives_the_numbers_of_their_nodes() {
    assert_gives("binary-trees", |size| {
        let nodes = |depth: u64| (2_u64 << depth) - 1;
        let line = |what, trees, depth, nodes| {
            format!("{{what: {what}, trees: {trees}, depth: {depth}, nodes: {nodes}}}")
        };
        let (mut all, mut output) = (nodes(size), Vec::new());
        for depth in (4..=size).step_by(2) {
            let trees = 16 << (size - depth);
            all += trees * nodes(depth);
            output.push(line("short-lived", trees, depth, trees * nodes(depth)));
        }
        output.push(line("long-lived", 1, size, nodes(size)));
        (all.to_string(), output)
    });
}

#[test]
fn tak_gives_the_known_value_after_the_known_calls() {
    fn tak(x: i64, y: i64, z: i64, calls: &mut u64) -> i64 {
        *calls += 1;
        if y >= x {
            return z;
        }
        let (a, b) = (tak(x - 1, y, z, calls), tak(y - 1, z, x, calls));
        let c = tak(z - 1, x, y, calls);
        tak(a, b, c, calls)
    }
    let of_size = |size: u64| {
        let (size, mut calls) = (size as i64, 0);
        (tak(3 * size, 2 * size, size, &mut calls), calls)
    };
    // As in Gabriel's "Performance and evaluation of Lisp systems" (1985).
    assert_eq!(of_size(6), (7, 63_609));
    assert_gives("tak", |size| silent(of_size(size).0));
    let workload = find("tak").expect("the workload");
    let default = workload.size.as_ref().map(|size| size.default);
    for size in [default, workload.small()] {
        let calls = size.map(|size| of_size(size).1);
        assert_eq!(workload.expected_calls(size), calls);
    }
}

#[test]
fn interpreter_gives_the_ways_that_adding_coin_by_coin_gives() {
    assert_gives("interpreter", |size| {
        let mut ways = vec![0_u64; size as usize + 1];
        ways[0] = 1;
        for coin in [1, 5, 10, 25, 50] {
            for amount in coin..ways.len() {
                ways[amount] += ways[amount - coin];
            }
        }
        silent(ways[size as usize])
    });
}

#[test]
fn mandelbrot_gives_a_symmetric_picture_of_the_right_steps() {
    const ONE: i64 = 1_000_000;
    const LIMIT: i64 = 500;
    let steps = |real: i64, imaginary: i64| {
        let (mut x, mut y) = (0, 0);
        for steps in 0..LIMIT {
            let (xx, yy) = (x * x / ONE, y * y / ONE);
            if xx + yy > 4 * ONE {
                return steps;
            }
            (x, y) = (xx - yy + real, 2 * x * y / ONE + imaginary);
        }
        LIMIT
    };
    assert_gives("mandelbrot", |size| {
        let lines = size as i64;
        let columns = 2 * lines;
        let (mut sum, mut output) = (0, Vec::new());
        for line in 0..lines {
            let imaginary = (2 * line + 1 - lines) * 3 * ONE / (2 * lines);
            let mut text = String::new();
            for column in 0..columns {
                let real = (2 * column + 1) * 3 * ONE / (2 * columns) - 2_200_000;
                let steps = steps(real, imaginary);
                sum += steps;
                text.push(match steps {
                    LIMIT => '#',
                    _ => char::from(b" .:-=+*%"[steps as usize % 8]),
                });
            }
            output.push(text);
        }
        assert!(output.iter().eq(output.iter().rev()));
        (sum.to_string(), output)
    });
}
