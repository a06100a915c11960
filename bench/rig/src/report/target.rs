//! What we set out to reach, and whether we did.

use std::fmt::Write as _;

use super::{Cell, DIRECT, Entry, Measurement, Report};

/// Our own row.
const OURS: &str = "ironbridge";

/// A value of a turn.
type Figure = fn(&Measurement) -> Option<f64>;

const CPU: Figure = |turn| turn.cpu_us;
const RATE: Figure = |turn| Some(turn.requests_per_s);
const LATENCY: Figure = |turn| turn.latency.p50_us;
const DELAY: Figure = |turn| turn.chunk_delay.p50_us;
const DELAY_P99: Figure = |turn| turn.chunk_delay.p99_us;
const LOST: Figure = |turn| Some(turn.chunks_lost as f64);
const FAILURES: Figure = |turn| Some(turn.failures.values().sum::<u64>() as f64);
const RESIDENT_PEAK: Figure = |turn| turn.resident_peak.map(|bytes| bytes as f64 / 1e6);

/// What a value may be.
#[derive(Clone, Copy)]
enum Reach {
    AtMost(f64),
    AtLeast(f64),
}
use Reach::{AtLeast, AtMost};

/// One row.
struct Target {
    about: &'static str,
    reach: Reach,
    /// Of this run; `None` where a part was not measured.
    value: fn(&Report) -> Option<f64>,
}

const fn target(about: &'static str, reach: Reach, value: fn(&Report) -> Option<f64>) -> Target {
    Target { about, reach, value }
}

/// Issue 3 §3, in its order. Ratios are written so that the name above stands above: ours / nginx, Portkey / ours.
const TARGETS: &[Target] = &[
    target("1 KB, CPU: ours / nginx", AtMost(2.0), |r| r.over("nginx", "small", 64, CPU)),
    target("100 KB, CPU: ours / nginx", AtMost(2.5), |r| r.over("nginx", "large", 64, CPU)),
    target("1 KB, CPU: Portkey / ours", AtLeast(25.0), |r| r.under("portkey", "small", 64, CPU)),
    target("1 KB, CPU: LiteLLM / ours", AtLeast(250.0), |r| r.under("litellm", "small", 64, CPU)),
    target("1 KB, requests/s: ours / Portkey", AtLeast(20.0), |r| {
        r.over("portkey", "small", 64, RATE)
    }),
    target("1 KB, requests/s: ours / LiteLLM", AtLeast(200.0), |r| {
        r.over("litellm", "small", 64, RATE)
    }),
    target("1 KB, one connection, added p50: ours / nginx", AtMost(2.0), |r| {
        let added = |name| r.added(name, "small", 1, LATENCY);
        Some(added(OURS)? / added("nginx")?)
    }),
    target("stream, CPU: ours / nginx", AtMost(1.5), |r| r.over("nginx", "stream", 64, CPU)),
    target("stream, CPU: Portkey / ours", AtLeast(2.0), |r| r.under("portkey", "stream", 64, CPU)),
    target("stream, CPU: LiteLLM / ours", AtLeast(90.0), |r| r.under("litellm", "stream", 64, CPU)),
    target("translated / plain, 1 KB, CPU", AtMost(1.5), |r| {
        Some(r.ours("translated", 64, CPU)? / r.ours("small", 64, CPU)?)
    }),
    target("translated / plain, stream, CPU", AtMost(1.5), |r| {
        Some(r.ours("translated-stream", 64, CPU)? / r.ours("stream", 64, CPU)?)
    }),
    target("512 streams: chunks lost", AtMost(0.0), |r| r.ours("streams-512", 512, LOST)),
    target("512 streams: failures", AtMost(0.0), |r| r.ours("streams-512", 512, FAILURES)),
    target("512 streams: added chunk delay p50, ms", AtMost(5.0), |r| {
        r.added(OURS, "streams-512", 512, DELAY).map(|us| us / 1000.0)
    }),
    target("512 streams: chunk delay p99: ours / nginx", AtMost(2.0), |r| {
        r.over("nginx", "streams-512", 512, DELAY_P99)
    }),
    target("crowd: failures", AtMost(0.0), |r| r.ours("crowd", 1000, FAILURES)),
    target("crowd: resident, MB", AtMost(80.0), |r| r.ours("crowd", 1000, RESIDENT_PEAK)),
    target("resident after load, o200k loaded, MB", AtMost(40.0), |r| {
        r.entry(OURS)?.resident_after.map(|bytes| bytes as f64 / 1e6)
    }),
    target("resident idle, MB", AtMost(15.0), |r| {
        r.entry(OURS)?.resident_idle.map(|bytes| bytes as f64 / 1e6)
    }),
    target("start to listening, ms", AtMost(100.0), |r| r.entry(OURS)?.start()),
    target("binary, MB", AtMost(25.0), |r| Some(r.binary_bytes as f64 / 1e6)),
];

