//! Variants that differ in one thing differ in nothing else: they dispatch the same instructions, call what engines
//! have in common equally often, function by function, and pause equally often.
//!
//! Instructions are counted by the engines themselves. Calls are counted by valgrind, where that is installed, in
//! processes of this test's own binary: nothing is built into engines for it.

mod support;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use catalog::{ARCHITECTURES, find, variants};
use runtime::Limits;
use support::{count, parse, run};

/// Calls deep enough that the stack is lengthened more than once, and whatever leaves the usual path of an instruction.
const PROGRAM: &str = r#"
let deep = fn(n) { if (n == 0) { 0 } else { 1 + deep(n - 1) } };
let each = fn(n) {
    if (n > 0) {
        let a = [n, n + 1];
        let h = {n: a, "k": n};
        let f = fn(x) { x + h[n][0] };
        let s = "a" + "b";
        puts(f(len(push(a, s))), s == "ab", !(-n < 3));
        each(n - 1)
    }
};
puts(deep(300));
each(20)
"#;

/// Says which variant the process is to run the program on, if it is one that is counted.
const VARIANT: &str = "MONKEYBENCH_TEST_FAIRNESS";

/// The program.
const SOURCE: &str = "MONKEYBENCH_TEST_FAIRNESS_SOURCE";

/// The functions that are never inlined, and that every engine with instructions has in common.
const COMMON: [&str; 10] = [
    "runtime::builtins::call",
    "runtime::operators::make_array",
    "runtime::operators::make_hash",
    "runtime::operators::infix_general",
    "runtime::operators::infix_ref_general",
    "runtime::operators::compare_general",
    "runtime::operators::index_general",
    "stack::machine::execution::call_builtin",
    "stack::machine::execution::make_closure",
    PAUSE,
];

/// What a pause begins with.
const PAUSE: &str = "stack::machine::execution::Execution<V,M,F,_>::wait";

/// The names of the stack machine's engines that have the same optimizations, by these.
fn by_optimizations() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for variant in variants().iter().filter(|it| it.name.starts_with("stack")) {
        let optimizations = variant.name.split('/').next().expect("the first part");
        groups
            .entry(optimizations)
            .or_default()
            .push(&*variant.name);
    }
    groups.retain(|_, names| names.len() > 1);
    groups
}

#[test]
fn variants_with_the_same_optimizations_dispatch_alike() {
    let groups = by_optimizations();
    assert!(groups.len() >= 2, "{groups:?}");
    let workloads = workloads::all().iter();
    let small = workloads.map(|it| it.source(it.small()).expect("a size that there is"));
    for source in small.chain([PROGRAM.to_owned()]) {
        let program = parse(&source);
        for names in groups.values() {
            let counts = names.iter().map(|name| {
                let engine = find(name).expect("a variant").engine();
                let code = engine.compile(&program);
                let (_, counts) = count(&*code, &Limits::default());
                (code.listing(false), counts.calls, counts.by_opcode)
            });
            let counts: Vec<_> = counts.collect();
            for (name, found) in names.iter().zip(&counts) {
                assert!(*found == counts[0], "{name} and {}: {source}", names[0]);
            }
        }
    }
}

/// Where the processes that are counted spend their time; else it is no test.
#[test]
fn runs_on_the_variant_that_the_environment_names() {
    let Ok(name) = env::var(VARIANT) else {
        return;
    };
    let source = env::var(SOURCE).expect("the program, too");
    let engine = find(&name).expect("a variant").engine();
    let ran = run(&*engine.compile(&parse(&source)), &Limits::default());
    assert!(ran.outcome.is_ok(), "{ran:?}");
}

