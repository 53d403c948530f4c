//! `monkeybench compile`, and `exec` and `disasm` of what it wrote: the same as from source; and
//! whatever else such a file may be, an error that says where it is wrong.

mod common;

use std::fs;

use assert_cmd::assert::Assert;
use common::{Bench, exists, no_panic, stderr, stdout};

const PROGRAM: &str = "let add = fn(a, b) { a + b };\nputs(add);\nadd(1,\n  add(2, true))\n";

/// A bench with a program and its bytecode, `p.mbc`.
fn compiled() -> Bench {
    let bench = Bench::new();
    bench.file("p.monkey", PROGRAM);
    let assert = bench.run("compile p.monkey").success();
    assert_eq!(stdout(&assert) + &stderr(&assert), "");
    bench
}

/// What a failed load says: one line, after `can't load FILE:`, and nothing else.
fn refusal(assert: Assert, file: &str) -> String {
    let assert = assert.code(1);
    no_panic(&assert);
    assert_eq!(stdout(&assert), "");
    let text = stderr(&assert);
    assert_eq!(text.lines().count(), 1, "{text}");
    let reason = text.strip_prefix(&format!("error: can't load {file}: "));
    reason.unwrap_or_else(|| panic!("{text}")).trim_end().into()
}

#[cfg(unix)]
#[test]
fn beside_a_device_nothing_is_written() {
    let bench = Bench::new();
    let assert = bench.run("compile /dev/null").code(2);
    assert!(
        stderr(&assert).contains("give -o a file"),
        "{}",
        stderr(&assert)
    );
    assert!(!exists("/dev/null.mbc"));
    bench.run("compile /dev/null -o empty.mbc").success();
    assert_eq!(stdout(&bench.run("exec empty.mbc").success()), "null\n");
}

#[test]
fn runs_as_from_source_with_the_same_error_in_the_same_place() {
    let bench = compiled();
    let from_source = bench.run("exec p.monkey").code(1);
    let loaded = bench.run("exec p.mbc").code(1);
    assert_eq!(stdout(&loaded), "fn(a, b)\n");
    assert_eq!(stdout(&loaded), stdout(&from_source));
    let text = stderr(&loaded);
    assert!(
        text.contains("p.mbc:1:22") && text.contains("^^^^^"),
        "{text}"
    );
    assert_eq!(text, stderr(&from_source).replace("p.monkey", "p.mbc"));

    let json = |file| stdout(&bench.run(&format!("exec {file} --json")).code(1));
    assert_eq!(json("p.mbc"), json("p.monkey"));
}

#[test]
fn lists_as_from_source() {
    let bench = compiled();
    for explain in ["", "--explain"] {
        let listing = |file| stdout(&bench.run(&format!("disasm {file} {explain}")).success());
        assert_eq!(listing("p.mbc"), listing("p.monkey"));
    }
}

#[test]
fn the_source_is_not_needed_any_more_and_standard_input_will_do() {
    let bench = compiled();
    fs::remove_file(bench.path("p.monkey")).unwrap();
    let bytes = fs::read(bench.path("p.mbc")).unwrap();
    let assert = bench.command("exec -").write_stdin(bytes.clone()).assert();
    let text = stderr(&assert.code(1));
    assert!(text.contains("<stdin>:1:22"), "{text}");
    let assert = bench.command("disasm -").write_stdin(bytes).assert();
    assert!(stdout(&assert.success()).contains("fn add(a, b)"));
}

