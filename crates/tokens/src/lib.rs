//! Ironbridge's tokens.
