//! Programs near every limit there is: depth of calls and of nesting, and numbers of arguments,
//! variables and constants. All variants agree, on the small native stack of a thread.

use std::thread;

use crate::support::{Engines, Run, check_all, count, parse, run};
use runtime::{ErrorKind, Limits};
use syntax::Function;

/// Runs `body` on a thread with the stack that threads have by default, whatever the test's own
/// thread has.
fn on_a_small_stack(body: impl FnOnce() + Send) {
    const STACK_BYTES: usize = 2 << 20;
    thread::scope(|scope| {
        thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, body)
            .expect("the system has room for a thread")
            .join()
            .expect("the body doesn't panic");
    });
}

fn with_depth(depth: u32) -> Limits {
    Limits {
        depth,
        ..Limits::default()
    }
}

/// The one value that a program has on every variant.
fn value(engines: &Engines, source: &str, limits: &Limits) -> String {
    let run = engines
        .agree(&parse(source), limits)
        .unwrap_or_else(|complaint| panic!("{complaint:.2000}"));
    match run.outcome {
        Ok(value) => value,
        Err(error) => panic!("{error}: {source:.200}"),
    }
}

/// The one error that a program has on every variant.
fn error(engines: &Engines, source: &str, limits: &Limits) -> ErrorKind {
    let run = engines
        .agree(&parse(source), limits)
        .unwrap_or_else(|complaint| panic!("{complaint:.2000}"));
    match run.outcome {
        Ok(value) => panic!("{value:.200}: {source:.200}"),
        Err(error) => error.kind,
    }
}

/// `count` items with commas between them.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

/// The functions of the documented workloads, at a depth of 10,000 nested calls. That of fibonacci
/// would then call itself more often than there is time for: its fuel ends as soon as it has been
/// that deep. (That the realistic ones never nest deeper, `workloads` asks.)
#[test]
fn ten_thousand_nested_calls_of_every_workload_function_work() {
    on_a_small_stack(|| {
        let engines = Engines::telling();
        for workload in workloads::documented() {
            let Some(size) = workload.size.as_ref().filter(|size| size.most >= 9_999) else {
                continue;
            };
            let source = workload.source(Some(size.most)).unwrap();
            value(&engines, &source, &with_depth(10_000));
            let error = error(&engines, &source, &with_depth(9_999));
            assert_eq!(error, ErrorKind::StackOverflow, "{}", workload.name);
        }
        let fibonacci = "let fib = fn(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } };";
        let text = workloads::find("fibonacci").unwrap().source(None).unwrap();
        assert!(
            text.contains(fibonacci),
            "the workload's function is another one now"
        );
        let source = format!("{fibonacci} fib(10000)");
        let limits = Limits {
            fuel: Some(10_020),
            ..with_depth(10_000)
        };
        assert_eq!(error(&engines, &source, &limits), ErrorKind::OutOfFuel);
        assert_eq!(
            error(&engines, &source, &with_depth(9_999)),
            ErrorKind::StackOverflow
        );
    });
}

#[test]
fn the_stack_overflows_at_the_same_call_everywhere() {
    let forms = [
        "down(n - 1)",
        "1 + down(n - 1)",
        "[down(n - 1)][0]",
        "let x = down(n - 1); x",
        "return down(n - 1);",
        "fn(m) { m }(down(n - 1))",
    ];
    let items: Vec<_> = forms
        .iter()
        .flat_map(|form| [1, 2, 63, 1_000, 10_000].map(|calls| (form, calls)))
        .collect();
    check_all(Engines::telling, &items, |engines, &(form, calls)| {
        let source = format!(
            "let down = fn(n) {{ if (n == 0) {{ 0 }} else {{ {form} }} }};\ndown({})",
            calls - 1
        );
        let enough = engines.agree(&parse(&source), &with_depth(calls));
        let few = engines.agree(&parse(&source), &with_depth(calls - 1));
        match (enough, few) {
            (Err(complaint), _) | (_, Err(complaint)) => vec![complaint],
            (Ok(enough), Ok(few)) => {
                // The call behind the recursion fits where the recursion did.
                let works = enough.outcome.is_ok();
                let overflows = few
                    .outcome
                    .is_err_and(|error| error.kind == ErrorKind::StackOverflow);
                if works && overflows {
                    Vec::new()
                } else {
                    vec![format!("{source}: works {works}, overflows {overflows}")]
                }
            }
        }
    });
}

