//! What the disassembler shows, for the engines that a reader compares first: without
//! optimizations, with each alone and with all.

mod support;

use std::rc::Rc;

use bytecode::{InstructionSet as _, Operand};
use engine::Bytecode;
use stack::{Optimizations, Visitor, visit};
use support::{see, sets};

const FIBONACCI: &str = "\
let fib = fn(n) { if (n < 2) { n } else { fib(n - 1) + fib(n - 2) } };
fib(10)
";

/// One of everything that the compiler emits.
const TOUR: &str = "\
let greeting = \"Hello, \" + \"world\";
let table = {\"one\": 1, true: [1, 2 * 3, -4]};
puts(greeting, table[\"one\"], table[true][1]);
let counter = fn(start) {
    let step = fn(by) { start + by };
    if (start == 0) { return step; }
    let next = fn(x) { if (x > 9) { x } else { next(x + start) } };
    next
};
let late = fn(n) { if (!(n != 1)) { later } else { n * n - n / 2 } };
let later = 100;
[counter(0)(5), counter(3)(1), late(1), late(8), if (false) { 1 }]
";

/// The sets whose listings are kept: none, each alone, all.
fn kept() -> impl Iterator<Item = Optimizations> {
    let each = Optimizations::EACH.iter().copied();
    [Optimizations::NONE, Optimizations::DOCUMENTED]
        .into_iter()
        .chain(each)
}

fn snapshot(program: &str, source: &str, explain: bool) {
    for set in kept() {
        // What isn't built isn't there to be listed.
        let Some(seen) = see(source, set) else {
            continue;
        };
        let names: Vec<_> = set.declared().map(|it| it.short).collect();
        let (suffix, listing) = if explain {
            ("-explained", seen.explained)
        } else {
            ("", seen.listing)
        };
        let variant = match &*names {
            [] => "plain".to_owned(),
            [one] => (*one).to_owned(),
            _ => "all".to_owned(),
        };
        insta::with_settings!({
            description => format!("{program} on stack{set}"),
            omit_expression => true,
            prepend_module_to_snapshot => false,
        }, {
            insta::assert_snapshot!(format!("{program}-{variant}{suffix}"), listing);
        });
    }
}

#[test]
fn listings_of_fibonacci() {
    snapshot("fibonacci", FIBONACCI, false);
}

#[test]
fn listings_of_fibonacci_with_explanations() {
    snapshot("fibonacci", FIBONACCI, true);
}

#[test]
fn listings_of_a_tour() {
    snapshot("tour", TOUR, false);
}

#[test]
fn listings_of_a_tour_with_explanations() {
    snapshot("tour", TOUR, true);
}

#[test]
fn the_programs_do_what_their_listings_say() {
    assert_eq!(support::outcome(FIBONACCI), Ok("55".into()));
    assert_eq!(support::outcome(TOUR), Ok("[5, 10, 100, 60, null]".into()));
    let output = see(TOUR, Optimizations::NONE).unwrap().output;
    assert_eq!(output, "Hello, world\n1\n6\n");
}

/// A line for each source line and each instruction, its offset where the one before it ends.
#[test]
fn offsets_jump_targets_and_sizes_fit() {
    for set in sets() {
        let seen = see(TOUR, set).unwrap();
        for function in seen.listing.split("\n\n") {
            check_function(function);
        }
    }
}

fn check_function(function: &str) {
    let (head, body) = function.split_once('\n').unwrap();
    let bytes: usize = head
        .split(&[' ', ','])
        .zip(head.split(&[' ', ',']).skip(1))
        .find(|(_, unit)| *unit == "bytes")
        .and_then(|(number, _)| number.parse().ok())
        .unwrap_or_else(|| panic!("no size in {head}"));
    let mut end = 0;
    let mut offsets = Vec::new();
    let mut targets = Vec::new();
    for line in body.lines().filter(|line| line.starts_with("    0")) {
        let words: Vec<_> = line.split_whitespace().collect();
        let offset: usize = words[0].parse().unwrap();
        assert_eq!(offset, end, "{function}");
        offsets.push(offset);
        let opcode = stack::Opcode::ALL
            .iter()
            .find(|opcode| opcode.name() == words[1])
            .unwrap_or_else(|| panic!("no opcode in {line}"));
        let kinds = opcode.operands().iter();
        let operands = kinds.zip(&words[2..]);
        targets.extend(
            operands
                .filter(|(kind, _)| **kind == Operand::Target)
                .map(|(_, target)| target.parse::<usize>().unwrap()),
        );
        end += opcode.size();
    }
    assert_eq!(end, bytes, "{function}");
    for target in targets {
        assert!(offsets.contains(&target), "{target} in {function}");
    }
}

#[test]
fn explanations_are_the_opcodes_meanings() {
    for set in sets() {
        let seen = see(TOUR, set).unwrap();
        let explained = seen.explained.lines().filter(|line| line.contains(" ; "));
        let mut count = 0;
        for line in explained {
            let name = line.split_whitespace().nth(1).unwrap();
            let opcodes = stack::Opcode::ALL.iter();
            let opcode = opcodes
                .copied()
                .find(|opcode| opcode.name() == name)
                .unwrap();
            assert!(line.ends_with(opcode.meaning()), "{line}");
            count += 1;
        }
        assert_eq!(count, seen.opcodes().len());
    }
}

#[test]
fn no_instruction_is_there_without_its_optimizations() {
    for set in sets() {
        for source in [FIBONACCI, TOUR] {
            for name in see(source, set).unwrap().opcodes() {
                let opcodes = stack::Opcode::ALL.iter();
                let opcode = opcodes
                    .copied()
                    .find(|opcode| opcode.name() == name)
                    .unwrap();
                assert!(set.contains(opcode.needs()), "{name} in stack{set}");
            }
        }
    }
}

/// What a terminal would obey, and how it is shown.
const CONTROLS: [(&str, &str); 6] = [
    ("\x1b[2J", "␛[2J"),
    ("a\x07\0\x7f", "a␇␀␡"),
    ("b\r\n\x08", "b␍␊␈"),
    ("c\td", "c    d"),
    ("e\u{9b}", "e\u{fffd}"),
    ("\u{202e}", "\u{fffd}"),
];

/// No line has more of a terminal's control characters than its end.
fn assert_harmless(listing: &str) {
    let is_harmful =
        |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    assert!(!listing.contains(is_harmful), "{listing:?}");
}

#[test]
fn control_characters_of_a_source_are_shown_and_not_obeyed() {
    for (text, shown) in CONTROLS {
        let text = text.replace(['\r', '\n'], "");
        let seen = see(&format!("puts(\"{text}\")"), Optimizations::NONE).unwrap();
        for listing in [seen.listing, seen.explained] {
            assert_harmless(&listing);
            let line = format!("| puts(\"{}\")\n", shown.replace(['␍', '␊'], ""));
            assert!(listing.contains(&line), "{listing}");
        }
    }
}

/// Saves a program's code, writes something else over the source in the file, and lists what is loaded
/// from it: names need not be names there.
struct Overwritten<'s> {
    source: &'s str,
    names: &'s [(&'s str, &'s str)],
}

impl Visitor for Overwritten<'_> {
    type Output = String;

    fn visit<E: Bytecode + 'static>(self) -> String {
        let program = syntax::parse(self.source).expect("the program parses");
        let engine = E::default();
        let code = engine.compile(&Rc::new(program));
        let mut bytes = E::save(&code, "stack").expect("it has code of its own");
        for (name, other) in self.names {
            assert_eq!(name.len(), other.len());
            let mut found = 0;
            for at in 0..=bytes.len() - name.len() {
                if bytes[at..].starts_with(name.as_bytes()) {
                    bytes[at..at + name.len()].copy_from_slice(other.as_bytes());
                    found += 1;
                }
            }
            assert!(found > 0, "{name}");
        }
        bytecode::seal(&mut bytes);
        let code = engine.load(&bytes).expect("the names alone have changed");
        E::listing(&code, false)
    }
}

