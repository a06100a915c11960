//! The gateway with the clients that people use, unchanged and pinned: the official SDKs of Python
//! and Node, the Vercel AI SDK, Claude Code and Codex; and our own npm package.
//!
//! Their packages and the scripts that drive the SDKs are in `fixtures/clients`; `cargo xtask test`
//! installs them under `target/clients` and says where by environment variables. Without those a
//! test prints `skipped: …`, so that plain `cargo test` passes with Rust alone.
//!
//! A test starts the binary (on the offline model, or before the provider of [`scripted`]), runs a
//! client against it and looks at what came out. Nothing leaves the machine. Everything is bounded:
//! a program that hangs is stopped, with its children, and the test says so.

mod agents;
mod asked;
mod bridges;
mod claude_code;
mod codex;
mod gateway;
mod node;
mod npm_package;
mod program;
mod python;
mod scripted;
mod situations;
mod test_bed;
