//! The binary `ironbridge`.
fn main() {}
