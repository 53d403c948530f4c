//! Programs of a user's own as workloads: wherever one can stand, what is refused before anything is
//! timed, and what tells two of one name apart.

mod common;

use std::fs;

use assert_cmd::assert::Assert;
use common::{Bench, exists, no_panic, stderr, stdout};
use reports::schema::Results;

/// Prints, has a size and a comment, and counts down from it.
const OWN: &str = "let size = 18;
// how far it is to nothing
let down = fn(n, steps) { if (n == 0) { steps } else { down(n - 1, steps + 1) } };
puts(\"down\");
down(size, 0)
";

const TWO: &str = "run --engines tree,stack --rounds 1 --out out";

/// A run of one round is never to be trusted, but it measures.
fn measured(assert: &Assert) {
    no_panic(assert);
    assert_eq!(
        assert.get_output().status.code(),
        Some(3),
        "{}",
        stderr(assert)
    );
}

fn results(bench: &Bench) -> Results {
    Results::read(&bench.path("out/results.json")).unwrap()
}

/// No cell of a run failed.
fn all_well(results: &Results) {
    for cell in &results.cells {
        assert_eq!(cell.failure, None);
    }
}

#[test]
fn a_program_is_measured_beside_the_projects() {
    let bench = Bench::new();
    bench.file("own.monkey", OWN);
    measured(&bench.run(&format!(
        "{TWO} --workloads ./own.monkey,integer-arithmetic"
    )));
    let results = results(&bench);
    all_well(&results);
    let [own, other] = &*results.workloads else {
        panic!("{:?}", results.workloads);
    };
    assert_eq!(
        (&*own.name, &*own.title, &*own.value),
        ("own", "own(18)", "18")
    );
    assert_eq!((own.size, &own.suite), (Some(18), &None));
    assert_eq!(own.file.as_deref(), Some("./own.monkey"));
    assert_eq!(own.why, "yours: ./own.monkey");
    assert_eq!((&*other.name, &other.file), ("integer-arithmetic", &None));
    assert_eq!(results.experiment.headline, "own");
    assert_eq!(results.rounds_planned, 1);
}

#[test]
fn its_first_line_makes_it_sizable() {
    let bench = Bench::new();
    bench.file("own.monkey", OWN);
    measured(&bench.run(&format!("{TWO} --workloads own.monkey --size own=30")));
    let results = results(&bench);
    all_well(&results);
    let own = &results.workloads[0];
    assert_eq!((&*own.title, &*own.value), ("own(30)", "30"));

    bench.file("fixed.monkey", "1 + 2");
    for (size, words) in [
        (
            "fixed=3",
            "workload fixed has no size: the first line of fixed.monkey is not",
        ),
        (
            "own=9223372036854775808",
            "is not between 0 and 9223372036854775807",
        ),
        ("ownn=3", "unknown workload \"ownn\"; did you mean own?"),
    ] {
        let assert = bench
            .run(&format!(
                "{TWO} --workloads own.monkey,fixed.monkey --size {size}"
            ))
            .code(2);
        assert!(
            stderr(&assert).contains(words),
            "{size}: {}",
            stderr(&assert)
        );
    }
}

#[test]
fn it_stands_wherever_a_workload_can() {
    let bench = Bench::new();
    bench.file("own.monkey", OWN);
    let assert = bench
        .run("profile own.monkey --size own=3 --json")
        .success();
    let profile: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert!(profile.to_string().contains("own.monkey(3)"), "{profile}");
    let assert = bench.run("profile own.monkey --json").success();
    let profile: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert!(profile.to_string().contains("\"own.monkey\""), "{profile}");

    let assert = bench
        .run("attribute --workloads own.monkey --size own=5 --optimizations co,si")
        .success();
    assert!(stdout(&assert).contains("own(5)"), "{}", stdout(&assert));
    let assert = bench
        .run("check --engines tree,stack --workloads own.monkey --size own=5")
        .success();
    assert!(stdout(&assert).contains("ok"), "{}", stdout(&assert));

    // From the folder of the experiment, wherever that is.
    fs::create_dir(bench.path("lab")).unwrap();
    fs::rename(bench.path("own.monkey"), bench.path("lab/own.monkey")).unwrap();
    bench.file(
        "lab/x.toml",
        "name = 'x'\nquestion = '?'\nworkloads = ['integer-arithmetic', './own.monkey']\n\
         [[variant]]\nengine = 'tree'\n[[variant]]\nengine = 'stack'\n",
    );
    measured(&bench.run("run lab/x.toml --rounds 1 --out out --size own=4"));
    let results = results(&bench);
    all_well(&results);
    assert_eq!(results.workloads[1].value, "4");
    assert_eq!(results.workloads[1].file.as_deref(), Some("lab/own.monkey"));
}

#[test]
fn an_experiment_may_say_all_of_it() {
    let bench = Bench::new();
    bench.file("own.monkey", OWN);
    let experiment = |more: &str| {
        bench.file(
            "x.toml",
            format!(
                "name = 'x'\nquestion = '?'\n[[variant]]\nengine = 'tree'\n[[workload]]\n\
                 file = 'own.monkey'\n{more}\n"
            ),
        );
        bench.run("run x.toml --rounds 1 --out out")
    };
    measured(&experiment(
        "name = 'count-down'\nwhy = 'calls alone'\nsize = 7\nvalue = '7'\noutput = ['down']",
    ));
    let good = results(&bench);
    all_well(&good);
    let report = bench.read("out/report.md");
    assert!(
        report.contains("- count-down(7): calls alone; yours: own.monkey"),
        "{report}"
    );
    let own = &good.workloads[0];
    assert_eq!((&*own.name, &*own.title), ("count-down", "count-down(7)"));
    assert_eq!((&*own.why, &*own.value), ("calls alone", "7"));
    assert_eq!(good.workloads.len(), 1, "its own are all that it has");

    // What it says is what is expected, of the tree-walker too.
    for (more, reason) in [
        (
            "value = '8'\noutput = ['down']",
            "the value is \"18\", but should be \"8\"",
        ),
        (
            "value = '18'",
            "the output is \"down\\n\", but should be \"\"",
        ),
    ] {
        experiment(more).code(1);
        let failed = results(&bench);
        let failure = failed.cells[0].failure.as_ref().expect(more);
        assert!(failure.reason.contains(reason), "{more}: {failure:?}");
    }
    // That was said of its own size, and not of others.
    bench.file(
        "x.toml",
        bench
            .read("x.toml")
            .replace("value = '18'", "value = '18'\noutput = ['down']"),
    );
    measured(&bench.run("run x.toml --rounds 1 --out out --size own=9"));
    assert_eq!(results(&bench).workloads[0].value, "9");
    // And its name can be asked for.
    measured(&bench.run("run x.toml --rounds 1 --out out --workloads integer-arithmetic,own"));

    for (more, words) in [
        ("output = ['down']", "it has an output, but no value"),
        (
            "name = 'fibonacci'",
            "fibonacci is the name of a workload of this program",
        ),
        (
            "name = 'all'",
            "all is the name of a workload of this program",
        ),
        (
            "name = 'two words'",
            "the name has a space, and must be one word",
        ),
        ("name = \"a\\u0007\"", "the name has a control character"),
        ("name = ''", "the name is empty"),
        ("size = 9223372036854775808", "9223372036854775808"),
        ("vaule = '1'", "unknown field `vaule`"),
        (
            "[[workload]]\nfile = './own.monkey'",
            "two workloads are called own",
        ),
        (
            "[[workload]]\nfile = 'lost.monkey'",
            "can't read lost.monkey: no such file",
        ),
    ] {
        let assert = experiment(more).code(2);
        assert!(
            stderr(&assert).contains(words),
            "{more}: {}",
            stderr(&assert)
        );
    }
}

#[test]
fn what_cannot_be_measured_is_refused_before_anything_is_timed() {
    let bench = Bench::new();
    let refused = |program: &str, options: &str| {
        bench.file("own.monkey", program);
        let assert = bench
            .run(&format!("{TWO} --workloads own.monkey {options}"))
            .code(1);
        no_panic(&assert);
        assert!(!exists(bench.path("out")), "{program}: it left something");
        stderr(&assert)
    };
    let text = refused("let x = 1;\nlet y = ;", "");
    assert!(
        text.contains("own.monkey:2:9") && text.contains('^'),
        "{text}"
    );
    assert!(
        text.contains("workload own can't be measured: it is no program"),
        "{text}"
    );

    let fails = "let size = 5;\nlet f = fn(n) { n + true };\nf(size)";
    let text = refused(fails, "");
    assert!(text.contains("type mismatch: INTEGER + BOOLEAN"), "{text}");
    assert!(
        text.contains("own.monkey:2:17") && text.contains("^^^^^^^^"),
        "{text}"
    );
    assert!(
        text.contains("own(5) can't be measured: it fails in the tree-walker; --size own=N"),
        "{text}"
    );

    let prints = "let size = 100;\nlet p = fn(n) { if (n > 0) { puts(\"0123456789\"); p(n - 1) } };\np(size)";
    let text = refused(prints, "--max-output 1K");
    assert!(
        text.contains("it prints more than 1024 bytes; --max-output allows more"),
        "{text}"
    );
    // By default as much as is said, and not more.
    let text = refused(prints, "--size own=95326");
    assert!(text.contains("it prints more than 1048576 bytes"), "{text}");

    let long = "let size = 12;\nlet d = fn(n, s) { if (n == 0) { s } else { d(n - 1, s + s) } };\nd(size, \"x\")";
    let text = refused(long, "--max-output 4095");
    assert!(text.contains("its value takes 4096 bytes"), "{text}");

    let endless = "let size = 1;\nlet f = fn(n) { f(g(5000)) };\n\
        let g = fn(n) { if (n == 0) { 0 } else { h(5000); g(n - 1) } };\n\
        let h = fn(n) { if (n == 0) { 0 } else { h(n - 1) } };\nf(size)";
    let text = refused(endless, "--oracle-timeout 0.2");
    assert!(
        text.contains("the tree-walker takes more than 0.2 s for it; --oracle-timeout"),
        "{text}"
    );

    // At the limits it is measured.
    bench.file("own.monkey", prints);
    measured(&bench.run(&format!("{TWO} --workloads own.monkey --max-output 1100")));
    bench.file("own.monkey", long);
    measured(&bench.run(&format!("{TWO} --workloads own.monkey --max-output 4K")));
    all_well(&results(&bench));
}

#[test]
fn names_lead_to_one_program() {
    let bench = Bench::new();
    fs::create_dir(bench.path("lab")).unwrap();
    for file in [
        "own.monkey",
        "lab/own.monkey",
        "fibonacci.monkey",
        "all.monkey",
    ] {
        bench.file(file, OWN);
    }
    for (words, complaint) in [
        (
            "own.monkey,lab/own.monkey",
            "two workloads are called own: own.monkey and lab/own.monkey",
        ),
        (
            "own.monkey,own.monkey",
            "workload own.monkey is there twice",
        ),
        (
            "./fibonacci.monkey",
            "fibonacci is the name of a workload of this program",
        ),
        (
            "all.monkey",
            "all is the name of a workload of this program",
        ),
        ("lost.monkey", "can't read lost.monkey: no such file"),
        ("lab/", "can't read lab/: is a directory"),
        ("own", "unknown workload \"own\""),
    ] {
        let assert = bench.run(&format!("{TWO} --workloads {words}")).code(2);
        assert!(
            stderr(&assert).contains(complaint),
            "{words}: {}",
            stderr(&assert)
        );
    }
    // A profile stands beside nothing that it could be taken for.
    bench.run("profile fibonacci.monkey").success();
    // A space can't be in a name, but in a file's.
    bench.file("my own.monkey", OWN);
    let mut command = bench.command(TWO);
    measured(&command.args(["--workloads", "my own.monkey"]).assert());
    assert_eq!(results(&bench).workloads[0].name, "my-own");
}

/// A program is what its text is: one of another text under the same name is another one, to a
/// comparison and to a run that is gone on with.
#[test]
fn two_programs_of_one_name_are_not_one() {
    let bench = Bench::new();
    let run = |out: &str| {
        let options = "--engines tree,stack --workloads own.monkey --rounds 2 --seed 1";
        bench.run(&format!("run {options} --out {out}"));
        assert!(exists(bench.path(out).join("results.json")));
    };
    bench.file("own.monkey", OWN);
    run("first");
    run("again");
    bench.file("own.monkey", OWN.replace("n - 1", "n + 0 - 1"));
    run("other");
    let assert = bench.run("compare first/results.json again/results.json --json");
    let comparison: serde_json::Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(
        comparison["left_out"],
        serde_json::json!([]),
        "{comparison}"
    );
    let assert = bench
        .run("compare first/results.json other/results.json")
        .code(1);
    assert!(
        stderr(&assert).contains("another program"),
        "{}",
        stderr(&assert)
    );
}
