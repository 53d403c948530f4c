//! Sources at random.

use proptest::collection::vec;
use proptest::prelude::*;
use syntax::lexer::{Lexer, TokenKind};

/// Programs that parse: statements from a small grammar, over names that may be unbound.
pub(crate) fn monkey() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "c", "len", "puts"]);
    let leaf = prop_oneof![
        name.clone().prop_map(str::to_owned),
        (0..1000u32).prop_map(|value| value.to_string()),
        Just("\"text\"".to_owned()),
        Just("true".to_owned()),
    ];
    let expr = leaf.prop_recursive(5, 60, 4, move |inner| {
        let statement = prop_oneof![
            (name.clone(), inner.clone())
                .prop_map(|(name, value)| format!("let {name} = {value};")),
            inner.clone().prop_map(|value| format!("return {value};")),
            inner.clone().prop_map(|value| format!("{value};")),
        ];
        let block =
            vec(statement, 0..4).prop_map(|statements| format!("{{ {} }}", statements.concat()));
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "<", ">", "==", "!="]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(l, op, r)| format!("{l} {op} {r}")),
            inner.clone().prop_map(|operand| format!("-({operand})")),
            (inner.clone(), block.clone()).prop_map(|(c, body)| format!("if ({c}) {body}")),
            (vec(name.clone(), 0..3), block)
                .prop_map(|(names, body)| format!("fn({}) {body}", names.join(", "))),
            (inner.clone(), vec(inner.clone(), 0..3))
                .prop_map(|(callee, args)| format!("({callee})({})", args.join(", "))),
            vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner).prop_map(|(key, value)| format!("{{{key}: {value}}}[{key}]")),
        ]
    });
    vec(expr, 0..4).prop_map(|lines| {
        let lines = lines
            .iter()
            .map(|line| format!("let a = {line}; let b = a; let c = b;\n"));
        lines.collect()
    })
}

/// A source with a comment after each token for which `comments` has one, as long as there are any.
pub(crate) fn with_comments(source: &str, comments: &[Option<&str>]) -> String {
    let mut lexer = Lexer::new(source);
    let mut text = String::new();
    let mut copied = 0;
    for comment in comments {
        let token = lexer.next_token();
        if token.kind == TokenKind::End {
            break;
        }
        if let Some(comment) = comment {
            let end = token.span.end as usize;
            text += &format!("{} //{comment}\n", &source[copied..end]);
            copied = end;
        }
    }
    text + &source[copied..]
}

/// A source with blanks in its comments' place: all else stays where it was.
pub(crate) fn without_comments(source: &str) -> String {
    let mut text = String::new();
    let mut rest = source;
    while let Some(start) = rest.find(['"', '/']) {
        let (before, from) = rest.split_at(start);
        text += before;
        let (length, is_comment) = if from.starts_with("//") {
            (from.find('\n').unwrap_or(from.len()), true)
        } else if let Some(string) = from.strip_prefix('"') {
            (string.find('"').map_or(from.len(), |end| end + 2), false)
        } else {
            (1, false)
        };
        text += &if is_comment {
            " ".repeat(length)
        } else {
            from[..length].to_owned()
        };
        rest = &from[length..];
    }
    text + rest
}
