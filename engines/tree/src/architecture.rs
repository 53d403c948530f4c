//! The tree-walker among the architectures: one engine, which has no axes.

use engine::{Architecture, Coordinates, Point, Standing, erase};

use crate::{SETTINGS, Tree};

/// The tree-walker.
pub static ARCHITECTURE: Architecture = Architecture {
    name: "tree",
    summary: "tree-walking evaluator",
    title: "tree-walking evaluator, variables looked up by name as it runs",
    optimizations: &[],
    axes: &[],
    points,
    instruction_set: None,
    may_dispatch: |_| false,
    settings: SETTINGS,
};

fn points() -> Vec<Point> {
    vec![Point {
        coordinates: Coordinates {
            optimizations: Vec::new(),
            values: Vec::new(),
        },
        standing: Standing::Offered(erase::<Tree>),
    }]
}
