//! Ironbridge's upstream.
