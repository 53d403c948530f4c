//! Profiles as tables for a terminal.

use reports::format;
use reports::table::{Column, Table, Value};
use reports::terminal;

use super::{Average, Averaged, Counted, Profiled, Profiles, Superinstructions, Top};

/// What the tables of the best absent superinstructions don't say of themselves.
const CRITERION: &str = "A sequence may become one instruction if it lies in one function's \
    straight-line code: nothing jumps into it, control leaves it at its end alone, and at most one \
    of its instructions can fail. What it would save is meant of it as the only new one.";

// What the tables are called, of a program as on average.
const OPCODES: &str = "Opcodes";
const NODES: &str = "Nodes by kind";
const PAIRS: &str = "Pairs";
const TRIPLES: &str = "Triples";
const PRESENT: &str = "Superinstructions present";
const ABSENT: &str = "Best superinstructions absent";

/// Where the tables are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// In columns.
    pub(crate) width: u16,
    pub(crate) color: bool,
}

impl Profiles {
    /// All tables.
    pub(crate) fn text(&self, terminal: Terminal) -> String {
        let mut sections: Vec<String> = self
            .programs
            .iter()
            .map(|program| program.text(&self.engine, terminal))
            .collect();
        if let Some(average) = &self.average {
            let programs: Vec<_> = self.programs.iter().map(|it| &*it.program).collect();
            sections.push(average.text(&self.engine, &programs, terminal));
        }
        if self
            .programs
            .iter()
            .any(|it| it.superinstructions.is_some())
        {
            sections.push(terminal::wrap(CRITERION, terminal.width));
        }
        sections.join("\n")
    }
}

impl Profiled {
    fn text(&self, engine: &str, terminal: Terminal) -> String {
        let title = format!("{} on {engine}", self.program);
        let tables = match &self.superinstructions {
            Some(superinstructions) => vec![
                counted(OPCODES, &self.opcodes),
                counted(PAIRS, &self.pairs),
                counted(TRIPLES, &self.triples),
                superinstructions.present(),
                superinstructions.absent(),
            ],
            None => vec![
                counted(NODES, &self.opcodes),
                counted(PAIRS, &self.pairs),
                counted(TRIPLES, &self.triples),
            ],
        };
        section(&title, &self.totals(), tables, terminal)
    }

    fn totals(&self) -> String {
        let mut totals = vec![
            ("dispatched", self.dispatched),
            ("calls", self.calls),
            ("allocations", self.allocations),
            ("bytes of code", self.code_bytes as u64),
        ];
        match &self.superinstructions {
            Some(it) if it.present.of > 0 => {
                totals.push((
                    "dispatched without superinstructions",
                    it.dispatched_without,
                ));
            }
            Some(_) => {}
            None => totals[0].0 = "nodes evaluated, since there are no instructions",
        }
        let totals = totals.into_iter().map(|(what, count)| {
            let count = format::count(count);
            format!("{what}: {count}")
        });
        let per_call = self.dispatched_per_call.map(|ratio| {
            let ratio = format::significant(ratio);
            format!("dispatched per call: {ratio}")
        });
        let totals: Vec<_> = totals.chain(per_call).collect();
        totals.join("; ")
    }
}

impl Superinstructions {
    fn present(&self) -> Table {
        Table {
            title: title(PRESENT, &self.present),
            columns: vec![
                Column::words("instruction"),
                Column::words("instead of").wrapped().optional(),
                Column::figures("dispatched"),
                Column::figures("saved"),
                Column::figures("share saved"),
            ],
            rows: rows(&self.present, |it| {
                vec![
                    Value::Text(it.name.to_owned()),
                    sequence(&it.sequence),
                    Value::Count(it.count),
                    signed(it.saved),
                    percent(it.share),
                ]
            }),
            notes: Vec::new(),
        }
    }