#[test]
fn endless_recursion_makes_as_many_calls_everywhere() {
    let source = "let f = fn(n) { 1 + f(n + 1) }; f(0)";
    check_all(Engines::telling, catalog::variants(), |_, variant| {
        let code = variant.engine().compile(&parse(source));
        let (run, counts) = count(&*code, &Limits::default());
        let overflows = run
            .outcome
            .is_err_and(|error| error.kind == ErrorKind::StackOverflow);
        if overflows && counts.calls == 100_000 {
            Vec::new()
        } else {
            vec![format!("{}: {} calls", variant.name, counts.calls)]
        }
    });
}

/// How deep the trees of these tests are; the parser's limit is 10,000.
const HIGH: usize = 9_000;

/// Programs with a recursive call within that many levels of each kind of expression.
fn high_bodies() -> Vec<(&'static str, String)> {
    // `levels` is how many the parser counts for one pair of `open` and `close`.
    let around = |open: &str, close: &str, levels: usize| {
        let (open, close) = (open.repeat(HIGH / levels), close.repeat(HIGH / levels));
        format!("let f = fn(n) {{ if (n == 0) {{ 0 }} else {{ {open}f(n - 1){close} }} }}; f(2)")
    };
    vec![
        ("prefixes", around("-", "", 1)),
        ("left sums", around("", " + 1", 1)),
        ("right sums", around("(1 + ", ")", 2)),
        ("arrays", around("[", "][0]", 2)),
        ("calls", around("len([", "])", 2)),
        ("branches", around("if (true) {", "}", 1)),
        ("other branches", around("if (false) { 1 } else {", "}", 1)),
    ]
}

#[test]
fn high_expressions_in_recursive_functions_are_safe() {
    on_a_small_stack(|| {
        let engines = Engines::telling();
        for (what, source) in high_bodies() {
            let weight = parse(&source).ast().functions[1].weight();
            assert!(weight >= 70, "{what} weigh {weight}");
            value(&engines, &source, &with_depth(3 * weight));
            let error = error(&engines, &source, &with_depth(3 * weight - 1));
            assert_eq!(error, ErrorKind::StackOverflow, "{what}");
        }
    });
}

#[test]
fn high_bodies_recur_to_the_default_depth_without_an_overflow_of_the_native_stack() {
    on_a_small_stack(|| {
        let source = format!("let f = fn(n) {{ {}f(n + 1) }}; f(0)", "-".repeat(HIGH));
        let kind = error(&Engines::telling(), &source, &Limits::default());
        assert_eq!(kind, ErrorKind::StackOverflow);
    });
}

/// Functions without an end to their recursion, each call of which holds some `width` values while it
/// waits for the next.
fn wide_bodies(width: usize) -> Vec<(&'static str, String)> {
    let quarter = width / 4;
    let ones = "1,".repeat(width);
    let operands = ["1 + (".repeat(quarter), ")".repeat(quarter)];
    let entries = list(width / 2, |i| format!("{i}: 1"));
    let arrays = format!("[{}", "1,".repeat(quarter)).repeat(4);
    let lets = |range: std::ops::Range<usize>| -> String {
        range.map(|i| format!("let v{i} = n;")).collect()
    };
    let blocks: String = (1..4)
        .map(|i| format!("if (n > 0) {{ {}", lets(i * quarter..(i + 1) * quarter)))
        .collect();
    let captures = list(quarter, |i| format!("v{i}"));
    let [few, many] = [quarter, width].map(|count| lets(0..count));
    let [parameters, arguments] = ["p", "1"].map(|prefix| list(width, |i| format!("{prefix}{i}")));
    let mut bodies: Vec<_> = [
        ("the first element", format!("[f(n + 1), {ones} 1]")),
        ("the last element", format!("[{ones} f(n + 1)]")),
        ("arrays in arrays", format!("{arrays} f(n + 1)]]]]")),
        ("a key", format!("{{{entries}, f(n + 1): 2}}")),
        ("a value", format!("{{{entries}, 2: f(n + 1)}}")),
        ("an argument", format!("f({ones} f(n + 1), 2)")),
        ("an argument of a builtin", format!("puts({ones} f(n + 1))")),
        ("operands", operands.join("f(n + 1)")),
        ("variables", format!("{many} 1 + f(n + 1)")),
        (
            "variables of blocks",
            format!("{few} {blocks} f(n + 1) + 1 }}}}}}"),
        ),
        (
            "captured variables",
            format!("{few} let g = fn() {{ [{captures}] }}; let v = f(n + 1); g()"),
        ),
    ]
    .map(|(what, body)| (what, format!("let f = fn(n) {{ {body} }}; f(1)")))
    .into();
    bodies.push((
        "parameters",
        format!("let f = fn({parameters}) {{ f({arguments}) + 1 }}; f({arguments})"),
    ));
    bodies
}

