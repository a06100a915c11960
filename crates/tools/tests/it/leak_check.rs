//! The proof that `cargo xtask leaks` can fail.

/// Leaks where that command asks for it, and fails if nothing is found then.
#[test]
fn a_planted_leak() {
    if std::env::var_os("IRONBRIDGE_TEST_PLANT_LEAK").is_none() {
        return println!("skipped: `cargo xtask leaks` runs it");
    }
    let pointer = std::hint::black_box(Box::into_raw(Box::new([7_u8; 4321])));
    assert!(!pointer.is_null());
}
