//! monkeybench
fn main() {}