/// The depth is used up by as many calls on every variant, which together hold no more than as many
/// values as that depth allows.
#[test]
fn functions_that_hold_much_overflow_at_the_same_call_everywhere() {
    const DEPTH: u32 = 1_000;
    let bodies = [60, 500, 4_000].map(wide_bodies);
    check_all(
        Engines::telling,
        &bodies.concat(),
        |engines, (what, source)| {
            let program = parse(source);
            let function = program.ast().functions[1];
            let calls = DEPTH / function.weight();
            let most = DEPTH * Function::VALUES_PER_WEIGHT;
            assert!(calls * (function.width + function.height) < most, "{what}");
            let compiled = engines.compile(&program);
            let mut complaints = match compiled.agree(&with_depth(DEPTH)) {
                Ok(run) if overflows(&run) => Vec::new(),
                Ok(run) => vec![format!("{what}: {run:?}")],
                Err(complaint) => vec![format!("{what}: {complaint:.2000}")],
            };
            for (name, code) in compiled.iter() {
                let (_, counts) = count(code, &with_depth(DEPTH));
                if counts.calls != u64::from(calls) {
                    let found = counts.calls;
                    complaints.push(format!("{name}, {what}: {found} calls, not {calls}"));
                }
            }
            complaints
        },
    );
}

fn overflows(run: &Run) -> bool {
    let error = run.outcome.as_ref().err();
    error.is_some_and(|error| error.kind == ErrorKind::StackOverflow)
}

/// If calls counted for one whatever they hold, these would hold 10^10 values.
#[test]
fn functions_that_hold_much_recur_to_the_default_depth_in_bounded_memory() {
    let engines = Engines::telling();
    let ones = "1,".repeat(100_000);
    let source = format!("let f = fn(n) {{ [{ones} f(n + 1)] }}; f(0)");
    let program = parse(&source);
    let calls = u64::from(Limits::default().depth / program.ast().functions[1].weight());
    let names = ["tree", "stack", catalog::fully_optimized().name.as_str()];
    for (name, engine) in engines.iter().filter(|(name, _)| names.contains(name)) {
        let code = engine.compile(&program);
        let (counted, counts) = count(&*code, &Limits::default());
        assert_eq!(counts.calls, calls, "{name}");
        assert_eq!(run(&*code, &Limits::default()), counted, "{name}");
        assert!(overflows(&counted), "{name}");
    }
}

#[test]
fn calls_of_ordinary_functions_count_for_one() {
    for workload in workloads::all() {
        let program = parse(&workload.source(None).unwrap());
        for function in &program.ast().functions[1..] {
            assert_eq!(function.weight(), 1, "{}", workload.name);
        }
    }
}

#[test]
fn functions_nested_in_functions_are_safe() {
    on_a_small_stack(|| {
        let depth = HIGH / 3;
        let (open, close) = ("fn(x) { ".repeat(depth), " }(x)".repeat(depth));
        let source = format!("let x = 7; {open}x{close}");
        assert_eq!(value(&Engines::telling(), &source, &Limits::default()), "7");
    });
}

/// The most parameters, arguments and variables of a function.
const MOST: usize = syntax::MAX_LIST as usize;

#[test]
fn as_many_arguments_as_there_may_be_arrive() {
    on_a_small_stack(|| {
        let engines = Engines::telling();
        let parameters = list(MOST, |i| format!("p{i}"));
        let arguments = list(MOST, |i| i.to_string());
        let last = MOST - 1;
        let function = format!("fn({parameters}) {{ [p0, p1, p{last}, p255 + p{last}] }}");
        let source = format!("let f = {function}; f({arguments})");
        let expected = format!("[0, 1, {last}, {}]", 255 + last);
        assert_eq!(value(&engines, &source, &Limits::default()), expected);

        let source = format!("let f = fn() {{ 1 }}; f({arguments})");
        let got = u32::try_from(MOST).unwrap();
        let error = error(&engines, &source, &Limits::default());
        assert_eq!(error, ErrorKind::WrongArity { want: 0, got });

        let source = format!("puts({})", list(MOST, |_| "1".into()));
        let run = engines.agree(&parse(&source), &Limits::default()).unwrap();
        assert_eq!(run.output, "1\n".repeat(MOST));
    });
}

