//! Counts tokens: of a text, and of a whole request as a provider would.
//!
//! ```
//! use ironbridge_tokens::{Counter, Encoding, Message, Part, Request};
//!
//! assert_eq!(Encoding::O200kBase.count("Hello, world!"), 4);
//!
//! let question = Message { role: "user", name: None, parts: vec![Part::Text("Hello, world!")] };
//! let request = Request { messages: vec![question], ..Request::default() };
//! let count = Counter::for_model(Some("openai"), "gpt-5").count(&request);
//! assert_eq!((count.tokens, count.exactness.name()), (11, "exact"));
//! ```
//!
//! # What there is
//!
//! - [`Encoding`]: OpenAI's o200k, cl100k, p50k and r50k, exact.
//! - [`Tokenizer`]: the four ways to count a text behind one trait. An [`Encoding`] (OpenAI);
//!   a [`StandIn`] (Claude and others whose vocabulary is not public); a [`TokenizerJson`] (Llama,
//!   Mistral, Qwen, Gemma, DeepSeek); [`Characters`], when nothing else is left.
//! - [`Family`]: which of them a model needs, from its name.
//! - [`Counter`]: the tokens of a [`Request`]: texts by a tokenizer, messages, tools and images by
//!   the family's rules. An image costs what its size costs ([`ImageSize`], [`ImageRule`]), read
//!   from the head of its file; its base64 is never looked at as text.
//! - [`Request::of_prompt`]: a request of any dialect, read by `ironbridge-wire`, as what is counted.
//! - [`Calibration`]: what providers report, learnt per model, for better estimates, and for admission from
//!   the size of a body alone.
//!
//! Every answer says whether it is exact or an estimate ([`Exactness`]).
//!
//! # Why the encodings are our own
//!
//! A gateway counts seldom and briefly, so memory and the first use matter as much as speed. The crates there
//! are build their dictionaries at run time: tens of megabytes, tens of milliseconds. Here `build.rs`
//! lays the vocabularies out as read-only tables in the program's data: 5 MB for o200k, shared between
//! processes, nothing to build, the first count in under a millisecond. `openai/vocabulary.rs` describes
//! the tables, `openai/merge.rs` the encoding, which is linear in the length of the text whatever it
//! holds, `openai/pattern.rs` the cut that comes before. `cargo bench -p ironbridge-tokens` compares.
//!
//! # What it does not do
//!
//! No HTTP, no files, no environment: a `tokenizer.json` comes in as bytes, and asking a provider to
//! count is the caller's business. No special tokens: what users send is ordinary text. No prices.

#![forbid(unsafe_code)]

mod calibration;
mod counter;
mod family;
mod functions;
mod image;
mod openai;
mod prompt;
mod request;
mod tokenizer;
mod tokenizer_json;

pub use calibration::{Calibration, Ratios};
pub use counter::{Count, Counter};
pub use family::Family;
pub use functions::FunctionCosts;
pub use image::{Detail, ImageRule, ImageSize, UNKNOWN_SIZE};
pub use openai::{DecodeError, Encoding};
pub use request::{Message, Part, Request, Tool};
pub use tokenizer::{Characters, Exactness, StandIn, Tokenizer, scale};
pub use tokenizer_json::{TOKENIZER_JSON_BYTES_MAX, TokenizerJson, TokenizerJsonError};
