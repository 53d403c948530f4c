//! What the disassembler shows, for the engines that a reader compares first: without
//! optimizations, with each alone and with all.

mod support;

use stack::Optimizations;
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
    [Optimizations::NONE, Optimizations::ALL]
        .into_iter()
        .chain(each)
}

fn snapshot(program: &str, source: &str, explain: bool) {
    for set in kept() {
        // What isn't built isn't there to be listed.
        let Some(seen) = see(source, set) else {
            continue;
        };
        let names: Vec<_> = set.iter().map(Optimizations::short).collect();
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
                .filter(|(kind, _)| **kind == stack::Operand::Target)
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
