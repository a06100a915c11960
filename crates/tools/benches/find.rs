//! Looking through a tree again and again: an index that stays, fuzzy queries answered from it.
//!
//! Floors: the letters of the query looked for with `memchr` in every path, and `neo_frizbee` over the same list.
//!
//! A target of its own: what `neo_frizbee` makes of its generic kernels here takes the compiler minutes.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use ironbridge_tools::Control;
use ironbridge_tools::find::FuzzyList;
use neo_frizbee::{Config, Matcher};

const SIZES: [usize; 2] = [10_000, 100_000];
const QUERIES: [&str; 5] = ["src", "comp", "index", "util", "contorller"];
const WORDS: [&str; 16] = [
    "src",
    "lib",
    "components",
    "index",
    "utils",
    "controller",
    "server",
    "client",
    "models",
    "config",
    "tests",
    "docs",
    "parser",
    "store",
    "service",
    "types",
];

/// Paths as projects have them: three to six folders, names of one or two words.
fn paths(count: usize) -> Vec<String> {
    let mut state = 0x0001_F00D_u64;
    let mut next = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    let mut paths = Vec::with_capacity(count);
    while paths.len() < count {
        let folders: Vec<_> = (0..3 + next(4)).map(|_| WORDS[next(WORDS.len())]).collect();
        let folder = folders.join("/");
        for _ in 0..12.min(count - paths.len()) {
            let (word, number) = (WORDS[next(WORDS.len())], next(1000));
            paths.push(format!("{folder}/{word}-{}{number}.ts", WORDS[next(WORDS.len())]));
        }
    }
    paths
}

#[divan::bench(args = SIZES)]
fn cold(bencher: Bencher<'_, '_>, count: usize) {
    let paths = paths(count);
    let build = || FuzzyList::new(&paths);
    bencher.counter(ItemsCount::new(QUERIES.len())).with_inputs(build).bench_local_refs(|list| {
        for query in QUERIES {
            black_box(list.search(query, 20, &Control::unbounded())).expect("it goes well");
        }
    });
}

/// The last key of each query, the others having been typed before.
#[divan::bench(args = SIZES)]
fn narrowing(bencher: Bencher<'_, '_>, count: usize) {
    let list = FuzzyList::new(&paths(count));
    let control = Control::unbounded();
    let typed = || {
        for end in 1..QUERIES[2].len() {
            list.search(&QUERIES[2][..end], 20, &control).expect("it goes well");
        }
    };
    bencher.with_inputs(typed).bench_local_values(|()| list.search(QUERIES[2], 20, &control));
}

#[divan::bench(args = SIZES)]
fn floor_frizbee(bencher: Bencher<'_, '_>, count: usize) {
    let paths = paths(count);
    bencher.counter(ItemsCount::new(QUERIES.len())).bench_local(|| {
        for query in QUERIES {
            let mut matcher = Matcher::new(query, &Config::default());
            black_box(matcher.match_list(&paths).into_iter().take(20).count());
        }
    });
}

#[divan::bench(args = SIZES)]
fn floor_memchr(bencher: Bencher<'_, '_>, count: usize) {
    let paths = paths(count);
    bencher.counter(ItemsCount::new(QUERIES.len())).bench_local(|| {
        for query in QUERIES {
            let finder = memchr::memmem::Finder::new(query);
            black_box(paths.iter().filter(|path| finder.find(path.as_bytes()).is_some()).count());
        }
    });
}

fn main() {
    divan::main();
}