#[test]
fn control_characters_in_the_names_of_a_file_are_shown_and_not_obeyed() {
    for (other, shown) in CONTROLS {
        let [function, parameter, local, captured, global] =
            ["f", "p", "l", "c", "g"].map(|letter| letter.repeat(other.len()) + "_x");
        let source = format!(
            "let {global} = 1; let {function} = fn({parameter}) {{ let {local} = {parameter}; \
             let {captured} = {local}; fn() {{ {captured} + {global} }} }};"
        );
        let replaced = format!("{other}_x");
        let names = [&function, &parameter, &local, &captured, &global];
        let names = &names.map(|name| (name.as_str(), replaced.as_str()));
        let source = source.as_str();
        let listing = visit(Optimizations::NONE, Overwritten { source, names }).unwrap();
        assert_harmless(&listing);
        assert!(
            listing.contains(&format!("\nfn {shown}_x({shown}_x): ")),
            "{listing}"
        );
        for instruction in [
            "GetLocal",
            "SetLocal",
            "GetCaptured",
            "GetGlobal",
            "SetGlobal",
        ] {
            let mut lines = listing.lines().filter(|line| line.contains(instruction));
            let all = lines.clone().count() > 0 && lines.all(|line| line.contains(shown));
            assert!(all, "{instruction} in {listing}");
        }
    }
}
