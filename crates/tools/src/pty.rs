//! Terminals: programs that want one, kept between calls.
