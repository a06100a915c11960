//! What tests need that speaks the network: a scripted upstream that answers as real providers do
//! and fails as they do, a raw client that sees every byte, a clock that stands still.
//!
//! ```
//! use ironbridge_testkit::{Script, Upstream, client, messages};
//! use serde_json::json;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let upstream = Upstream::start(Script::always(messages::text("hi").stream().reset_after(40))).await;
//! let request = client::Request::post("/v1/messages", &json!({"model": "claude", "stream": true}));
//! let reply = client::send(&upstream.base_url(), &request).await.unwrap().collect().await;
//! assert_eq!((reply.bytes().len(), reply.end), (40, client::End::Reset));
//! assert_eq!(upstream.requests()[0].json()["model"], "claude");
//! # });
//! ```
//!
//! # How a test is put together
//!
//! 1. A reply in a dialect: [`chat`], [`messages`] and [`responses`] begin one, [`Reply`] adds its
//!    parts. [`Recording`] plays what a real server once sent. [`provider`] has models, embeddings.
//! 2. An [`Answer`]: the reply plain, streamed or as the request asks, with any number of faults.
//!    [`Fault`] is a fault as a value, for tables and seeds; [`Gate`] is a silence that the test ends.
//! 3. A [`Script`]: which request gets which answer. [`ToolLoop`] is the script for real agents.
//! 4. An [`Upstream`]: serves the script, records requests, counts sockets and bytes.
//! 5. Where logins and tokens matter, a fake of the whole service instead: [`FakeGithub`] with
//!    Copilot, [`FakeAnthropicLogin`]. They know which tokens count, and play any script besides.
//! 6. [`client`] reads what came of it; [`sse::decode`] takes it apart.
//!
//! # Why so
//!
//! Both ends are written on bare TCP, because an HTTP library repairs, hides or refuses just what
//! is to be tested: a reset after 40 bytes, a chunk that ends inside a character, a body without its
//! end. The SSE decoder shares no line with the product's, so that the same mistake is not made
//! twice. Every fault is deterministic: silence ends when a [`Gate`] opens and not when a timer
//! fires, cuts come from a seed. A fault that cannot be played (a cut inside a character of a body
//! that has none) is answered with a 500 that says so, never played as something else.
//!
//! # What it does not do
//!
//! No TLS and no HTTP/2, no checking of what clients send but by the two fakes (tests look at
//! [`Upstream::requests`]), no time limits of its own (the test runner has them). It never reads the environment and never
//! prints. It is a dev-dependency; nothing that ships may depend on it.

#![forbid(unsafe_code)]

mod answer;
pub mod anthropic_login;
pub mod client;
mod clock;
mod dialect;
mod fake;
mod folder;
mod gate;
pub mod github;
mod http;
#[cfg(unix)]
mod postgres;
pub mod provider;
mod received;
mod recorded;
mod script;
mod seed;
pub mod sse;
mod tool_loop;
mod upstream;

pub use answer::{Answer, Fault, Position};
pub use anthropic_login::{AnthropicEndpoint, FakeAnthropicLogin};
pub use clock::FakeClock;
pub use dialect::{Content, Dialect, Finish, Part, Reply, Usage, chat, messages, responses};
pub use fake::{FakeServer, Service};
pub use folder::Folder;
pub use gate::Gate;
pub use github::{FakeGithub, GithubEndpoint};
pub use http::Headers;
#[cfg(unix)]
pub use postgres::PostgresServer;
pub use received::{Outcome, Received};
pub use recorded::{Recording, folder as recorded_folder, recordings};
pub use script::Script;
pub use tool_loop::ToolLoop;
pub use upstream::{Connections, Log, Upstream};

/// The same cases on every run, and no files of past failures: a case found is written as a test.
#[cfg(test)]
fn property_config() -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0x0001_F00D), ..Config::default() }
}
