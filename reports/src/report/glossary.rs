//! How to read the report: what each word in it means, as far as the report has it.

use super::Source;
use crate::analysis::Analysis;
use crate::claims;
use crate::document::{Block, Content, REPORT, Span, section};
use crate::schema::Measure;
use crate::verdicts::Judgement;

/// The words that the results have a use for.
pub(super) fn how_to_read(source: &Source<'_>) -> Vec<Block> {
    let shown = WORDS.iter().filter(|word| (word.is_used)(source.analysis));
    let line = |word: &Word| {
        vec![
            Span::Term(word.term.to_owned()),
            Span::Plain(format!(": {}", word.meaning)),
        ]
    };
    let lines = shown.map(line).collect();
    let list = Block::new(Content::List(lines), REPORT);
    section("How to read this", REPORT, vec![list])
}

/// A word and what it means.
struct Word {
    term: &'static str,
    meaning: &'static str,
    /// Whether a report of these results has it.
    is_used: fn(&Analysis<'_>) -> bool,
}

const fn word(
    term: &'static str,
    meaning: &'static str,
    is_used: fn(&Analysis<'_>) -> bool,
) -> Word {
    Word {
        term,
        meaning,
        is_used,
    }
}

fn always(_: &Analysis<'_>) -> bool {
    true
}

fn has_steps(analysis: &Analysis<'_>) -> bool {
    let mut variants = analysis.results.variant_ids();
    !analysis.has_counterparts() && variants.any(|it| analysis.previous(it).is_some())
}

fn has_counts(analysis: &Analysis<'_>) -> bool {
    let mut cells = analysis.results.cells.iter();
    cells.any(|cell| cell.counts.is_some() || cell.host_instructions.is_some())
}

fn has_published(analysis: &Analysis<'_>) -> bool {
    let results = analysis.results;
    let mut workloads = results.workload_ids();
    !claims::shown_sources(results).is_empty()
        || has_counts(analysis) && workloads.any(|it| !claims::counts(results, it).is_empty())
}

fn has_first(analysis: &Analysis<'_>) -> bool {
    analysis.results.measures().contains(&Measure::First)
}

fn has_warm(analysis: &Analysis<'_>) -> bool {
    analysis.results.measures().contains(&Measure::Warm)
}

fn has_machine_code(analysis: &Analysis<'_>) -> bool {
    analysis.results.machine_code.is_some()
}

const WORDS: [Word; 23] = [
    word(
        "time",
        "of one run, which builds the machine and executes the compiled program; the median over \
         rounds.",
        always,
    ),
    word(
        "[low, high]",
        "a confidence interval of at least 95 %: of a time by order statistics (the sign test), whatever the \
         distribution; of a ratio by Wilcoxon's signed ranks, since what disturbs one time of a round might as \
         well have disturbed the other. Without brackets there were too few values for one.",
        always,
    ),
    word(
        "vs.",
        "how many times as fast as the reference, or as slow; within 10 % of it, by how much in per cent. \
         Both times are from the same round; of their ratios the centre is taken (Hodges and Lehmann).",
        always,
    ),
    word(
        "vs. previous",
        "the same against the stage above, in per cent up to a factor of two. It is compared directly: \
         it isn't the quotient of two other ratios.",
        has_steps,
    ),
    word(
        "vs. counterpart",
        "the same against the variant that differs from this one in a single thing, in per cent up to a \
         factor of two. It is compared directly: it isn't the quotient of two other ratios.",
        |it| it.has_counterparts(),
    ),
    word(
        "conclusion",
        "whether the geometric means of the suites have the same verdict; that one can't tell is no \
         difference.",
        |it| it.suites().len() > 1,
    ),
    word(
        "verdict",
        "“faster” or “slower” when the whole interval is on one side of 1, and that is still no chance \
         among all comparisons of this report (Holm 1979); “faster?” or “slower?” when the interval alone says \
         so; “same ±1 %” when all of it is within 1 % of 1; else “can't tell”.",
        always,
    ),
    word(
        "same code",
        "both execute the same bytecode by the same machine code: what is measured is a further A/A control.",
        |it| {
            it.verdicts()
                .all()
                .any(|judgement| judgement == Judgement::SameCode)
        },
    ),
    word(
        "a first look",
        "too few rounds, or runs, for a verdict that would hold among all comparisons of this report.",
        |it| {
            it.verdicts()
                .all()
                .any(|judgement| judgement == Judgement::FirstLook)
        },
    ),
    word(
        "smallest effect",
        "the half-width of a typical interval, which alone tells an effect of that size in half of such \
         runs; verdicts on many comparisons take more.",
        always,
    ),
    word(
        "first",
        "the first run in a fresh process, with nothing before it to warm anything up; few are taken, \
         since each needs a process.",
        has_first,
    ),
    word(
        "warm",
        "an execution on a machine that has executed before, where an engine can do that.",
        has_warm,
    ),
    word(
        "dispatched",
        "instructions of the engine's own code, counted exactly; the tree-walker has none.",
        has_counts,
    ),
    word(
        "host instructions",
        "what the machine executes for one run, counted by valgrind: exact for the key that stands \
         beside them, and the same ±0.1 % counts as the same.",
        has_counts,
    ),
    word(
        "work and time",
        "changes in cost, so less is better. The verdict says what is seen of all three together; the \
         counts name no cause.",
        has_counts,
    ),
    word(
        "through",
        "the fewest indirect jumps or calls through which 99 % of those go that a run takes: one that \
         all instructions share, or one in the handler of each.",
        has_machine_code,
    ),
    word(
        "predicted wrong",
        "what part of these jumps a predictor gets wrong that expects each to go where it went last, \
         as valgrind simulates it. Processors of today look further back.",
        has_machine_code,
    ),
    word(
        "functions",
        "those of the machine code that hold such jumps.",
        has_machine_code,
    ),
    word(
        "indirect jumps, calls",
        "all that stand in the machine code of these functions, taken or not.",
        has_machine_code,
    ),
    word(
        "sequence",
        "how many machine instructions lead from one instruction's work to the next one's: the \
         shortest straight line that ends in such a jump, or the loop around a call, and one more \
         where the handler has to come back. Where every handler has a jump of its own, the line may \
         hold a little of the cheapest handler's work.",
        has_machine_code,
    ),
    word(
        "share of work",
        "the sequence times the dispatches, as part of all host instructions: an estimate of \
         dispatch's share of the time, as if every machine instruction took the same. A jump that is \
         predicted wrong takes more, one that overlaps with other work less.",
        has_machine_code,
    ),
    word(
        "published",
        "what the source named below the table says of that workload at that size, and of that very stage \
         and reference, in its own rounding; measured on another machine with another implementation.",
        has_published,
    ),
    word(
        "INVALID",
        "a statement about the run, not about an engine: it isn't the same as slower.",
        always,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_are_sentences_of_single_spaces() {
        for Word { term, meaning, .. } in &WORDS {
            assert!(!meaning.contains("  ") && !meaning.contains('\n'), "{term}");
            assert!(meaning.ends_with('.'), "{term}");
        }
    }
}
