//! Looking through a tree again and again: an index that stays, fuzzy queries answered from it.

mod index;
mod list;
mod live;
mod session;
mod tool;
#[cfg(unix)]
mod whole;

use ironbridge_tools::find::ByteRange;

/// `path` with what matched in brackets.
fn marked(path: &str, ranges: &[ByteRange]) -> String {
    let mut marked = path.to_owned();
    for range in ranges.iter().rev() {
        marked.insert(range.end as usize, ']');
        marked.insert(range.start as usize, '[');
    }
    marked
}