#[test]
fn the_file_goes_where_it_is_told_to() {
    let bench = compiled();
    let beside = fs::read(bench.path("p.mbc")).unwrap();
    bench.run("compile p.monkey -o named").success();
    assert_eq!(fs::read(bench.path("named")).unwrap(), beside);
    let assert = bench.run("compile p.monkey -o -").success();
    assert_eq!(assert.get_output().stdout, beside);
    let assert = bench
        .command("compile - -o -")
        .write_stdin(PROGRAM)
        .assert();
    assert_eq!(assert.success().get_output().stdout, beside);

    // A file that is there is replaced, and nothing else remains.
    bench.file(
        "named",
        "something else, of which a part could remain".repeat(1000),
    );
    bench.run("compile p.monkey --output named").success();
    assert_eq!(fs::read(bench.path("named")).unwrap(), beside);
    let mut files: Vec<_> = fs::read_dir(bench.directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    files.sort();
    assert_eq!(files, ["named", "p.mbc", "p.monkey"]);
}

#[cfg(unix)]
#[test]
fn devices_are_written_to_and_links_stay_links() {
    let bench = compiled();
    bench.run("compile p.monkey -o /dev/null").success();
    let device = fs::metadata("/dev/null").unwrap();
    assert!(!device.is_file(), "/dev/null was replaced");

    let beside = fs::read(bench.path("p.mbc")).unwrap();
    bench.file("target", "");
    std::os::unix::fs::symlink("target", bench.path("link")).unwrap();
    bench.run("compile p.monkey -o link").success();
    assert!(bench.path("link").is_symlink());
    assert_eq!(fs::read(bench.path("target")).unwrap(), beside);
}

#[test]
fn what_can_not_be_compiled_leaves_no_file() {
    let bench = Bench::new();
    bench.file("p.monkey", "1");
    bench.file("wrong.monkey", "let");
    bench.file("p.mbc.monkey", "1");
    fs::create_dir(bench.path("directory")).unwrap();
    for (arguments, code, reason) in [
        ("compile", 2, "FILE"),
        ("compile p.monkey --engine tree", 2, "has no code"),
        ("compile p.monkey --engine stak", 2, "stack"),
        ("compile -", 2, "-o"),
        (
            "compile p.monkey -o p.monkey",
            2,
            "would replace the program",
        ),
        (
            "compile p.monkey -o ./directory/../p.monkey",
            2,
            "would replace the program",
        ),
        ("compile p.monkey -o directory", 1, "directory"),
        ("compile p.monkey -o missing/p.mbc", 1, "missing/p.mbc"),
        ("compile missing.monkey", 1, "no such file"),
        ("compile directory", 1, "is a directory"),
        ("compile .", 1, "is a directory"),
        ("compile wrong.monkey", 1, "wrong.monkey:1:"),
    ] {
        let assert = bench.run(arguments).code(code);
        let text = stderr(&assert);
        assert!(text.contains(reason), "{arguments}: {text}");
        assert_eq!(stdout(&assert), "", "{arguments}");
        no_panic(&assert);
    }
    for file in ["p.mbc", "wrong.mbc", "missing.mbc", "directory.mbc"] {
        assert!(!exists(bench.path(file)), "{file}");
    }
    assert_eq!(bench.read("p.monkey"), "1");

    bench.run("compile p.monkey").success();
    for arguments in ["compile p.mbc -o again.mbc", "compile p.mbc"] {
        let assert = bench.run(arguments).code(2);
        assert!(stderr(&assert).contains("p.mbc is bytecode already"));
    }
    let assert = bench.run("profile p.mbc").code(1);
    assert!(stderr(&assert).contains("p.mbc is bytecode: its source is needed here"));
    // What is called bytecode is taken for bytecode.
    fs::rename(bench.path("p.monkey"), bench.path("text.mbc")).unwrap();
    let assert = bench.run("compile text.mbc -o code.mbc").code(1);
    assert!(stderr(&assert).contains("text.mbc has the name of a bytecode file"));
    assert!(!exists(bench.path("code.mbc")));
}

#[test]
fn every_engine_of_the_instruction_set_runs_it_and_no_other() {
    let bench = Bench::new();
    bench.file("p.monkey", "puts(6 * 7); [1, 2]");
    let mut loaded = 0;
    // One of each instruction set is enough of them.
    for variant in catalog::variants() {
        if variant.name == "tree" || variant.name.contains('/') {
            continue;
        }
        let name = &variant.name;
        bench
            .run(&format!("compile p.monkey -o p.mbc --engine {name}"))
            .success();
        let assert = bench.run("exec p.mbc --json").success();
        assert!(stdout(&assert).contains(&format!("\"engine\": \"{name}\"")));
        let axes = format!("{name}/");
        for other in catalog::variants() {
            if other.name.starts_with(&axes) {
                let assert = bench.run(&format!("exec p.mbc --engine {}", other.name));
                assert_eq!(stdout(&assert.success()), "42\n[1, 2]\n", "{}", other.name);
                loaded += 1;
            }
        }
    }
    assert!(
        loaded > 0,
        "no engine differs in anything but its instruction set"
    );
    bench
        .run("compile p.monkey -o p.mbc --engine stack")
        .success();
    for command in ["exec p.mbc --engine tree", "disasm p.mbc --engine tree"] {
        let assert = bench.run(command).code(2);
        let text = stderr(&assert);
        assert!(
            text.contains("engine tree can't run p.mbc: it has the instruction set of stack\n"),
            "{text}"
        );
    }
}

#[cfg(feature = "constant-operands")]
#[test]
fn an_engine_with_another_instruction_set_refuses() {
    let bench = Bench::new();
    bench.file("p.monkey", "1");
    bench.run("compile p.monkey --engine stack+co").success();
    for engine in ["stack", "tree"] {
        let assert = bench.run(&format!("exec p.mbc --engine {engine}")).code(2);
        let text = stderr(&assert);
        assert_eq!(
            text,
            format!(
                "error: engine {engine} can't run p.mbc: it has the instruction set of stack+co\n"
            )
        );
    }
}

#[test]
fn every_part_of_a_file_is_refused_where_it_ends() {
    let bench = Bench::new();
    bench.file("p.monkey", "1");
    bench.run("compile p.monkey").success();
    let whole = fs::read(bench.path("p.mbc")).unwrap();
    for length in 0..whole.len() {
        bench.file("cut.mbc", &whole[..length]);
        let reason = refusal(bench.run("exec cut.mbc"), "cut.mbc");
        let expected = match length {
            0 => "offset 0: the file is empty".into(),
            1..8 => format!("offset 0: 8 bytes expected, {length} are left"),
            8..12 => format!("offset 8: 4 bytes expected, {} are left", length - 8),
            12..16 => format!("offset 12: 4 bytes expected, {} are left", length - 12),
            _ => format!(
                "offset 12: the file is cut short: it has {length} of {} bytes",
                whole.len()
            ),
        };
        assert_eq!(reason, expected);
    }
    // Without the name, nobody can say of nothing that it was bytecode; as a program it is `null`.
    bench.file("cut", "");
    assert_eq!(stdout(&bench.run("exec cut").success()), "null\n");
}

#[test]
fn what_is_no_bytecode_of_this_build_is_refused() {
    let bench = Bench::new();
    bench.file("p.monkey", "1");
    bench.run("compile p.monkey").success();
    let whole = fs::read(bench.path("p.mbc")).unwrap();
    let patched = |offset: usize, bytes: &[u8]| {
        let mut file = whole.clone();
        file[offset..offset + bytes.len()].copy_from_slice(bytes);
        file
    };
    let longer = [whole.as_slice(), b"more"].concat();
    for (file, reason) in [
        (
            b"let f = 1; f".to_vec(),
            "offset 0: not the signature of bytecode",
        ),
        (
            b"\x89PNG\r\n\x1a\n".to_vec(),
            "offset 0: not the signature of bytecode",
        ),
        (
            patched(4, b"\n\x1a\n\x01"),
            "offset 0: the signature is damaged, as if",
        ),
        (
            patched(8, &[1, 0, 0, 0]),
            "offset 8: format version 1, this build reads version 2",
        ),
        (longer, "offset 12: the file should end after"),
        (patched(whole.len() - 1, &[9]), "offset 16: the checksum is"),
        (patched(20, &[0; 4]), "offset 16: the checksum is"),
    ] {
        bench.file("bad.mbc", file);
        for command in ["exec bad.mbc", "disasm bad.mbc"] {
            let found = refusal(bench.run(command), "bad.mbc");
            assert!(found.starts_with(reason), "{found}");
        }
    }
    fs::create_dir(bench.path("directory.mbc")).unwrap();
    for (file, reason) in [
        ("directory.mbc", "is a directory"),
        ("missing.mbc", "no such file"),
    ] {
        for command in ["exec", "disasm"] {
            let text = stderr(&bench.run(&format!("{command} {file}")).code(1));
            assert_eq!(text, format!("error: can't read {file}: {reason}\n"));
        }
    }
}

#[test]
fn a_closed_pipe_is_quiet() {
    let bench = compiled();
    let program = assert_cmd::cargo::cargo_bin!("monkeybench");
    let line = format!("{} compile p.monkey -o - | true", program.display());
    let mut shell = std::process::Command::new("sh");
    let output = shell
        .args(["-c", &line])
        .current_dir(bench.directory.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
