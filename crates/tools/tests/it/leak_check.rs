//! The check of `cargo xtask leaks` itself: what it must find, and what it must not take for a leak.

/// Run by `cargo xtask leaks` alone, which fails if nothing is found.
#[test]
#[ignore = "leaks on purpose"]
fn a_planted_leak() {
    // Through a volatile-like barrier, so that the pointer is on no stack when the process ends.
    let pointer = std::hint::black_box(Box::into_raw(Box::new([7_u8; 4321])));
    assert!(!pointer.is_null());
}
