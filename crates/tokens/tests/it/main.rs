//! The crate as its users see it.

mod prompts;
mod properties;
mod requests;
