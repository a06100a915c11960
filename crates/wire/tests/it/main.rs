//! Tests of the crate through its public face.
#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers as well")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod corpus;
mod large;
mod matrix;
mod outcome;
mod recorded;
mod round_trips;
mod same_dialect;
mod text_in_place;
mod translations;
mod well_formed;
