//! Programs as trees in brackets.

use syntax::{Block, Expr, ExprId, ExprList, FunctionId, Program, Stmt, parse};

/// A program's tree: `(+ 1 (* 2 3))`, one statement after the other with `; ` between.
pub(crate) fn tree(source: &str) -> String {
    match parse(source) {
        Ok(program) => block(&program, program.function(FunctionId::MAIN).body),
        Err(errors) => panic!("{source}: {errors}"),
    }
}

fn block(program: &Program, body: Block) -> String {
    let statements = program
        .block(body)
        .iter()
        .map(|statement| match *statement {
            Stmt::Let { name, value } => {
                format!("let {} = {}", program.name(name), expr(program, value))
            }
            Stmt::Return(value) => format!("return {}", expr(program, value)),
            Stmt::Expr(value) => expr(program, value),
        });
    statements.collect::<Vec<_>>().join("; ")
}

fn list(program: &Program, items: ExprList) -> String {
    let items = program.list(items).iter().map(|&item| expr(program, item));
    items.map(|item| format!(" {item}")).collect()
}

fn expr(program: &Program, id: ExprId) -> String {
    match program.expr(id) {
        Expr::Integer(value) => value.to_string(),
        Expr::Boolean(value) => value.to_string(),
        Expr::String(span) => format!("{:?}", program.text(span)),
        Expr::Name(name) => program.name(name).to_owned(),
        Expr::Prefix { op, operand } => format!("({} {})", op.text(), expr(program, operand)),
        Expr::Infix { op, left, right } => {
            let (left, right) = (expr(program, left), expr(program, right));
            format!("({} {left} {right})", op.text())
        }
        Expr::If {
            condition,
            consequence,
            alternative,
        } => {
            let mut text = format!("(if {} ", expr(program, condition));
            text += &format!("{{{}}}", block(program, consequence));
            if let Some(alternative) = alternative {
                text += &format!(" {{{}}}", block(program, alternative));
            }
            text + ")"
        }
        Expr::Function(id) => {
            let parameters = program.parameters(id);
            let names = parameters.map(|binding| program.name(program.binding(binding).name));
            let names = names.collect::<Vec<_>>().join(" ");
            format!(
                "(fn [{names}] {{{}}})",
                block(program, program.function(id).body)
            )
        }
        Expr::Call { callee, arguments } => {
            format!(
                "(call {}{})",
                expr(program, callee),
                list(program, arguments)
            )
        }
        Expr::Index { object, index } => {
            format!("(index {} {})", expr(program, object), expr(program, index))
        }
        Expr::Array(items) => format!("(array{})", list(program, items)),
        Expr::Hash(entries) => format!("(hash{})", list(program, entries)),
    }
}
