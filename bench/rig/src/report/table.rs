//! Tables of medians, in Markdown.

use std::fmt::Write as _;

use super::{Cell, DIRECT, Entry, Measurement, Report};
use crate::case::Case;

/// A figure that a table shows.
struct Figure {
    title: &'static str,
    value: fn(&Measurement) -> Option<f64>,
    /// Whether it is shown as what it adds to `direct`.
    added: bool,
    digits: usize,
}

const FIGURES: &[Figure] = &[
    Figure { title: "CPU µs", value: |turn| turn.cpu_us, added: false, digits: 1 },
    Figure {
        title: "requests/s",
        value: |turn| Some(turn.requests_per_s),
        added: false,
        digits: 0,
    },
    Figure { title: "added p50 µs", value: |turn| turn.latency.p50_us, added: true, digits: 0 },
    Figure {
        title: "added first byte µs",
        value: |turn| turn.first_byte.p50_us,
        added: true,
        digits: 0,
    },
    Figure {
        title: "chunk delay p50 µs",
        value: |turn| turn.chunk_delay.p50_us,
        added: false,
        digits: 0,
    },
    Figure {
        title: "chunk delay p99 µs",
        value: |turn| turn.chunk_delay.p99_us,
        added: false,
        digits: 0,
    },
    Figure {
        title: "resident MB",
        value: |turn| turn.resident_peak.map(|bytes| bytes as f64 / 1e6),
        added: false,
        digits: 1,
    },
    Figure {
        title: "chunks lost",
        value: |turn| Some(turn.chunks_lost as f64),
        added: false,
        digits: 0,
    },
    Figure {
        title: "failures",
        value: |turn| Some(turn.failures.values().sum::<u64>() as f64),
        added: false,
        digits: 0,
    },
];

/// One table for each case and number of connections, then one about memory and start.
pub(super) fn tables(report: &Report, cases: &[&Case], connections: &[usize]) -> String {
    let mut text = format!(
        "{}, {} cores, load {} before and {} after; medians of {} rounds of {} s\n",
        report.machine,
        report.cores,
        report.load_average_before,
        report.load_average_after,
        report.rounds,
        report.seconds
    );
    for case in cases {
        for &connections in case.connections(connections) {
            let cell = Cell { case: case.name, connections };
            let _ =
                write!(text, "\n`{}` ({}), {connections} connections\n\n", case.name, case.about);
            text.push_str(&cell_table(&report.entries, cell));
        }
    }
    text.push_str("\n| | start ms | resident idle MB | after MB |\n|---|---:|---:|---:|\n");
    let megabytes = |bytes: Option<u64>| shown(bytes.map(|bytes| bytes as f64 / 1e6), 1);
    for entry in report.entries.iter().filter(|entry| entry.name != DIRECT) {
        let name = entry
            .version
            .as_deref()
            .map_or_else(|| entry.name.to_owned(), |version| format!("{} ({version})", entry.name));
        let (idle, after) = (megabytes(entry.resident_idle), megabytes(entry.resident_after));
        let _ = writeln!(text, "| {name} | {} | {idle} | {after} |", shown(entry.start(), 0));
    }
    for entry in &report.entries {
        if let Some(reason) = &entry.not_measured {
            let _ = writeln!(text, "\n{} was not measured: {reason}", entry.name);
        }
        for (case, reason) in &entry.refused {
            let _ = writeln!(text, "\n{} does not answer `{case}`: {reason}", entry.name);
        }
        for cell in &entry.died_in {
            let _ =
                writeln!(text, "\n{} died in `{}` at {}", entry.name, cell.case, cell.connections);
        }
    }
    text
}

/// One row for each case, one column for each gateway: CPU time at the most connections that were measured.
pub(super) fn cpu(report: &Report, cases: &[&Case]) -> String {
    let entries = || report.entries.iter().filter(|entry| entry.name != DIRECT);
    let mut text = String::from("\n| CPU µs per request |");
    for entry in entries() {
        let _ = write!(text, " {} |", entry.name);
    }
    text.push_str("\n|---|");
    text.push_str(&"---:|".repeat(entries().count()));
    text.push('\n');
    for case in cases {
        let cells = report.entries.iter().flat_map(|entry| entry.cells.keys());
        let Some(cell) = cells.filter(|cell| cell.case == case.name).max() else { continue };
        let _ = write!(text, "| {}, {} connections |", case.about, cell.connections);
        for entry in entries() {
            let _ = write!(text, " {} |", shown(entry.median(*cell, |turn| turn.cpu_us), 0));
        }
        text.push('\n');
    }
    text
}

fn cell_table(entries: &[Entry], cell: Cell) -> String {
    let direct = entries.iter().find(|entry| entry.name == DIRECT);
    let known =
        |figure: &&Figure| entries.iter().any(|entry| entry.median(cell, figure.value).is_some());
    let figures: Vec<&Figure> = FIGURES.iter().filter(known).collect();
    let mut text = String::from("| |");
    for figure in &figures {
        let _ = write!(text, " {} |", figure.title);
    }
    text.push_str("\n|---|");
    text.push_str(&"---:|".repeat(figures.len()));
    text.push('\n');
    for entry in entries.iter().filter(|entry| entry.cells.contains_key(&cell)) {
        let _ = write!(text, "| {} |", entry.name);
        for figure in &figures {
            let mut value = entry.median(cell, figure.value);
            if figure.added && entry.name != DIRECT {
                let base = direct.and_then(|direct| direct.median(cell, figure.value));
                value = value.zip(base).map(|(value, base)| value - base);
            }
            let _ = write!(text, " {} |", shown(value, figure.digits));
        }
        text.push('\n');
    }
    text
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantiles::Quantiles;

    #[test]
    fn a_table_shows_medians_and_what_is_added_to_direct() {
        let cell = Cell { case: "small", connections: 1 };
        let entry = |name, rates: [f64; 3], first_byte: f64| {
            let turn = |requests_per_s| Measurement {
                requests_per_s,
                first_byte: Quantiles { p50_us: Some(first_byte), ..Quantiles::default() },
                ..Measurement::default()
            };
            let mut entry = Entry::new(name);
            entry.cells.insert(cell, rates.map(turn).into());
            entry
        };
        let entries = [
            entry(DIRECT, [900.0, 1000.0, 5.0], 20.0),
            entry("nginx", [10.0, 30.0, 20.0], 65.0),
            Entry::new("litellm"),
        ];
        let expected = "\
| | requests/s | added first byte µs | chunks lost | failures |
|---|---:|---:|---:|---:|
| direct | 900 | 20 | 0 | 0 |
| nginx | 20 | 45 | 0 | 0 |
";
        assert_eq!(cell_table(&entries, cell), expected);
    }
}
