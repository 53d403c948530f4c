//! What README.md promises: the documents whose claims are tested, commands and options that there are, files that
//! there are, the licence, and the field's words.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use reports::claims::{SourceKind, ledger};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(name: &str) -> String {
    let path = root().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The part of README.md under a heading, up to the next one.
fn section<'r>(readme: &'r str, heading: &str) -> &'r str {
    let (_, rest) = readme.split_once(&format!("{heading}\n")).expect(heading);
    rest.split("\n#").next().unwrap()
}

#[test]
fn it_names_every_source_document_and_no_other() {
    let readme = read("README.md");
    let listed: Vec<&str> = section(&readme, "### Whose claims are tested")
        .lines()
        .filter(|line| line.starts_with("- "))
        .collect();
    let documents = ledger().sources().iter();
    let documents = documents.filter(|it| it.kind == SourceKind::Source);
    let wanted: BTreeSet<String> = documents
        .map(|it| {
            let date = it
                .date
                .as_ref()
                .map_or(String::new(), |date| format!(", {date}"));
            format!("- [{}]({}), {}{date}", it.title, it.address, it.author)
        })
        .collect();
    let listed: BTreeSet<String> = listed.into_iter().map(str::to_owned).collect();
    assert_eq!(listed, wanted);
}

/// Every text in README.md that is typed into a shell: fenced lines and spans of code.
fn typed(readme: &str) -> Vec<String> {
    let mut fenced = false;
    let mut typed = Vec::new();
    for line in readme.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            let command = line.split('#').next().unwrap_or_default();
            typed.push(command.trim().to_owned());
        } else {
            typed.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    typed
}

fn help(command: &str) -> String {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("monkeybench"))
        .args(["help", command])
        .output()
        .unwrap();
    assert!(output.status.success(), "there is no command {command}");
    String::from_utf8(output.stdout).unwrap()
}

fn has_option(help: &str, option: &str) -> bool {
    let mut words = help.split(|c: char| c.is_whitespace() || ",=[]".contains(c));
    words.any(|word| word == option)
}

#[test]
fn its_commands_and_options_are_there() {
    let readme = read("README.md");
    let mut commands = 0;
    for line in typed(&readme) {
        let Some(arguments) = line.strip_prefix("monkeybench ") else {
            continue;
        };
        commands += 1;
        let mut words = arguments.split_whitespace();
        let command = words.next().unwrap();
        let help = help(command);
        for option in words.filter(|word| word.starts_with('-') && word.len() > 1) {
            assert!(has_option(&help, option), "{line}: no option {option}");
        }
    }
    assert!(commands > 20, "{commands}");
}

/// Options that are named alone belong to a command of this program, or to Cargo's.
#[test]
fn options_named_alone_are_there() {
    let readme = read("README.md");
    let commands = [
        "run",
        "compare",
        "check",
        "exec",
        "attribute",
        "profile",
        "report",
    ];
    let helps: Vec<String> = commands.into_iter().map(help).collect();
    for span in typed(&readme).iter().filter(|span| span.starts_with("--")) {
        let option = span.split([' ', '=']).next().unwrap();
        assert!(
            helps.iter().any(|help| has_option(help, option)),
            "{span}: no command has {option}"
        );
    }
}

#[test]
fn its_engines_workloads_and_experiments_are_there() {
    let list = |what: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("monkeybench"));
        let output = command.args(["list", what, "--json"]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let experiments = list("experiments");
    for name in ["progression", "dispatch", "values", "checks"] {
        assert!(experiments.contains(&format!("\"{name}\"")), "{name}");
    }
    for line in typed(&read("README.md")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        for pair in words.windows(2) {
            for name in pair[1].split(',').filter(|_| pair[0] == "--workloads") {
                let known = name.starts_with("./")
                    || ["documented", "realistic", "all"].contains(&name)
                    || workloads::find(name).is_some();
                assert!(known, "{line}: {name}");
            }
            #[cfg(feature = "default")]
            for name in pair[1].split(',').filter(|_| pair[0] == "--engines") {
                assert!(catalog::find(name).is_ok(), "{line}: {name}");
            }
        }
    }
}

/// The targets of the links in a text.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let links = text.split("](").skip(1);
    links.filter_map(|rest| rest.split(')').next())
}

#[test]
fn what_the_documents_link_to_is_there() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "reports/READING.md",
        "reports/claims/README.md",
        "engines/ENGINES.md",
        "ci/GATE.md",
    ] {
        let text = read(document);
        for link in links(&text).filter(|link| !link.starts_with("https://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = root().join(document);
            let folder = folder.parent().unwrap();
            let target = match file {
                "" => root().join(document),
                file => folder.join(file),
            };
            assert!(target.exists(), "{document}: {link}");
            if anchor.is_empty() {
                continue;
            }
            let headings = std::fs::read_to_string(&target).unwrap();
            let mut anchors = headings
                .lines()
                .filter(|line| line.starts_with('#'))
                .map(|line| {
                    line.trim_start_matches('#')
                        .trim()
                        .to_lowercase()
                        .replace(' ', "-")
                });
            assert!(anchors.any(|it| it == anchor), "{document}: {link}");
        }
    }
}

/// Two commands do all set-up, and the page stays one that is read.
#[test]
fn it_is_short_and_begins_with_what_to_see_and_to_type() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 220, "{}", readme.lines().count());
    let lines: Vec<&str> = readme.lines().collect();
    assert!(lines[2].starts_with("![") && lines[2].contains("progression.svg"));
    let first = readme.split("```").nth(1).unwrap();
    let commands: Vec<&str> = first
        .lines()
        .filter_map(|line| Some(line.split('#').next()?.trim()))
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(commands, ["cargo run --release", "cargo test"]);
    for part in [
        "https://interpreterbook.com/",
        "https://compilerbook.com/",
        "cargo install --path harness",
        "power of 50 %",
        "one run on one machine",
        "<!-- monkeybench:begin progression -->",
        "<!-- monkeybench:end progression -->",
    ] {
        assert!(readme.contains(part), "{part}");
    }
}

#[test]
fn documents_speak_in_the_fields_words() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = read(document).to_lowercase();
        for word in ["the rooms", "counts for none", "the house"] {
            assert!(!text.contains(word), "{document}: {word}");
        }
    }
}

#[test]
fn the_licence_is_the_one_that_every_crate_names() {
    let apache = read("LICENSE-APACHE");
    assert!(apache.contains("Version 2.0, January 2004"));
    assert!(apache.contains("END OF TERMS AND CONDITIONS"));
    let mit = read("LICENSE-MIT");
    assert!(mit.contains("Permission is hereby granted, free of charge"));
    let workspace: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let workspace = workspace["workspace"].as_table().unwrap();
    assert_eq!(
        workspace["package"]["license"].as_str(),
        Some("MIT OR Apache-2.0")
    );
    for member in workspace["members"].as_array().unwrap() {
        let member = member.as_str().unwrap();
        let manifest: toml::Table = toml::from_str(&read(&format!("{member}/Cargo.toml"))).unwrap();
        let license = &manifest["package"]["license"];
        assert_eq!(license["workspace"].as_bool(), Some(true), "{member}");
    }
}
