//! What stands before any figure: what was found, and what must be known of the run.

use super::Source;
use crate::document::{Block, Content, EVERYWHERE, Level, REPORT, Span, WRITTEN};
use crate::prose;
use crate::validity::{self, Invalid};

/// The report's name.
pub(super) fn title(source: &Source<'_>) -> Vec<Block> {
    let name = source.results().experiment.name.clone();
    vec![Block::new(Content::Heading(Level::Document, name), REPORT)]
}

/// What was found, or why nothing was and what to do about it; and what was asked.
pub(super) fn conclusion(source: &Source<'_>) -> Vec<Block> {
    let headline = prose::headline(source.analysis, &source.invalid);
    let question = source.results().experiment.question.clone();
    let advice = source.invalid.iter().map(Invalid::advice);
    let mut blocks = vec![Block::new(Content::Headline(headline), EVERYWHERE)];
    blocks.extend(validity::advice(advice, EVERYWHERE));
    blocks.push(Block::paragraph(question, WRITTEN));
    blocks
}

/// Under which conditions, and what could be seen.
pub(super) fn conditions(source: &Source<'_>) -> Vec<Block> {
    let (results, analysis) = (source.results(), source.analysis);
    let machine = [
        ("machine", prose::machine(results)),
        ("disturbance", prose::disturbance(results)),
    ];
    let resolution = [
        ("A/A control", prose::control(analysis)),
        (
            "smallest detectable effect",
            prose::smallest_effect(analysis),
        ),
        ("layouts", prose::layouts(results)),
        ("verdicts", prose::verdicts(analysis)),
    ];
    let run = [
        ("run", prose::run(results)),
        ("built", prose::tool(results)),
    ];
    let command = vec![
        Span::Plain("made by: ".to_owned()),
        Span::Code(results.command.clone()),
    ];
    vec![
        Block::facts(machine, WRITTEN),
        Block::facts(resolution, EVERYWHERE),
        Block::facts(run, WRITTEN),
        Block::new(Content::List(vec![command]), WRITTEN),
    ]
}