    fn absent(&self) -> Table {
        Table {
            title: title(ABSENT, &self.absent),
            columns: vec![
                Column::words("sequence").wrapped(),
                Column::figures("would save"),
                Column::figures("share"),
            ],
            rows: rows(&self.absent, |it| {
                vec![
                    sequence(&it.sequence),
                    Value::Count(it.saved),
                    percent(it.share),
                ]
            }),
            notes: Vec::new(),
        }
    }
}

impl Average {
    fn text(&self, engine: &str, programs: &[&str], terminal: Terminal) -> String {
        let averaged = |name: &str, shares: &Top<Averaged>| {
            let mut columns = vec![
                Column::words("sequence").wrapped(),
                Column::figures("average"),
            ];
            columns.extend(programs.iter().map(|it| Column::figures(*it).optional()));
            Table {
                title: title(name, shares),
                columns,
                rows: rows(shares, |it| {
                    let shares = std::iter::once(&it.share).chain(&it.shares);
                    let shares = shares.map(|&share| percent(share));
                    std::iter::once(sequence(&it.sequence))
                        .chain(shares)
                        .collect()
                }),
                notes: Vec::new(),
            }
        };
        let tables = match (&self.present, &self.absent) {
            (Some(present), Some(absent)) => vec![
                averaged(OPCODES, &self.opcodes),
                averaged(PAIRS, &self.pairs),
                averaged(TRIPLES, &self.triples),
                averaged(PRESENT, present),
                averaged(ABSENT, absent),
            ],
            _ => vec![
                averaged(NODES, &self.opcodes),
                averaged(PAIRS, &self.pairs),
                averaged(TRIPLES, &self.triples),
            ],
        };
        let heading = format!("average of the shares on {engine}");
        let programs = format!("Each program counts the same: {}", programs.join(", "));
        section(&heading, &programs, tables, terminal)
    }
}

/// A heading, a line on it, and tables.
fn section(heading: &str, line: &str, tables: Vec<Table>, terminal: Terminal) -> String {
    let Terminal { width, color } = terminal;
    let heading = terminal::bold(&format::printable(heading), color);
    let mut text = format!("{heading}\n{}", terminal::wrap(line, width));
    for table in tables {
        text.push('\n');
        if table.rows.is_empty() {
            text.push_str(&terminal::bold(&table.title, color));
            text.push_str("\nnone\n");
        } else {
            text.push_str(&terminal::render(&table, width, color));
        }
    }
    text
}

fn counted(name: &str, counted: &Top<Counted>) -> Table {
    Table {
        title: title(name, counted),
        columns: vec![
            Column::words("sequence").wrapped(),
            Column::figures("dispatched"),
            Column::figures("share"),
        ],
        rows: rows(counted, |it| {
            vec![
                sequence(&it.sequence),
                Value::Count(it.count),
                percent(it.share),
            ]
        }),
        notes: Vec::new(),
    }
}

/// A table's title, which says if the table is cut.
fn title<T>(name: &str, top: &Top<T>) -> String {
    let Top { rows, of } = top;
    match rows.len() {
        shown if shown == *of => name.to_owned(),
        shown => format!("{name} ({shown} of {})", format::count(*of as u64)),
    }
}

fn rows<T>(top: &Top<T>, row: impl Fn(&T) -> Vec<Value>) -> Vec<Vec<Value>> {
    top.rows.iter().map(row).collect()
}

fn sequence(opcodes: &[&str]) -> Value {
    Value::Text(opcodes.join(" "))
}

fn percent(share: f64) -> Value {
    let digits = format!("{:.1}", share.abs() * 100.0);
    let sign = if share < 0.0 && digits != "0.0" {
        "−"
    } else {
        ""
    };
    Value::Text(format!("{sign}{digits} %"))
}

fn signed(count: i64) -> Value {
    let digits = format::count(count.unsigned_abs());
    let sign = if count < 0 { "−" } else { "" };
    Value::Text(format!("{sign}{digits}"))
}
