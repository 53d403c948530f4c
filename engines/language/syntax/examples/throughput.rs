//! Measures how fast a source of 10 MB is lexed, parsed and resolved: the best of ten runs of
//! each, in MB (10^6 bytes) per second, and the memory of the result.
//!
//!     cargo run --release -p syntax --example throughput

use std::hint::black_box;
use std::time::{Duration, Instant};

use syntax::lexer::{Lexer, TokenKind};
use syntax::parser::parse_ast;
use syntax::resolver::resolve;

const BYTES: usize = 10_000_000;
const RUNS: usize = 10;

/// What each part of the source looks like; `#` is the part's number, so that names differ.
const PART: &str = r#"
let fibonacci_# = fn(n) {
    if (n < 2) { n } else { fibonacci_#(n - 1) + fibonacci_#(n - 2) }
};

let person_# = {"name": "Ada #", "age": 36, "languages": ["Monkey", "Rust", "C"], 1: true};

let map_# = fn(array, transform) {
    let iterate = fn(rest_of, accumulated) {
        if (len(rest_of) == 0) {
            accumulated
        } else {
            let head = first(rest_of);
            return iterate(rest(rest_of), push(accumulated, transform(head)));
        }
    };
    iterate(array, []);
};

let total_# = map_#([1, 2 * #, 3 + 4, person_#["age"]], fn(x) { (x + 1) * x - x / 2 });
if (!(total_#[0] == 42) != false) { puts("total #: ", total_#[0], -fibonacci_#(20)); }
"#;

fn main() {
    let source = generate(BYTES);
    let ast = match parse_ast(&source) {
        Ok(ast) => ast,
        Err(errors) => return eprintln!("{errors}"),
    };
    println!(
        "{} bytes, {} expressions, {} names, {} functions",
        source.len(),
        ast.expressions.len(),
        ast.names.len(),
        ast.functions.len()
    );
    let rate = |what: &str, time: Duration| {
        let speed = source.len() as f64 / 1e6 / time.as_secs_f64();
        println!(
            "{what:<9}{:>8.1} ms {speed:>8.1} MB/s",
            time.as_secs_f64() * 1e3
        );
    };
    rate("lexer", best(|| (), |()| count_tokens(&source)));
    rate("parser", best(|| (), |()| parse_ast(&source)));
    rate(
        "resolver",
        best(|| ast.clone(), |ast| resolve(&source, ast)),
    );
    rate("all", best(|| (), |()| syntax::parse(&source)));
    if let Ok(program) = syntax::parse(&source) {
        let bytes = program.heap_bytes() as f64 / source.len() as f64;
        println!("{bytes:.1} bytes of memory per byte of source");
    }
}

fn generate(bytes: usize) -> String {
    let mut source = String::with_capacity(bytes + PART.len() * 2);
    for part in 0.. {
        if source.len() >= bytes {
            break;
        }
        source += &PART.replace('#', &format!("{part}"));
    }
    source
}

fn count_tokens(source: &str) -> usize {
    let mut lexer = Lexer::new(source);
    std::iter::from_fn(|| Some(lexer.next_token()))
        .take_while(|token| token.kind != TokenKind::End)
        .count()
}

/// The shortest time that `run` takes; neither `prepare` nor dropping the result is timed.
fn best<I, O>(prepare: impl Fn() -> I, run: impl Fn(I) -> O) -> Duration {
    let time = || {
        let input = prepare();
        let start = Instant::now();
        let output = black_box(run(black_box(input)));
        let time = start.elapsed();
        drop(output);
        time
    };
    (0..RUNS).map(|_| time()).min().unwrap_or_default()
}
