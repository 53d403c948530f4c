//! Wall-clock times for a developer at work: `cargo bench -p ci --bench wall_clock [FILTER]`.
//!
//! They gate nothing, and no table shows them: `monkeybench run` measures, with variants
//! interleaved.

#![allow(missing_docs, reason = "the framework's macros make public items")]

use std::hint::black_box;

use catalog::runtime::Limits;
use catalog::syntax::lexer::{Lexer, TokenKind};
use catalog::syntax::{parser, resolver};
use ci::subject::Subject;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// The front end, which all engines share, on each workload's text.
fn front_end(criterion: &mut Criterion) {
    for workload in workloads::documented() {
        let source = workload.source(None).expect("the default size is allowed");
        let ast = parser::parse_ast(&source).expect("workloads are programs");
        let mut group = criterion.benchmark_group("front-end");
        group.throughput(Throughput::Bytes(source.len() as u64));
        let id = |part| BenchmarkId::new(part, &workload.name);
        group.bench_function(id("lexer"), |bencher| {
            bencher.iter(|| tokens(black_box(&source)));
        });
        group.bench_function(id("parser"), |bencher| {
            bencher.iter(|| parser::parse_ast(black_box(&source)));
        });
        group.bench_function(id("resolver"), |bencher| {
            bencher.iter_batched(
                || ast.clone(),
                |ast| resolver::resolve(black_box(&source), ast),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

/// Compiling and running, for every stage on each workload.
fn stages(criterion: &mut Criterion) {
    for variant in catalog::stages() {
        for workload in workloads::documented() {
            let subject = Subject::new(variant, workload)
                .and_then(|subject| {
                    let mut output = Vec::new();
                    let outcome = subject.code.run(&subject.limits, &mut output);
                    subject.observed(Some(outcome), output).check()?;
                    Ok(subject)
                })
                .unwrap_or_else(|error| panic!("{error:#}"));
            let id = BenchmarkId::new(&variant.name, &workload.name);
            criterion
                .benchmark_group("compile")
                .bench_function(id.clone(), |bencher| {
                    bencher.iter(|| subject.engine.compile(black_box(&subject.program)));
                });
            let limits = Limits::default();
            criterion
                .benchmark_group("run")
                .bench_function(id, |bencher| {
                    bencher.iter(|| {
                        let mut output = Vec::new();
                        let outcome = black_box(&*subject.code).run(&limits, &mut output);
                        (outcome, output)
                    });
                });
        }
    }
}

/// Takes a text apart, and counts the parts.
fn tokens(source: &str) -> usize {
    let mut lexer = Lexer::new(source);
    let mut tokens = 1;
    while lexer.next_token().kind != TokenKind::End {
        tokens += 1;
    }
    tokens
}

criterion_group!(benches, front_end, stages);
criterion_main!(benches);