/// What valgrind saw of a program on a variant; none where there is no valgrind.
fn profile(variant: &str, source: &str) -> Option<String> {
    // Tests run side by side, in one process or several.
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let unique = format!("fairness-{}-{number}", process::id());
    let file = env::temp_dir().join(unique);
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--compress-strings=no"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe().expect("this test"))
        .args(["--exact", "runs_on_the_variant_that_the_environment_names"])
        .env(VARIANT, variant)
        .env(SOURCE, source)
        .output()
        .ok()?;
    assert!(ran.status.success(), "{ran:?}");
    let profile = fs::read_to_string(&file).expect("valgrind's profile");
    fs::remove_file(&file).expect("it was there");
    Some(profile)
}

/// How often each of the common functions was called.
fn calls(variant: &str) -> Option<BTreeMap<&'static str, u64>> {
    let profile = profile(variant, PROGRAM)?;
    let mut counts: BTreeMap<_, _> = COMMON.into_iter().map(|name| (name, 0)).collect();
    let mut callee = "";
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("cfn=") {
            callee = name.split('\'').next().unwrap_or(name);
        } else if let Some(times) = line.strip_prefix("calls=")
            && let Some(count) = counts.get_mut(callee)
        {
            let times = times
                .split(' ')
                .next()
                .and_then(|it| it.parse::<u64>().ok());
            *count += times.expect("a number of calls");
        }
    }
    Some(counts)
}

/// The names of the engines that differ in the dispatch strategy alone, as far as they are offered.
fn by_dispatch() -> Vec<String> {
    let dispatch = &ARCHITECTURES
        .iter()
        .find(|it| it.name == "stack")
        .expect("there is one")
        .axes[1];
    assert_eq!(dispatch.title, "dispatch");
    let strategies = dispatch.values.iter().map(|it| it.name);
    let names: Vec<_> = strategies
        .map(|it| format!("stack+all/tagged/{it}/verified"))
        .filter(|name| find(name).is_ok())
        .collect();
    assert!(names.len() >= 3, "{names:?}");
    names
}

/// An instruction that relies on a type does no more for it than the one that asks: the same additions, of parameters
/// whose types nothing tells, and of those that have been subtracted from. (If drops of integers were calls, handlers
/// would save registers, which is a quarter of all that is done here.)
#[test]
fn additions_of_proven_integers_cost_no_more_than_others() {
    let program = |first: &str| {
        let sums = "x + y;".repeat(200);
        format!(
            "let f = fn(n, x, y) {{ {first} {sums} if (n != 0) {{ f(n - 1, x, y) }} }}; f(500, 1, 2)"
        )
    };
    for name in by_dispatch() {
        let host_instructions = |source: &str| {
            let profile = profile(&name, source)?;
            let total = profile.lines().find_map(|it| it.strip_prefix("totals: "));
            let total = total.expect("valgrind's profile ends with its totals");
            Some(total.parse::<u64>().expect("one number"))
        };
        let unknown = host_instructions(&program("x; y;"));
        let Some((unknown, proven)) = unknown.zip(host_instructions(&program("x - 0; y - 0;")))
        else {
            eprintln!("no valgrind: host instructions are not counted");
            return;
        };
        assert!(
            proven < unknown + unknown / 20,
            "{name}: {proven} and {unknown}"
        );
    }
}

#[test]
fn variants_with_the_same_optimizations_call_what_they_share_equally_often() {
    // The axes, one at a time: values, checks, dispatch.
    let groups = [
        ["stack", "stack/tagged", "stack/nan", "stack/ptr"]
            .map(str::to_owned)
            .into(),
        ["stack+all", "stack+all/verified"]
            .map(str::to_owned)
            .into(),
        by_dispatch(),
    ];
    for names in groups {
        let Some(expected) = calls(&names[0]) else {
            eprintln!("no valgrind: calls are not counted");
            return;
        };
        assert!(expected.values().all(|&it| it > 0), "{expected:?}");
        for name in &names[1..] {
            let mut found = calls(name).expect("valgrind is there");
            // With checks the stack becomes longer as it is needed, without them as calls may count for.
            if name.ends_with("/verified") && !names[0].ends_with("/verified") {
                found.insert(PAUSE, expected[PAUSE]);
            }
            assert_eq!(found, expected, "{name} and {}", names[0]);
        }
    }
}
