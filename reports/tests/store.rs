//! Files that are wrong in every way that a disk and a user can think of.

mod support;

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use reports::counts::{Host, Portable};
use reports::schema::{Results, VariantId};
use reports::store::{ReadError, SampleLog, WriteError};
use support::{cut, progression, with_host_counts};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn small() -> Results {
    cut(progression(6), 3, 2)
}

fn text_of(results: &Results) -> String {
    let folder = Folder::new();
    let path = folder.0.path().join("results.json");
    results.write(&path).unwrap();
    fs::read_to_string(path).unwrap()
}

#[test]
fn each_wrong_file_has_its_own_message() {
    let folder = Folder::new();
    let good = text_of(&small());
    let read = |content: &[u8]| Results::read(&folder.file("f", content)).unwrap_err();

    let missing = Results::read(&folder.0.path().join("nowhere")).unwrap_err();
    assert!(matches!(missing, ReadError::Missing(_)), "{missing}");
    let directory = Results::read(folder.0.path()).unwrap_err();
    assert!(matches!(directory, ReadError::Directory(_)), "{directory}");
    assert!(matches!(
        read(b"\"\xff\""),
        ReadError::NotText { offset: 1, .. }
    ));
    assert!(matches!(read(b"lorem ipsum"), ReadError::NotJson { .. }));
    assert!(matches!(read(b""), ReadError::Truncated { line: 1, .. }));
    assert!(matches!(
        read(&good.as_bytes()[..good.len() / 2]),
        ReadError::Truncated { .. }
    ));
    for ours_not in ["{}", "[]", "3", "{\"format\": \"other\", \"schema\": 1}"] {
        let error = read(ours_not.as_bytes());
        assert!(
            matches!(error, ReadError::NotOurs { .. }),
            "{ours_not}: {error}"
        );
    }
    let later = good.replacen("\"schema\":2", "\"schema\":3", 1);
    assert!(matches!(
        read(later.as_bytes()),
        ReadError::OtherVersion { found: 3, .. }
    ));
    let unknown = good.replacen("\"seed\"", "\"sead\"", 1);
    assert!(matches!(
        read(unknown.as_bytes()),
        ReadError::Malformed { .. }
    ));
    let no_time = good.replacen("\"iterations\":", "\"iterations\":0,\"iterations\":", 1);
    assert!(matches!(
        read(no_time.as_bytes()),
        ReadError::Malformed { .. }
    ));
}

/// Files that were written before there were host instructions.
#[test]
fn files_without_host_instructions_are_read() {
    let text = text_of(&small());
    assert!(!text.contains("host_"), "{text}");
    let folder = Folder::new();
    assert_eq!(Results::read(&folder.file("f", text)).unwrap(), small());

    let counted = with_host_counts(small());
    let text = text_of(&counted);
    assert_eq!(text.matches("host_instructions").count(), 6);
    assert_eq!(Results::read(&folder.file("f", text)).unwrap(), counted);
}

