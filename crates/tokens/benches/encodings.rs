//! Counting with o200k_base: ours, `bpe-openai`, `tiktoken-rs`, in one run, taking turns.
//!
//! `cargo bench -p ironbridge-tokens` prints one table. First use is measured in fresh processes (this
//! program starts itself), so it holds the page faults and whatever is built at run time.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the table is what the benchmark is for")]

use std::process::Command;
use std::time::{Duration, Instant};

use ironbridge_tokens::Encoding;

const ROUNDS: usize = 101;
const FIRST_USES: usize = 9;
const CORPUS_BYTES: usize = 100_000;

type Count = fn(&str) -> usize;

const COUNTERS: [(&str, Count); 3] = [
    ("ironbridge-tokens", |text| Encoding::O200kBase.count(text)),
    ("bpe-openai 0.3.2", |text| bpe_openai::o200k_base().count(text)),
    ("tiktoken-rs 0.12.1", |text| tiktoken_rs::o200k_base_singleton().count_ordinary(text)),
];

fn main() {
    if let Some(index) = std::env::args().skip_while(|argument| argument != "--first-use").nth(1) {
        let (_, count) = COUNTERS[index.parse::<usize>().expect("an index of COUNTERS")];
        let (text, start) = (corpus(), Instant::now());
        assert!(count(&text[..1_000]) > 100);
        println!("{}", start.elapsed().as_secs_f64() * 1e3);
        return;
    }
    if let Some(index) = std::env::args().skip_while(|argument| argument != "--resident").nth(1) {
        let (_, count) = COUNTERS[index.parse::<usize>().expect("an index of COUNTERS")];
        let texts = texts().map(|(_, text)| text);
        let before = resident_kilobytes();
        assert!(texts.iter().all(|text| count(text) > 100));
        println!("{}", resident_kilobytes().saturating_sub(before));
        return;
    }
    let texts = texts();
    println!(
        "| o200k_base, median of {ROUNDS} (best) | {} |",
        COUNTERS.map(|(name, _)| name).join(" | ")
    );
    println!("|---|---:|---:|---:|");
    for (name, text) in &texts {
        let expected = COUNTERS[0].1(text);
        assert!(COUNTERS.iter().all(|(_, count)| count(text) == expected), "{name}");
        let speed = |time: Duration| text.len() as f64 / time.as_secs_f64() / 1e6;
        let cells = times(text)
            .map(|[median, best]| format!("{:.1} ({:.1}) MB/s", speed(median), speed(best)));
        println!("| {name}, {} bytes, {expected} tokens | {} |", text.len(), cells.join(" | "));
    }
    println!("| first use | {} |", [0, 1, 2].map(first_use).join(" | "));
    println!("| resident after all of these | {} |", [0, 1, 2].map(resident).join(" | "));
    for encoding in Encoding::ALL {
        println!("| tables of {} | {} bytes | | |", encoding.name(), encoding.table_bytes());
    }
}

fn texts() -> [(&'static str, String); 6] {
    [
        ("English and code", corpus()),
        ("Chinese and Japanese", repeat_to(CJK)),
        ("identifiers, base64", repeat_to(DENSE)),
        ("50k x 'a'", "a".repeat(50_000)),
        ("50k spaces", " ".repeat(50_000)),
        ("16k x \"zqxj\"", "zqxj".repeat(4_000)),
    ]
}

/// What this process has in memory (Linux).
fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// What counting all texts adds to a fresh process, tables included.
fn resident(counter: usize) -> String {
    let program = std::env::current_exe().expect("the path of this program");
    let child = Command::new(program).args(["--resident", &counter.to_string()]).output();
    let grown: f64 = String::from_utf8_lossy(&child.expect("this program starts").stdout)
        .trim()
        .parse()
        .expect("kilobytes");
    format!("{:.1} MB", grown / 1024.0)
}

/// Median and best. The counters take turns, so that whatever else the machine does hits them alike; on a
/// busy machine the best is what nothing interrupted.
fn times(text: &str) -> [[Duration; 2]; 3] {
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for ((_, count), times) in COUNTERS.iter().zip(&mut times) {
            let start = Instant::now();
            std::hint::black_box(count(std::hint::black_box(text)));
            times.push(start.elapsed());
        }
    }
    times.map(|mut times| {
        times.sort();
        [times[ROUNDS / 2], times[0]]
    })
}

fn first_use(counter: usize) -> String {
    let program = std::env::current_exe().expect("the path of this program");
    let mut times: Vec<f64> = (0..FIRST_USES)
        .map(|_| {
            let output = Command::new(&program)
                .args(["--first-use", &counter.to_string()])
                .output()
                .expect("this program starts");
            String::from_utf8_lossy(&output.stdout).trim().parse().expect("milliseconds")
        })
        .collect();
    times.sort_by(f64::total_cmp);
    format!("{:.2} ms", times[FIRST_USES / 2])
}

/// English prose and Rust, from this crate's own sources, whose comments are the prose.
fn corpus() -> String {
    repeat_to(concat!(
        include_str!("../src/openai/encoding.rs"),
        include_str!("../src/openai/merge.rs"),
        include_str!("../src/openai/pattern.rs"),
        include_str!("../src/openai/vocabulary.rs"),
        include_str!("../src/openai/encoding_tests.rs"),
        include_str!("../build.rs"),
        include_str!("encodings.rs"),
    ))
}

fn repeat_to(text: &str) -> String {
    let mut repeated = text.repeat(CORPUS_BYTES / text.len() + 1);
    let end = (0..=CORPUS_BYTES).rev().find(|&end| repeated.is_char_boundary(end)).unwrap_or(0);
    repeated.truncate(end);
    repeated
}

const CJK: &str = "人工智能是计算机科学的一个分支，它企图了解智能的实质，并生产出一种新的能以人类智能相似的方式\
做出反应的智能机器。该领域的研究包括机器人、语言识别、图像识别、自然语言处理和专家系统等。\
吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所で\
ニャーニャー泣いていた事だけは記憶している。";
const DENSE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg== \
XMLHttpRequestFactoryBeanDefinitionParser kqzvjxwp_tmpbuf0x7ffd9 d41d8cd98f00b204e9800998ecf8427e ";
