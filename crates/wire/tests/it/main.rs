//! Tests of the crate through its public face.

mod corpus;
mod matrix;
mod outcome;
mod translations;
mod well_formed;
