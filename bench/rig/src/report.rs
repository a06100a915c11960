//! The results: as JSON with every turn, and as tables of medians.

mod table;
mod target;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::case::Case;
use crate::pinning::Pinning;
use crate::quantiles::{Quantiles, median};

/// The name of the load without a gateway.
pub(crate) const DIRECT: &str = "direct";

/// A case at a number of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    /// The case's name.
    pub(crate) case: &'static str,
    /// How many ask at once.
    pub(crate) connections: usize,
}

impl Serialize for Cell {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}@{}", self.case, self.connections))
    }
}

/// One turn.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Measurement {
    /// Whole answers.
    pub(crate) requests: u64,
    /// CPU time of the process tree for each, in microseconds.
    pub(crate) cpu_us: Option<f64>,
    /// Whole answers in a second.
    pub(crate) requests_per_s: f64,
    /// The most bytes resident while a crowd was served.
    pub(crate) resident_peak: Option<u64>,
    /// To the end of the answer.
    pub(crate) latency: Quantiles,
    /// To the first byte of its body.
    pub(crate) first_byte: Quantiles,
    /// From the mock's writing of a chunk to the load's reading of it.
    pub(crate) chunk_delay: Quantiles,
    /// Chunks that did not come.
    pub(crate) chunks_lost: u64,
    /// What was no whole answer.
    pub(crate) failures: BTreeMap<String, u64>,
}

/// All about one gateway.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// What it says of its version.
    pub(crate) version: Option<String>,
    /// Why there are no figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_measured: Option<String>,
    /// From start to listening, each time.
    pub(crate) start_ms: Vec<f64>,
    /// Bytes resident after the start.
    pub(crate) resident_idle: Option<u64>,
    /// Bytes resident after all load.
    pub(crate) resident_after: Option<u64>,
    /// Cases that it does not answer, with the reason.
    pub(crate) refused: BTreeMap<&'static str, String>,
    /// In which turns it died.
    pub(crate) died_in: Vec<Cell>,
    /// Every turn of every case.
    pub(crate) cells: BTreeMap<Cell, Vec<Measurement>>,
}

impl Entry {
    /// Nothing is known yet.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            version: None,
            not_measured: None,
            start_ms: Vec::new(),
            resident_idle: None,
            resident_after: None,
            refused: BTreeMap::new(),
            died_in: Vec::new(),
            cells: BTreeMap::new(),
        }
    }

    /// The median time to start, in milliseconds.
    pub(crate) fn start(&self) -> Option<f64> {
        median(self.start_ms.clone())
    }

    /// The median over the turns of a cell.
    pub(crate) fn median(
        &self,
        cell: Cell,
        value: impl Fn(&Measurement) -> Option<f64>,
    ) -> Option<f64> {
        median(self.cells.get(&cell)?.iter().filter_map(value).collect())
    }
}

/// The whole run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: String,
    cores: usize,
    load_average_before: String,
    load_average_after: String,
    pinned: bool,
    workers: Option<usize>,
    rounds: usize,
    seconds: u64,
    binary_bytes: u64,
    entries: Vec<Entry>,
}

impl Report {
    /// A run begins.
    pub(crate) fn new(arguments: &Arguments) -> Result<Self> {
        let binary = &arguments.ironbridge;
        let binary = std::fs::metadata(binary).with_context(|| binary.display().to_string())?;
        Ok(Self {
            machine: processor(),
            cores: cpu_info("processor").count(),
            load_average_before: load_average(),
            load_average_after: String::new(),
            pinned: arguments.pinning == Pinning::Pinned,
            workers: arguments.workers,
            rounds: arguments.rounds,
            seconds: arguments.window.as_secs(),
            binary_bytes: binary.len(),
            entries: Vec::new(),
        })
    }

    /// What is known of one gateway.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Prints the tables and writes the file.
    pub(crate) fn publish(mut self, cases: &[&Case], arguments: &Arguments) -> Result<()> {
        self.load_average_after = load_average();
        print!("{}", table::tables(&self, cases, &arguments.connections));
        print!("{}", table::cpu(&self, cases));
        print!("{}", target::table(&self));
        if let Some(file) = &arguments.out {
            let text = serde_json::to_string_pretty(&self)? + "\n";
            std::fs::write(file, text)
                .with_context(|| format!("cannot write {}", file.display()))?;
            println!("\nevery turn: {}", file.display());
        }
        Ok(())
    }
}

fn processor() -> String {
    cpu_info("model name").next().unwrap_or_else(|| "unknown processor".to_owned())
}

/// What `/proc/cpuinfo` says of each core. Asking for the parallelism would tell of our own core only.
fn cpu_info(name: &str) -> impl Iterator<Item = String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    let values =
        fields.filter(|(field, _)| field.trim() == name).map(|(_, value)| value.trim().to_owned());
    values.collect::<Vec<_>>().into_iter()
}

/// Over the last one, five and fifteen minutes.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
