//! What is in a file: its encoding, its byte-order mark, its line endings, its hash.

use divan::{Bencher, black_box};
use ironbridge_tools::Limits;
use ironbridge_tools::text::{ContentHash, Encoding, LineEndings, Lines, Text, unified_diff};

const LINES: usize = 10_000;

fn source() -> String {
    (0..LINES).map(|number| format!("    let größe_{number} = compute({number});\n")).collect()
}

#[divan::bench]
fn decode_utf8(bencher: Bencher<'_, '_>) {
    let bytes = source().into_bytes();
    bencher.with_inputs(|| bytes.clone()).bench_values(Text::decode);
}

/// The floor of [`decode_utf8`].
#[divan::bench]
fn from_utf8(bencher: Bencher<'_, '_>) {
    let bytes = source().into_bytes();
    bencher.with_inputs(|| bytes.clone()).bench_values(String::from_utf8);
}

#[divan::bench]
fn decode_windows_1252(bencher: Bencher<'_, '_>) {
    let encoding = Encoding::for_name("windows-1252").expect("a name of the standard");
    let bytes = encoding.encode(&source()).expect("it has them all");
    bencher.with_inputs(|| bytes.clone()).bench_values(Text::decode);
}

/// The floor of [`decode_windows_1252`]: the encoding is known, and nobody looks whether it comes back.
#[divan::bench]
fn decode_known_windows_1252(bencher: Bencher<'_, '_>) {
    let encoding = Encoding::for_name("windows-1252").expect("a name of the standard");
    let bytes = encoding.encode(&source()).expect("it has them all");
    bencher.bench(|| encoding.decode(black_box(&bytes)));
}

#[divan::bench]
fn lines_and_endings(bencher: Bencher<'_, '_>) {
    let text = source();
    bencher.bench(|| (Lines::of(black_box(&text)).count(), LineEndings::of(black_box(&text))));
}

#[divan::bench]
fn hash(bencher: Bencher<'_, '_>) {
    let text = source();
    bencher.bench(|| ContentHash::of(black_box(text.as_bytes())));
}

/// One line of ten thousand is another.
#[divan::bench]
fn diff_of_one_line(bencher: Bencher<'_, '_>) {
    let old = source();
    let new = old.replace("compute(5000)", "compute(0)");
    let limits = Limits::default().diff;
    bencher.bench(|| unified_diff("file", Some(black_box(&old)), Some(black_box(&new)), &limits));
}