/// A merge may leave both sides of a conflict: neither is then known to be right.
#[test]
fn a_cell_that_was_counted_twice_is_refused() {
    let folder = Folder::new();
    let host_cell =
        r#"{"bench":"run","variant":"tree","workload":"w","instructions":7,"functions":{}}"#;
    let key = r#"{"target":"t","rustc":"1","valgrind":"3","libc":"l","profile":"release"}"#;
    let host = |cells: &str| {
        format!(
            r#"{{"format":"monkeybench-host-counts","schema":1,"key":{key},"sources":"s","cells":[{cells}]}}"#
        )
    };
    let once = folder.file("once.json", host(host_cell));
    assert_eq!(Host::read(&once).unwrap().settings, "", "an older file");
    let twice = folder.file("twice.json", host(&[host_cell; 2].join(",")));
    let error = Host::read(&twice).unwrap_err().to_string();
    assert!(
        error.ends_with("twice.json: has the counts of run of tree on w twice"),
        "{error}"
    );

    let counts = r#"{"dispatched":7,"calls":1,"allocations":1,"code_bytes":1}"#;
    let cell = format!(r#"{{"variant":"stack","workload":"w","counts":{counts},"opcodes":{{}}}}"#);
    let portable = |cells: &str| {
        format!(r#"{{"format":"monkeybench-portable-counts","schema":1,"cells":[{cells}]}}"#)
    };
    Portable::read(&folder.file("p.json", portable(&cell))).unwrap();
    let twice = folder.file("p2.json", portable(&[&*cell; 2].join(",")));
    let error = Portable::read(&twice).unwrap_err().to_string();
    assert!(
        error.ends_with("has the counts of stack on w twice"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let folder = Folder::new();
    let path = folder.file("large", "");
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(reports::store::MAX_FILE_BYTES + 1)
        .unwrap();
    assert!(matches!(Results::read(&path), Err(ReadError::TooLarge(_))));
}

#[test]
fn contradictions_are_named() {
    type Damage = fn(&mut Results);
    let cases: [(Damage, &str); 13] = [
        (|it| it.variants.clear(), "it names no variant"),
        (
            |it| it.variants[1].name = "tree".into(),
            "the variant `tree` is there twice",
        ),
        (
            |it| it.workloads[0].name = "a\nb".into(),
            "control characters",
        ),
        (
            |it| it.experiment.reference = "lua".into(),
            "reference `lua`",
        ),
        (
            |it| it.experiment.headline = "sort".into(),
            "headline `sort`",
        ),
        (
            |it| it.cells[0].variant = VariantId(3),
            "cell 0: its variant or workload",
        ),
        (
            |it| it.cells.push(it.cells[0].clone()),
            "have a cell already",
        ),
        (
            |it| it.cells[1].host_instructions = Some(7),
            "cell 1: it has host instructions, but the file has no key",
        ),
        (
            |it| {
                *it = with_host_counts(it.clone());
                it.cells[1].host_instructions = Some(0);
            },
            "cell 1: it took no host instructions",
        ),
        (
            |it| it.samples[2].variant = VariantId(9),
            "sample 2: its variant or workload",
        ),
        (
            |it| it.samples[2].nanoseconds = 0,
            "sample 2: it took no time",
        ),
        (
            |it| it.samples[2].control = true,
            "sample 2: it is a control",
        ),
        (
            |it| it.samples.push(it.samples[4]),
            "its round has such a sample already",
        ),
    ];
    for (damage, message) in cases {
        let mut results = small();
        damage(&mut results);
        let error = results.check().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        let folder = Folder::new();
        let path = folder.file("old", "kept");
        assert!(matches!(
            results.write(&path),
            Err(WriteError::Inconsistent(_))
        ));
        assert_eq!(fs::read_to_string(path).unwrap(), "kept");
    }
}

#[test]
fn a_failed_write_harms_nothing() {
    let folder = Folder::new();
    // A folder can't be replaced by a file, so the rename fails after all has been written.
    let target = folder.0.path().join("taken");
    fs::create_dir_all(target.join("inside")).unwrap();
    assert!(matches!(small().write(&target), Err(WriteError::Io { .. })));
    let left: Vec<_> = fs::read_dir(folder.0.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "no temporary file remains");
    let nowhere = folder.0.path().join("no/such/folder/results.json");
    let error = small().write(&nowhere).unwrap_err().to_string();
    assert!(error.contains("no/such/folder/results.json"), "{error}");
}

#[test]
fn files_have_a_line_per_sample() {
    let results = small();
    let text = text_of(&results);
    let samples = text
        .lines()
        .filter(|line| line.trim_start().starts_with("{\"round\""))
        .count();
    assert_eq!(samples, results.samples.len());
}

/// A log of a run that is known by its name.
type Log = SampleLog<String>;

/// The log of the small results, with the samples of a round between the ends of two.
fn log_text() -> (String, Vec<usize>) {
    let samples = small().samples;
    let mut text = Log::new("run".to_owned()).unwrap().text;
    let mut ends = vec![text.len()];
    for (round, samples) in (1..).zip(samples.chunks(samples.len().div_ceil(3))) {
        text += &Log::round_lines(round, samples, vec![]);
        ends.push(text.len());
    }
    (text, ends)
}

#[test]
fn a_log_survives_the_loss_of_its_end() {
    let samples = small().samples;
    let (log, ends) = log_text();
    let folder = Folder::new();
    for end in 0..=log.len() {
        // Every cut within the first lines and about the ends of rounds, then now and then.
        let is_near = ends.iter().any(|it| it.abs_diff(end) < 60);
        if end > ends[0] + 400 && end % 97 != 0 && !is_near {
            continue;
        }
        let read = Log::read(&folder.file("samples.jsonl", &log[..end]));
        let Some(rounds) = ends.iter().rposition(|&it| it <= end) else {
            assert!(
                matches!(read, Err(ReadError::Truncated { .. })),
                "cut at {end}"
            );
            continue;
        };
        let read = read.unwrap();
        assert_eq!(read.rounds as usize, rounds, "cut at {end}");
        assert_eq!(read.text, log[..ends[rounds]]);
        assert_eq!(read.run, "run");
        assert_eq!(read.samples, samples[..read.samples.len()]);
    }
}

#[test]
fn what_is_no_log_is_told_apart() {
    let folder = Folder::new();
    let results_file = folder.file("f", text_of(&small()).replace('\n', "") + "\n");
    let error = Log::read(&results_file).unwrap_err();
    assert!(matches!(error, ReadError::NotOurs { .. }), "{error}");

    let (log, _) = log_text();
    let older = log.replacen("\"schema\":2", "\"schema\":1", 1);
    let error = Log::read(&folder.file("f", older)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("version 1; this program reads version 2")
    );

    // Rounds that don't follow each other, and a line that is damaged within a complete round.
    for damaged in [
        log.replacen("{\"complete\":2}", "{\"complete\":3}", 1),
        log.replacen("\"iterations\"", "\"iteration\"", 1),
    ] {
        let error = Log::read(&folder.file("f", damaged)).unwrap_err();
        assert!(matches!(error, ReadError::Malformed { .. }), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    /// Whatever happens to a file's bytes, it is read or refused; and what is read has a report.
    #[test]
    fn no_bytes_make_a_reader_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let mut bytes = text_of(&small()).into_bytes();
        for (place, byte, edit) in edits {
            if bytes.is_empty() {
                break;
            }
            let place = place.index(bytes.len());
            match edit {
                0 => bytes[place] = byte,
                1 => bytes.truncate(place),
                _ => bytes[place] = b'0' + byte % 10,
            }
        }
        let folder = Folder::new();
        let path = folder.file("f", &bytes);
        if let Ok(results) = Results::read(&path) {
            reports::write_report(&results, &folder.0.path().join("out")).unwrap();
            reports::terminal_tables(&results, 80, true);
        }
        let _ = Log::read(&path);
    }

    /// Digits alone change: most such files are still read, and every one of them has a report.
    #[test]
    fn any_figures_have_a_report(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..10_u8), 1..40),
    ) {
        let mut bytes = text_of(&small()).into_bytes();
        let digits: Vec<usize> =
            (0..bytes.len()).filter(|&place| bytes[place].is_ascii_digit()).collect();
        for (place, digit) in edits {
            bytes[digits[place.index(digits.len())]] = b'0' + digit;
        }
        let folder = Folder::new();
        if let Ok(results) = Results::read(&folder.file("f", &bytes)) {
            reports::write_report(&results, &folder.0.path().join("out")).unwrap();
            reports::terminal_tables(&results, 80, true);
        }
    }
}

/// A report of a file is that of the results that were written, to the last digit of every figure.
#[test]
fn figures_are_read_back_to_the_last_bit() {
    let mut random = fastrand::Rng::with_seed(1);
    let mut results = small();
    results.samples.clear();
    for _ in 0..2_000 {
        results.environment.others_percent = Some(100.0 * random.f64());
        let text = serde_json::to_string(&results).unwrap();
        let read: Results = serde_json::from_str(&text).unwrap();
        assert_eq!(
            read.environment.others_percent,
            results.environment.others_percent
        );
    }
}
