//! The translation matrix: its cases and its page. Shared by the test `translations` and the example
//! `translation-matrix`, which prints the page.

pub(crate) mod cases;
pub(crate) mod page;
pub(crate) mod pretty;
