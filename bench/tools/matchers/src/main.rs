//! `matchers NAME FILE QUERIES ROUNDS`: one fuzzy matcher over the lines of a file, the best twenty of each query.
//!
//! Prints `{p50_us, p95_us, memory_bytes}` per query; the memory is the most the process has had resident beside the text.

use std::cmp::Reverse;
use std::error::Error;
use std::fs::read_to_string;
use std::time::Instant;

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

const BEST: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, file, queries, rounds] = arguments.as_slice() else {
        return Err("usage: matchers NAME FILE QUERY,QUERY… ROUNDS".into());
    };
    let text = read_to_string(file)?;
    let paths: Vec<&str> = text.lines().collect();
    let search = search(name)?;
    let mut times = Vec::new();
    for _ in 0..rounds.parse::<usize>()? {
        for query in queries.split(',') {
            let begun = Instant::now();
            let best = best(search(query, &paths));
            times.push(begun.elapsed().as_secs_f64() * 1e6);
            assert!(best.len() <= BEST);
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
    let memory = peak()?.saturating_sub(text.len());
    println!(r#"{{"p50_us":{:.1},"p95_us":{:.1},"memory_bytes":{memory}}}"#, at(50), at(95));
    Ok(())
}

/// Scores and places of what matches.
type Scored = Vec<(i64, usize)>;
type Search = Box<dyn Fn(&str, &[&str]) -> Scored>;

fn search(name: &str) -> Result<Search, String> {
    Ok(match name {
        "nucleo-matcher" => Box::new(nucleo),
        "fuzzy-matcher" => Box::new(|query, paths| {
            let matcher = SkimMatcherV2::default();
            scored(paths, |path| matcher.fuzzy_match(path, query))
        }),
        "sublime_fuzzy" => Box::new(|query, paths| {
            scored(paths, |path| {
                sublime_fuzzy::best_match(query, path)
                    .map(|found| i64::try_from(found.score()).unwrap_or(i64::MAX))
            })
        }),
        other => return Err(format!("{other}: no such matcher")),
    })
}

fn nucleo(query: &str, paths: &[&str]) -> Scored {
    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    scored(paths, |path| {
        pattern.score(Utf32Str::new(path, &mut buffer), &mut matcher).map(i64::from)
    })
}

fn scored(paths: &[&str], mut score: impl FnMut(&str) -> Option<i64>) -> Scored {
    let places = paths.iter().enumerate();
    places.filter_map(|(place, path)| Some((score(path)?, place))).collect()
}

fn best(mut found: Scored) -> Scored {
    if found.len() > BEST {
        found.select_nth_unstable_by_key(BEST, |one| Reverse(*one));
        found.truncate(BEST);
    }
    found.sort_by_key(|one| Reverse(*one));
    found
}

/// `VmHWM`, which Linux counts in kB.
fn peak() -> Result<usize, Box<dyn Error>> {
    let status = read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? * 1024)
}