#[test]
fn as_many_locals_as_there_may_be_keep_their_values() {
    let engines = Engines::telling();
    let lets: String = (1..MOST)
        .map(|i| format!("let v{i} = a - {i};\n"))
        .collect();
    let last = MOST - 1;
    let body = format!("{lets} [v1, v256, v{last}, v{last} - 1, v{last} < 5]");
    let expected = format!(
        "[99999, {}, {}, {}, false]",
        100_000 - 256,
        100_000 - last,
        99_999 - last
    );
    let source = format!("fn(a) {{ {body} }}(100000)");
    assert_eq!(value(&engines, &source, &Limits::default()), expected);
}

/// The tree-walker searches what a function captured from its front, so that there the time goes
/// with the square of their number: it gets fewer.
#[test]
fn as_many_captures_as_there_may_be_keep_their_values() {
    let source = |half: usize| {
        let names = |prefix: &str| list(half, |i| format!("{prefix}{i}"));
        let numbers = list(half, |i| i.to_string());
        let (a, b) = (names("a"), names("b"));
        format!(
            "let all = fn({a}) {{ fn({b}) {{ fn() {{ [{a},{b}] }} }} }}({numbers})({numbers})();
             [len(all), all[{half} - 1], all[{half}], all[2 * {half} - 1]]"
        )
    };
    let expected = |half| format!("[{}, {}, 0, {}]", 2 * half, half - 1, half - 1);
    let engines = Engines::telling();
    let few = MOST / 20;
    assert_eq!(
        value(&engines, &source(few), &Limits::default()),
        expected(few)
    );
    let most = MOST / 2;
    let program = parse(&source(most));
    for (name, engine) in engines.iter().skip(1) {
        let run = run(&*engine.compile(&program), &Limits::default());
        assert_eq!(run.outcome, Ok(expected(most)), "{name}");
    }
}

/// More than 16 bits can number.
const MANY: usize = 70_000;

#[test]
fn many_globals_and_constants_keep_their_values() {
    let engines = Engines::telling();
    let lets: String = (0..MANY)
        .map(|i| format!("let g{i} = {};\n", 1_000_000 + i))
        .collect();
    let last = MANY - 1;
    // Instructions that have a constant or a global, with numbers past 16 bits.
    let source = format!(
        "{lets}
         let late = fn() {{ later }};
         let later = g{last};
         let f = fn(n) {{ if (n < 1069998) {{ n + 1069997 }} else {{ f(n - 1069996) }} }};
         let table = {{1069995: \"far\"}};
         [g0, g65535, g65536, g{last}, g{last} - 1069994, f(g{last}), table[1069995], late()]"
    );
    let expected = "[1000000, 1065535, 1065536, 1069999, 5, 1070000, far, 1069999]";
    assert_eq!(value(&engines, &source, &Limits::default()), expected);
}

#[test]
fn the_constants_on_both_sides_of_65_536_differ() {
    let engines = Engines::telling();
    for count in [65_535, 65_536] {
        let constants = list(count, |i| (1_000_000 + i).to_string());
        let source = format!(
            "let a = [{constants}]; let f = fn(x) {{ x + 7 - 8 * 9 }}; [f(len(a)), \"s\", 10 < 11]"
        );
        let expected = format!("[{}, s, true]", count - 65);
        assert_eq!(value(&engines, &source, &Limits::default()), expected);
    }
}

#[test]
fn large_literals_are_whole() {
    let engines = Engines::telling();
    let elements = list(MANY, |i| i.to_string());
    let source = format!("let a = [{elements}]; [len(a), a[0], last(a), a[{MANY}], a[256]]");
    let expected = format!("[{MANY}, 0, {}, null, 256]", MANY - 1);
    assert_eq!(value(&engines, &source, &Limits::default()), expected);

    let entries = list(MANY, |i| format!("{}: {i}", i / 2));
    let source = format!(
        "let h = {{{entries}}}; [h[0], h[{}], h[{MANY}]]",
        MANY / 2 - 1
    );
    let expected = format!("[1, {}, null]", MANY - 1);
    assert_eq!(value(&engines, &source, &Limits::default()), expected);
}

#[test]
fn code_over_64_kib_is_jumped_over() {
    let engines = Engines::telling();
    let statements = "x + 1;".repeat(20_000);
    let source = format!(
        "let f = fn(x) {{ if (x < 1) {{ {statements} \"low\" }} else {{ {statements} \"high\" }} }};
         [f(0), f(1)]"
    );
    let program = parse(&source);
    for (name, engine) in engines.iter().skip(1) {
        let code = engine.compile(&program);
        assert!(code.code_bytes() > 2 << 16, "{name}");
        let run = run(&*code, &Limits::default());
        assert_eq!(run.outcome, Ok("[low, high]".into()), "{name}");
    }
}
