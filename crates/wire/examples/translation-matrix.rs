//! Prints `docs/reference/translation.md`. `cargo xtask docs` runs it and compares.
#![allow(clippy::print_stdout, reason = "what it prints is the page")]

#[path = "../tests/it/matrix/mod.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod matrix;

fn main() {
    print!("{}", matrix::page::page());
}
