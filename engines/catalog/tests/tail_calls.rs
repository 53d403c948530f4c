//! The engines whose handlers call the next one as their last act: the calls are jumps, or the
//! engines are not offered.

mod support;

use std::thread;

use bytecode::InstructionSet as _;
use catalog::{not_offered, variants};
use runtime::Limits;
use stack::{Dispatch, Opcode};
use support::{count, parse, run};

/// As many instructions as would need some gigabytes, were each a call.
const DISPATCHES: u64 = 100_000_000;

/// Less than a thousand times the room of one call.
const STACK: usize = 128 * 1024;

/// The dispatch strategies that rely on it.
fn names() -> Vec<&'static str> {
    let all = Dispatch::ALL.iter().copied();
    all.filter(|&it| it.needs_tail_calls() || it == Dispatch::Become)
        .map(Dispatch::name)
        .collect()
}

fn uses_tail_calls(name: &str) -> bool {
    name.split('/').any(|part| names().contains(&part))
}

/// The Fibonacci number that dispatches so often.
const SIZE: u64 = 34;

/// A Fibonacci number, and how many calls the recursive definition makes of it.
fn fibonacci_and_calls(n: u64) -> (u64, u64) {
    let mut pair = [(0, 1), (1, 1)];
    for _ in 0..n {
        let [(a, calls_a), (b, calls_b)] = pair;
        pair = [(b, calls_b), (a + b, 1 + calls_a + calls_b)];
    }
    pair[0]
}

#[test]
fn a_hundred_million_dispatches_need_little_of_the_native_stack() {
    let fibonacci = workloads::find("fibonacci").unwrap();
    let source = |size| fibonacci.source(Some(size)).unwrap();
    let offered = variants().iter().filter(|it| uses_tail_calls(&it.name));
    for variant in offered {
        let small = parse(&source(15));
        let (_, counts) = count(&*variant.engine().compile(&small), &Limits::default());
        let per_call = counts.dispatched as f64 / counts.calls as f64;
        let (expected, calls) = fibonacci_and_calls(SIZE);
        assert!(
            calls as f64 * per_call > DISPATCHES as f64,
            "{}",
            variant.name
        );

        let large = source(SIZE);
        let outcome = thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || {
                run(
                    &*variant.engine().compile(&parse(&large)),
                    &Limits::default(),
                )
                .outcome
            })
            .expect("a thread starts")
            .join()
            .expect("the run ends");
        assert_eq!(outcome.ok(), Some(expected.to_string()), "{}", variant.name);
    }
}

/// How often each instruction is dispatched at the least: were its handler's last call none that is a jump, the native
/// stack would be at its end before.
const TIMES: u64 = 1 << 14;

/// What only the program itself does, and what more constants than that need.
const SELDOM: [Opcode; 2] = [Opcode::SetGlobal, Opcode::ConstantWide];

/// A program in which there is every other instruction in each of many calls, which are nested a little: with what
/// is usual, and with strings, arrays and objects' ends. Of `p` and `q` it is known that they are integers, of
/// what lies in `a` it isn't.
fn everything() -> String {
    let mut body = String::new();
    for op in ["+", "-", "*", "/", "<", ">", "==", "!="] {
        body += &format!("a[0] {op} a[1]; a[0] {op} 3; p {op} q; p * p {op} 3; ");
        body +=
            &format!("if (a[0] {op} a[1]) {{ 1 }} if (p {op} q) {{ 1 }} if (p {op} 3) {{ 1 }} ");
        body += &format!("let x = a[0]; x {op} 3; let x = a[0]; if (x {op} 3) {{ 1 }} p {op} 3; ");
    }
    format!(
        r#"
        let later = fn() {{ table }};
        let values = [1, 2];
        let each = fn(n) {{
            let a = [7, 5, "s" + "t", fn() {{ [each, n] }}];
            let p = n - 1; let q = n + 2;
            {body}
            let h = {{n: a, "k": p, true: a[3]()}};
            -a[0]; -p; !a; !(a == [q]); true; false; values[1];
            a[2] == "st"; a[2] + a[2]; a == [p, q]; h["k"]; h[n][p]; a[n]; later()[0];
            a[2]; puts(); push(rest(a), len(first(rest(rest(a)))));
            let a = h; let a = a;
            if (n != 0) {{ if (h) {{ each(p) + each(p) }} else {{ 0 }} }} else {{ return 1; }}
        }};
        let table = [1, 2];
        each(14)
        "#
    )
}

#[test]
fn no_instruction_needs_the_native_stack() {
    let program = parse(&everything());
    let offered = variants().iter().filter(|it| uses_tail_calls(&it.name));
    for variant in offered {
        let (counted, counts) = count(&*variant.engine().compile(&program), &Limits::default());
        let times = |it: &Opcode| counts.by_opcode[usize::from(it.byte())];
        let others = Opcode::ALL.iter().filter(|it| !SELDOM.contains(it));
        let too_few: Vec<_> = others.filter(|it| times(it) < TIMES).collect();
        assert_eq!(too_few, [&Opcode::False; 0], "{}", variant.name);
        let ran = thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || {
                let code = variant.engine().compile(&parse(&everything()));
                run(&*code, &Limits::default())
            })
            .expect("a thread starts")
            .join()
            .expect("the run ends");
        assert_eq!(ran, counted, "{}", variant.name);
        assert_eq!(ran.outcome.as_deref(), Ok("16384"), "{}", variant.name);
    }
}

#[test]
fn either_each_strategy_is_offered_or_it_is_said_why_not() {
    for name in names() {
        let offered = variants()
            .iter()
            .any(|it| it.name.split('/').any(|part| part == name));
        let refused = not_offered()
            .iter()
            .any(|it| it.name.split('/').any(|part| part == name));
        assert!(offered != refused, "{name}");
    }
    for refused in not_offered() {
        assert!(!refused.why.is_empty());
        let error = catalog::find(&refused.name).unwrap_err();
        assert!(error.to_string().contains(refused.why), "{error}");
    }
    // What continuous integration builds has all that need no particular compiler.
    if cfg!(target_arch = "x86_64") {
        let needs_nightly = |name: &str| name.contains(Dispatch::Become.name());
        let refused = not_offered();
        let mut others = refused.iter().filter(|it| !needs_nightly(&it.name));
        assert!(others.next().is_none(), "{refused:?}");
    }
}
