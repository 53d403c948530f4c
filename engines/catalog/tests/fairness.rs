//! Variants that differ in one thing differ in nothing else: they dispatch the same instructions, call what engines
//! have in common equally often, function by function, and pause equally often.
//!
//! Instructions are counted by the engines themselves. Calls are counted by valgrind, where that is installed, in
//! processes of this test's own binary: nothing is built into engines for it.

mod support;

use std::collections::BTreeMap;
use std::process::Command;
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
    let engine = find(&name).expect("a variant").engine();
    let ran = run(&*engine.compile(&parse(PROGRAM)), &Limits::default());
    assert!(ran.output.starts_with("300\n"), "{ran:?}");
}

/// How often each of the common functions was called; none where there is no valgrind.
fn calls(variant: &str) -> Option<BTreeMap<&'static str, u64>> {
    let unique = format!("fairness-{}-{}", process::id(), variant.replace('/', "-"));
    let file = env::temp_dir().join(unique);
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--compress-strings=no"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe().expect("this test"))
        .args(["--exact", "runs_on_the_variant_that_the_environment_names"])
        .env(VARIANT, variant)
        .output()
        .ok()?;
    assert!(ran.status.success(), "{ran:?}");
    let profile = fs::read_to_string(&file).expect("valgrind's profile");
    fs::remove_file(&file).expect("it was there");
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

#[test]
fn variants_with_the_same_optimizations_call_what_they_share_equally_often() {
    // The axes, one at a time: values, checks, dispatch.
    let dispatch = &ARCHITECTURES
        .iter()
        .find(|it| it.name == "stack")
        .expect("there is one")
        .axes[1];
    assert_eq!(dispatch.title, "dispatch");
    let strategies = dispatch.values.iter().map(|it| it.name);
    let strategies = strategies.map(|it| format!("stack+all/tagged/{it}/verified"));
    let offered = |name: &String| find(name).is_ok();
    let groups = [
        ["stack", "stack/tagged", "stack/nan", "stack/ptr"]
            .map(str::to_owned)
            .into(),
        ["stack+all", "stack+all/verified"]
            .map(str::to_owned)
            .into(),
        strategies.filter(offered).collect::<Vec<_>>(),
    ];
    assert!(groups[2].len() >= 3, "{groups:?}");
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