impl Report {
    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    fn figure(
        &self,
        name: &str,
        case: &'static str,
        connections: usize,
        figure: Figure,
    ) -> Option<f64> {
        self.entry(name)?.median(Cell { case, connections }, figure)
    }

    fn ours(&self, case: &'static str, connections: usize, figure: Figure) -> Option<f64> {
        self.figure(OURS, case, connections, figure)
    }

    /// Ours as a multiple of the other's.
    fn over(
        &self,
        other: &str,
        case: &'static str,
        connections: usize,
        figure: Figure,
    ) -> Option<f64> {
        Some(
            self.ours(case, connections, figure)?
                / self.figure(other, case, connections, figure)?,
        )
    }

    /// The other's as a multiple of ours.
    fn under(
        &self,
        other: &str,
        case: &'static str,
        connections: usize,
        figure: Figure,
    ) -> Option<f64> {
        self.over(other, case, connections, figure).map(f64::recip)
    }

    /// What a gateway adds to the load without one.
    fn added(
        &self,
        name: &str,
        case: &'static str,
        connections: usize,
        figure: Figure,
    ) -> Option<f64> {
        let value = self.figure(name, case, connections, figure)?;
        Some(value - self.figure(DIRECT, case, connections, figure)?)
    }
}

/// The rows whose parts were measured, as a table.
pub(super) fn table(report: &Report) -> String {
    let mut text = String::from("\n| target | measured | to reach | |\n|---|---:|---:|---|\n");
    for target in TARGETS {
        let Some(value) = (target.value)(report) else { continue };
        let (sign, limit, met) = match target.reach {
            AtMost(limit) => ("≤", limit, value <= limit),
            AtLeast(limit) => ("≥", limit, value >= limit),
        };
        let met = if met { "met" } else { "missed" };
        let _ = writeln!(text, "| {} | {value:.2} | {sign} {limit} | {met} |", target.about);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn a_target_is_met_or_missed_by_its_medians() {
        let arguments =
            Arguments::parse(&["--ironbridge", "Cargo.toml", "--work", "."].map(str::to_owned));
        let mut report = Report::new(&arguments.unwrap()).unwrap();
        let cell = Cell { case: "small", connections: 64 };
        for (name, cpu) in
            [(OURS, [30.0, 90.0, 32.0]), ("nginx", [20.0, 20.0, 20.0]), ("portkey", [400.0; 3])]
        {
            let mut entry = Entry::new(name);
            let turns =
                cpu.map(|cpu_us| Measurement { cpu_us: Some(cpu_us), ..Measurement::default() });
            entry.cells.insert(cell, turns.into());
            report.add(entry);
        }
        let table = table(&report);
        assert!(table.contains("| 1 KB, CPU: ours / nginx | 1.60 | ≤ 2 | met |"), "{table}");
        assert!(table.contains("| 1 KB, CPU: Portkey / ours | 12.50 | ≥ 25 | missed |"), "{table}");
        assert!(!table.contains("LiteLLM"), "{table}");
    }
}
