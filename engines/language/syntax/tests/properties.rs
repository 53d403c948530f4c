//! Whatever the source, the parser ends with a program or with errors that can be drawn, and what
//! it hands out keeps its promises.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use support::errors;
use support::nearly_monkey::nearly_monkey;
use support::sources::{monkey, with_comments, without_comments};
use support::tree::tree;
use syntax::lexer::{Lexer, TokenKind};
use syntax::{
    Block, Diagnostics, Expr, LineIndex, NameId, Program, Resolved, Stmt, Style, SyntaxErrorKind,
    parse, position_of,
};

/// Asserts what must hold of any source.
fn check(source: &str, style: Style) {
    match parse(source) {
        Ok(program) => check_program(&program),
        Err(errors) => {
            assert!(errors.iter().len() > 0);
            let spans = errors.iter().map(|diagnostic| diagnostic.span);
            assert!(
                spans.clone().is_sorted_by_key(|span| span.start),
                "{source:?}"
            );
            for span in spans {
                assert!(span.start <= span.end && span.end as usize <= source.len());
                assert!(source.is_char_boundary(span.start as usize), "{source:?}");
                assert!(source.is_char_boundary(span.end as usize), "{source:?}");
            }
            assert!(!errors.render(source, "any.monkey", style).is_empty());
        }
    }
}

fn check_program(program: &Program) {
    let ast = program.ast();
    for (index, &expr) in ast.expressions.iter().enumerate() {
        let span = ast.spans[index];
        assert!(span.start < span.end && span.end as usize <= program.source().len());
        let mut children = Vec::new();
        let mut add_block = |block: Block| {
            children.extend(
                program
                    .block(block)
                    .iter()
                    .map(|statement| match *statement {
                        Stmt::Let { value, .. } | Stmt::Return(value) | Stmt::Expr(value) => value,
                    }),
            );
        };
        match expr {
            Expr::If {
                consequence,
                alternative,
                ..
            } => {
                add_block(consequence);
                alternative.into_iter().for_each(add_block);
            }
            Expr::Function(id) => add_block(program.function(id).body),
            Expr::Prefix { operand, .. } => children.push(operand),
            Expr::Infix { left, right, .. } => children.extend([left, right]),
            Expr::Index { object, index } => children.extend([object, index]),
            Expr::Array(items) | Expr::Hash(items) => children.extend(program.list(items)),
            Expr::Call { callee, arguments } => {
                children.push(callee);
                children.extend(program.list(arguments));
            }
            _ => {}
        }
        for child in children {
            assert!(child.index() < index, "children stand before parents");
            let inner = program.span(child);
            assert!(
                span.start <= inner.start && inner.end <= span.end,
                "spans nest"
            );
        }
    }
    for (index, &symbol) in ast.names.iter().enumerate() {
        if let Resolved::Variable(id) | Resolved::Forward(id) =
            program.resolve(NameId(index as u32))
        {
            let declaring = ast.names[program.binding(id).name.index()];
            assert_eq!(
                symbol, declaring,
                "a name stands for a variable of that name"
            );
        }
    }
}

/// All that a parser makes of a source, but the source.
fn tables(program: &Program) -> String {
    let names = (0..program.ast().names.len() as u32).map(NameId);
    let resolved: Vec<_> = names.map(|name| program.resolve(name)).collect();
    format!("{:?} {resolved:?}", program.ast())
}

/// Whether there is anything that only other languages have.
fn is_foreign(errors: &Diagnostics) -> bool {
    errors
        .iter()
        .any(|error| matches!(error.kind, SyntaxErrorKind::NotInTheLanguage { .. }))
}

fn comment() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", " a note", "/ 1 + \"", "\t// é\r", " } ) ;"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_a_program_or_an_error(source in any::<String>(), width in 0..200usize) {
        check(&source, Style { color: false, width });
    }

    #[test]
    fn nearly_monkey_is_a_program_or_an_error(source in nearly_monkey(60), color: bool) {
        check(&source, Style { color, width: 60 });
    }

    #[test]
    fn generated_programs_parse(source in monkey()) {
        // Only names may be wrong with them.
        prop_assert!(syntax::parser::parse_ast(&source).is_ok(), "{}", source);
        check(&source, Style { color: false, width: 80 });
    }

    #[test]
    fn tokens_cover_everything_but_white_space_and_comments(source in nearly_monkey(60)) {
        let without_comments = without_comments(&source);
        let mut lexer = Lexer::new(&source);
        let mut end = 0;
        loop {
            let token = lexer.next_token();
            let (start, token_end) = (token.span.start as usize, token.span.end as usize);
            prop_assert!(without_comments[end..start].trim().is_empty());
            end = token_end;
            if token.kind == TokenKind::End {
                break;
            }
            prop_assert!(start < end);
        }
        prop_assert_eq!(end, source.len());
    }

    #[test]
    fn comments_are_white_space(source in nearly_monkey(60)) {
        let blank = without_comments(&source);
        match (parse(&source), parse(&blank)) {
            (Ok(program), Ok(expected)) => {
                prop_assert_eq!(tables(&program), tables(&expected));
            }
            // In what is foreign, a comment may be a part of something else.
            (Err(found), _) if is_foreign(&found) => {}
            (found, expected) => prop_assert_eq!(found.err(), expected.err()),
        }
    }

    #[test]
    fn comments_change_no_program(
        source in monkey(),
        comments in vec(prop::option::of(comment()), 0..100),
    ) {
        let commented = with_comments(&source, &comments);
        let messages = |source| errors(source)
            .lines()
            .filter_map(|line| Some(line.split_once(' ')?.1.to_owned()))
            .collect::<Vec<_>>();
        prop_assert_eq!(messages(&commented), messages(&source));
        if errors(&source).is_empty() {
            prop_assert_eq!(tree(&commented), tree(&source));
        }
    }

    #[test]
    fn both_ways_to_a_position_agree(source in "[aé\n\r]{0,30}", offset in 0..80u32) {
        let expected = position_of(&source, offset);
        prop_assert_eq!(LineIndex::new(&source).position(offset), expected);
        let before = &source[..source.floor_char_boundary(offset as usize)];
        prop_assert_eq!(expected.line as usize, before.split('\n').count());
        let line = before.split('\n').next_back().unwrap_or_default();
        prop_assert_eq!(expected.column as usize, line.chars().count() + 1);
    }
}
